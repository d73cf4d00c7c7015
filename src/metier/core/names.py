"""Near misses: turns an unknown name into a helpful sentence."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str], *, limit: int = 3) -> list[str]:
    """The known names most like ``name``, best first, at most ``limit``; empty where none is near.

    >>> nearest("acuracy", ["accuracy", "macro_f1"])
    ['accuracy']
    """
    by_key = {item.lower().replace("-", "_"): item for item in known}
    found = get_close_matches(name.lower().replace("-", "_"), by_key, n=limit, cutoff=0.55)
    return [by_key[key] for key in found]


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
