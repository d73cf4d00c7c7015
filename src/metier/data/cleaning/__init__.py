"""Which rows can be used: labels cleaned, repetitions marked, and whether enough is left to learn from."""
