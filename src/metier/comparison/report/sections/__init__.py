"""The sections of the page, one a file: each turns a run into what its template shows, or None to be left out."""

from metier.comparison.report.sections import (
    data,
    glossary,
    labels,
    method,
    mistakes,
    standings,
    texts,
    tradeoffs,
    training,
    verdict,
)

__all__ = [
    "data",
    "glossary",
    "labels",
    "method",
    "mistakes",
    "standings",
    "texts",
    "tradeoffs",
    "training",
    "verdict",
]
