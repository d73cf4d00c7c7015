"""Passages: which stand in a prompt, which would be right, and retrievers chosen and trained for them."""
