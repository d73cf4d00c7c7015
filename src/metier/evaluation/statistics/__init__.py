"""Intervals, paired tests, adjustment for many comparisons, power, learning curves."""
