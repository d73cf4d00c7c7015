"""Distances of two texts by character, a whole row of the table at a time: the row is the bits of one integer.

Hyyrö 2003 (bit-vector Levenshtein) and Hyyrö 2004 (longest common subsequence); Python's integers are as long as the
text, so a comparison of a thousand characters with a thousand takes a thousand steps and not a million.
"""

from __future__ import annotations

from collections import defaultdict


def edit_distance(first: str, second: str) -> int:
    """Fewest characters to insert, delete or replace that turn one text into the other (Levenshtein 1966).

    >>> edit_distance("kitten", "sitting")
    3
    """
    if not first:
        return len(second)
    places = _places(first)
    mask, last = (1 << len(first)) - 1, 1 << (len(first) - 1)
    up, down, distance = mask, 0, len(first)  # where the column rises and falls from one row to the next
    for character in second:
        match = places[character]
        diagonal = (((match & up) + up) ^ up) | match | down
        rises, falls = down | (~(diagonal | up) & mask), up & diagonal
        distance += bool(rises & last) - bool(falls & last)
        rises, falls = ((rises << 1) | 1) & mask, (falls << 1) & mask
        up, down = falls | (~(diagonal | rises) & mask), rises & diagonal
    return distance


def common_subsequence(first: str, second: str) -> int:
    """Length of the longest sequence of characters that both texts have in this order.

    >>> common_subsequence("ABCBDAB", "BDCABA")
    4
    """
    places = _places(first)
    mask = (1 << len(first)) - 1
    free = mask
    for character in second:
        match = free & places[character]
        free = ((free + match) | (free - match)) & mask
    return len(first) - free.bit_count()


def _places(text: str) -> defaultdict[str, int]:
    """Where each character stands, as bits."""
    places: defaultdict[str, int] = defaultdict(int)
    for index, character in enumerate(text):
        places[character] |= 1 << index
    return places
