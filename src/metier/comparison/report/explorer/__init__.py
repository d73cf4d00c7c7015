"""The explorer: every answer of every approach, side by side, in the page itself.

``packing`` turns the answers into columns of small numbers, compressed; ``scripts/explorer.js`` unpacks them when the
reader comes near and draws only the rows in view; ``wording`` is what it says, in both languages.
"""

from metier.comparison.report.explorer.packing import MOST_ROWS, packed
from metier.comparison.report.explorer.wording import words

__all__ = ["MOST_ROWS", "packed", "words"]
