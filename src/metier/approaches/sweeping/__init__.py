"""Sweeps: an approach built with other settings, the best on validation kept."""
