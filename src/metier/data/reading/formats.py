"""What a file is, decided from its content, with the evidence; its ending is only compared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import Any

from metier.core import DataError, Problem, SplitName, UnknownNameError
from metier.core.said import Said
from metier.data.reading.detection import Finding, claim, detect, sample, told
from metier.data.reading.encodings import checked_encoding
from metier.data.reading.layouts import LAYOUTS
from metier.data.reading.locating import binary_kind
from metier.data.reading.packing import NAMES, Content, whole
from metier.data.reading.readers import READERS, read_rows
from metier.data.reading.readers.json import told_rows
from metier.data.reading.source import Source
from metier.data.reading.turn_rows import told_turns
from metier.data.values import shorten

_BINARY = frozenset({"parquet", "arrow", "xlsx"})
_MARKUP = re.compile(r"\ufeff?\s*<(\?xml|!DOCTYPE|html|[A-Za-z][\w:.-]*>\s*<[A-Za-z])", re.IGNORECASE)
"""How XML and HTML begin: a declaration, or an element inside another."""
_LOOKED_AT = 50
"""Rows that vote on the layout of a tool's export."""


def recognise(
    content: Content,
    name: str,
    *,
    split: SplitName | None,
    format: str | None,
    encoding: str | None,
    header: bool | None = None,
    joins: bool = True,
    leaves_out: bool = False,
) -> Source:
    """The file as a :class:`Source`.

    Args:
        content: an existing file that is not empty.
        name: what messages call it.
        split: the split that the recipe gives the whole file to.
        format: the recipe's ``data.format``; None: detected.
        encoding: the recipe's ``data.encoding``; None: found.
        header: the recipe's ``data.header``; None: found.
        joins: whether rows that are turns are put together to conversations.
        leaves_out: whether rows that cannot be read are left out, instead of being an error.

    Raises:
        DataError: the content is of no format that can be read, a damaged archive, not text where text was expected,
            or the format's name is unknown.
    """
    if format is not None:
        _check_name(format, name)
    with whole(content, name):
        if format in _BINARY:
            source = _source(
                content, name, split, Finding(format, Said("%(format)s, as data.format says", format=format))
            )
        elif (kind := binary_kind(content)) != ("", ""):
            source = _binary(content, name, split, kind, format)
        else:
            source = _text(content, name, split, format=format, encoding=encoding, header=header)
    source = _with_layout(_with_table(replace(source, leaves_out=leaves_out)))
    return _with_turns(source) if joins and not source.layout else source


def _with_turns(source: Source) -> Source:
    """The source with its rows put together to conversations, where each of the first ones is a turn."""
    first = _first_rows(source)
    turns = told_turns(first)
    if turns is None:
        return source
    said = Said(
        "%(file)s: each row is a turn, and rows of one %(name)s in a row are a conversation (data.input takes each row "
        "alone).",
        file=source.name,
        name=repr(turns.conversation),
    )
    return replace(source, turns=turns, evidence=(*source.evidence, said))


def _with_table(source: Source) -> Source:
    """An Excel file with what is passed over in it."""
    if source.format != "xlsx":
        return source
    READERS.get("xlsx")  # a missing package is said as such
    from metier.data.reading.readers.xlsx import told_table

    said = told_table(source)
    return replace(source, evidence=(*source.evidence, f"{source.name}: {said}.")) if said else source


def _binary(content: Content, name: str, split: SplitName | None, kind: tuple[str, str], format: str | None) -> Source:
    found, remedy = kind
    if found in _BINARY and format is None:
        return _source(
            content, name, split, Finding(found, Said("%(format)s (by its first bytes)", format=found.capitalize()))
        )
    remedy = f"set data.format: {found}, or leave it out" if found in _BINARY else remedy
    raise DataError([Problem(where=name, expected=f"{format or 'text'} rows", got=found, remedy=remedy)])


def _text(
    content: Content,
    name: str,
    split: SplitName | None,
    *,
    format: str | None,
    encoding: str | None,
    header: bool | None,
) -> Source:
    found = checked_encoding(content, name, encoding)
    text, cut = sample(content, found.name)
    if not text.strip():
        remedy = "export the rows again"
        raise DataError([Problem(where=name, expected="rows", got="a file with only white space", remedy=remedy)])
    if format is None and (markup := _MARKUP.match(text)):
        remedy = "write the rows as csv or jsonl; for pages that are texts themselves, name their folder"
        got = f"{'XML' if markup[1].startswith('?') else 'HTML or XML'} ({shorten(text, limit=40)!r})"
        raise DataError([Problem(where=name, expected="rows", got=got, remedy=remedy)])
    if format is None:
        finding = detect(text, claim(content.name), cut=cut, header=header)
    else:
        finding = told(format, text, cut=cut, header=header)
    source = _source(content, name, split, finding, detected=format is None)
    source = replace(
        source,
        encoding=found.name,
        evidence=(*source.evidence, *found.remarks),
        warnings=(*source.warnings, *found.warnings),
    )
    if source.format == "json" and text.lstrip().startswith("{"):
        source = replace(source, evidence=(*source.evidence, f"{name}: {told_rows(source)}."))
    return source


def _source(content: Content, name: str, split: SplitName | None, finding: Finding, *, detected: bool = True) -> Source:
    claimed = claim(content.name)
    warnings: tuple[str, ...] = ()
    if detected and claimed and claimed != finding.format and (claimed, finding.format) != ("tsv", "conll"):
        ending = content.name[content.name.rindex(".") :]
        told = "%(file)s is called %(ending)s but holds %(format)s; it is read as %(format)s."
        warnings = (Said(told, file=name, ending=ending, format=finding.format),)
    said = Said("%(file)s: %(what)s.", file=name, what=finding.evidence)
    if content.packing:
        packed = NAMES[content.packing]
        said = Said("%(file)s: %(what)s, in %(packing)s.", file=name, what=finding.evidence, packing=packed)
    return Source(
        path=content.path,
        name=name,
        format=finding.format,
        packing=content.packing,
        member=content.member,
        split=split,
        dialect=finding.dialect,
        evidence=(said,),
        warnings=warnings,
    )


def _with_layout(source: Source) -> Source:
    """The source with the layout that most of its first rows have, if any."""
    if source.format not in {"json", "jsonl"}:
        return source
    rows = _first_rows(source)
    for name in LAYOUTS.names():
        layout = LAYOUTS.get(name)
        votes = sum(map(layout.matches, rows))
        if 2 * votes > len(rows):
            said = f"{source.name}: {layout.title} ({votes} of {len(rows)} rows looked at have {layout.signature})."
            return replace(source, layout=name, evidence=(*source.evidence, said))
    return source


def _first_rows(source: Source) -> list[Mapping[str, Any]]:
    """The rows that vote; none of a file that cannot be read, whose faults the survey reports with those of others."""
    with suppress(DataError):
        return list(islice((row.values for row in read_rows(source) if not row.fault), _LOOKED_AT))
    return []


def _check_name(format: str, name: str) -> None:
    try:
        READERS.get(format)
    except UnknownNameError as error:
        first = error.problems[0]
        raise DataError(
            [Problem(where=name, path="data.format", expected="a format", got=repr(format), remedy=first.remedy)]
        ) from error
