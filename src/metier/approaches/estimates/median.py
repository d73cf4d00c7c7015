"""Working out a median takes nothing worth telling."""

from metier.approaches.estimates.majority import estimate

__all__ = ["estimate"]
