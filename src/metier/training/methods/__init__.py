"""Ways to change weights, one a file; see :class:`metier.training.Method`."""
