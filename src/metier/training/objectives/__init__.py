"""What training minimises, one objective a file; see :class:`metier.training.Objective`."""
