"""A floor: always the median of the training rows, of all constants the one with the least absolute error."""

from statistics import median

from metier.approaches.floors.constant import Constant

kind = Constant("median", median)
