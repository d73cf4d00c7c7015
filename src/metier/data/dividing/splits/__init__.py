"""Ways of dividing groups of rows among train, validation and test; one file each.

All have one form: ``method(groups, shares, seed=...)`` gives the split of each group. Rows of one group are never
divided. ``groups`` joins rows into groups.
"""

from metier.data.dividing.splits.groups import Group, Groups
from metier.data.dividing.splits.random import random
from metier.data.dividing.splits.stratified import Shares, stratified

__all__ = ["Group", "Groups", "Shares", "random", "stratified"]
