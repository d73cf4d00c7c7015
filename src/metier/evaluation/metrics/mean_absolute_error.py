"""Mean absolute error: how far an answer is from the right number on average, in its unit; lower is better."""

import numpy as np

from metier.evaluation.scoring.quantities import error_metric

mean_absolute_error = error_metric("mean_absolute_error", np.abs, lambda mean: mean)
"""Equal to scikit-learn's ``mean_absolute_error``."""
