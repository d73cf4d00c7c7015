"""Document stores: :mod:`sqlite` is one file and needs nothing else."""

from metier.retrieval.stores.sqlite import SqliteStore, open_store

__all__ = ["SqliteStore", "open_store"]
