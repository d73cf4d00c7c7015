"""Near misses: turns an unknown name into a helpful sentence."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches

LEAST_LIKE = 0.55
"""Names that are less like the wrong one (share of characters in common order) are not offered."""
FALLS_BEHIND = 0.08
"""Names that are less like it than the best one by so much are not offered beside it."""


def nearest(name: str, known: Iterable[str], *, limit: int = 3) -> list[str]:
    """The known names most like ``name``, best first, at most ``limit``; empty where none is near.

    >>> nearest("acuracy", ["accuracy", "macro_f1"])
    ['accuracy']
    """
    by_key = {item.lower().replace("-", "_"): item for item in known}
    wrong = name.lower().replace("-", "_")
    found = get_close_matches(wrong, by_key, n=limit, cutoff=LEAST_LIKE)
    likeness = {key: SequenceMatcher(None, key, wrong).ratio() for key in found}
    return [by_key[key] for key in found if likeness[key] > likeness[found[0]] - FALLS_BEHIND]


def suggestion(name: str, known: Iterable[str]) -> str:
    """A remedy for an unknown name: the nearest ones, or the whole list where nothing is near.

    >>> suggestion("rnak", ["rank", "alpha"])
    "did you mean 'rank'?"
    >>> suggestion("zzz", ["rank", "alpha"])
    'use one of: alpha, rank'
    """
    options = sorted(known)
    close = nearest(name, options)
    if close:
        return "did you mean " + " or ".join(repr(item) for item in close) + "?"
    return "use one of: " + ", ".join(options) if options else "nothing of this kind exists here"


def listed(names: Iterable[str], *, limit: int = 12) -> str:
    """Names as a readable list that says how many it leaves out.

    >>> listed(["a", "b", "c"], limit=2)
    "'a', 'b' and 1 more"
    """
    items = [repr(name) for name in names]
    if len(items) <= limit:
        return ", ".join(items)
    return ", ".join(items[:limit]) + f" and {len(items) - limit} more"
