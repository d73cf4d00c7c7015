"""Ways of dividing groups of rows among train, validation and test; one file each.

Each gives the split of every group; rows of one group are never divided. ``groups`` joins rows into groups.
"""

from metier.data.dividing.splits.groups import Group, Groups, labelled_groups
from metier.data.dividing.splits.hashed import hashed
from metier.data.dividing.splits.random import random
from metier.data.dividing.splits.stratified import Shares, stratified
from metier.data.dividing.splits.time import by_time, moment_of

__all__ = ["Group", "Groups", "Shares", "by_time", "hashed", "labelled_groups", "moment_of", "random", "stratified"]
