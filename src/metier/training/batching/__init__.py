"""Rows to micro-batches: their layouts, token trees first, padding, order, and encoders that are read once."""
