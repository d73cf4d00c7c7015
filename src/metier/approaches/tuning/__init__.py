"""Weights: rows to learn from, what a training begins with, how it goes, and what learns from others' answers."""
