"""Floors: what any model must beat; always the same number, words counted, characters counted."""
