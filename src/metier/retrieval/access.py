"""Who may read what: every document has readers, every search has a caller, and what was not granted is denied.

A caller is a set of names: the person's own, their groups', and ``*`` for everybody. A document is visible to a caller
who has one of its readers' names. There is no name that sees everything: whoever owns the file uses the store's
catalogue, which holds no search.
"""

from __future__ import annotations

from collections.abc import Iterable

from metier.core import Document

EVERYBODY = "*"
"""The reader that every caller is."""
Caller = frozenset[str]


def caller(*names: str) -> Caller:
    """Somebody who asks: their own name and their groups, and everybody.

    >>> sorted(caller("ann", "support"))
    ['*', 'ann', 'support']
    >>> sorted(caller())
    ['*']
    """
    return frozenset({EVERYBODY, *names})


def caller_of(readers: Iterable[str] | None) -> Caller:
    """The caller on whose behalf a row with these readers is asked; None: nobody in particular."""
    return caller(*(readers or ()))


def readers_of(document: Document) -> tuple[str, ...]:
    """The names that a document is granted to; a document that names none is everybody's, one of ``()`` nobody's."""
    return (EVERYBODY,) if document.readers is None else tuple(dict.fromkeys(document.readers))


def may_read(readers: Iterable[str] | None, asker: Caller) -> bool:
    """Whether a row with these readers (None: everybody) may be shown to ``asker``; never to an empty one."""
    return bool(asker & ({EVERYBODY} if readers is None else set(readers)))
