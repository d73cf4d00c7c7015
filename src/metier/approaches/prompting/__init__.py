"""Asking: prompts, label scores, searches for better prompts, how far a result depends on its wording."""
