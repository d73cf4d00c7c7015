"""The sections of the page, one a file: each turns a run into what its template shows, or None to be left out."""

from metier.comparison.report.sections import (
    audit,
    calibration,
    choice,
    data,
    found,
    glossary,
    graders,
    growth,
    judge,
    labels,
    lengths,
    method,
    mistakes,
    numbers,
    retrieval,
    standings,
    texts,
    tradeoffs,
    training,
    verdict,
    weaknesses,
    wordings,
)

SECTIONS = (
    verdict,
    standings,
    choice,
    tradeoffs,
    training,
    growth,
    labels,
    found,
    texts,
    numbers,
    calibration,
    retrieval,
    lengths,
    graders,
    judge,
    wordings,
    weaknesses,
    mistakes,
    data,
    audit,
    method,
    glossary,
)
"""All of them; the page's order stands in ``templates/body.html.j2``."""

__all__ = ["SECTIONS"]
