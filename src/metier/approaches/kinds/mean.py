"""A floor: always the mean of the training rows. R² is measured from it: it has none."""

from statistics import fmean

from metier.approaches.floors.constant import Constant

kind = Constant("mean", fmean)
