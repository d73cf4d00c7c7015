"""Layouts: nested rows that a tool exports, laid flat; one file for each, found by its name.

A layout says whether a row follows it, and turns the row into plain ones: a task of an annotation tool becomes its
texts with the labels beside them, an article with paragraphs and questions becomes a row for each question. Everything
after sees the plain rows only; they are what the ledger counts. Third parties add layouts by the entry point
``metier.data.reading.layouts``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from metier.core import Registry

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One tool's way of writing rows.

    Attributes:
        title: what people call it.
        signature: what its rows have, to be read after "rows have".
        matches: whether a row follows it.
        rows: the plain rows that a row holds; one without values where a part is not as the layout says. A row that
            holds none becomes one without values, so that it stands in the ledger.
    """

    title: str
    signature: str
    matches: Callable[[Values], bool]
    rows: Callable[[Values], Iterable[Values]]


LAYOUTS: Registry[Layout] = Registry("metier.data.reading.layouts", kind="layout", attribute="layout")


__all__ = ["LAYOUTS", "Layout", "Values"]
