"""Root mean squared error: the typical error, in which large ones count for more; lower is better."""

import numpy as np

from metier.evaluation.scoring.quantities import error_metric

root_mean_squared_error = error_metric("root_mean_squared_error", np.square, np.sqrt)
"""Equal to scikit-learn's ``root_mean_squared_error``. It ranks answers to the same items as R² does."""
