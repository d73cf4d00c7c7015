"""Metrics, one a file; see :class:`metier.evaluation.Metric`."""
