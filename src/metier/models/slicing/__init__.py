"""Sizes and costs found without weights: skeletons, slices, twins, tiny random models."""
