"""Kinds of systems, one a file; see :class:`metier.approaches.Kind`."""
