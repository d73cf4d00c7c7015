"""Which format a file has, decided from its content, with the evidence; the suffix is only compared."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, replace
from pathlib import Path

from metier.core import DataError, Problem, SplitName, UnknownNameError
from metier.data.reading.delimited import VOTERS, Vote, poll
from metier.data.reading.encodings import checked_encoding
from metier.data.reading.locating import binary_kind
from metier.data.reading.readers import READERS
from metier.data.reading.readers.json import rows_key
from metier.data.reading.source import Dialect, Source

_SAMPLE = 1 << 20
"""Characters that are looked at."""
_TEXT_FORMATS = frozenset({"csv", "tsv", "json", "jsonl"})
_SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_SURE = 0.9
"""Share of equal lines from which delimited content outweighs a JSON suffix."""


@dataclass(frozen=True, slots=True)
class _Finding:
    format: str
    evidence: str
    dialect: Dialect | None = None


def recognise(path: Path, name: str, *, split: SplitName | None, format: str | None, encoding: str | None) -> Source:
    """The file as a :class:`Source`.

    Args:
        path: an existing file that is not empty.
        name: what messages call it.
        split: the split that the recipe gives the whole file to.
        format: the recipe's ``data.format``; None: detected.
        encoding: the recipe's ``data.encoding``; None: UTF-8.

    Raises:
        DataError: the content is of no format that can be read, not text where text was expected, or the format's
            name is unknown.
    """
    if format is not None:
        _check_name(format, name)
    if format is not None and format not in _TEXT_FORMATS:
        evidence = f"{name}: {format}, as data.format says."
        return Source(path=path, name=name, format=format, split=split, evidence=(evidence,))
    kind, remedy = binary_kind(path)
    if kind == "parquet" and format is None:
        return _source(path, name, split, "", _Finding("parquet", "Parquet (by its first bytes)"))
    if kind:
        remedy = remedy or "set data.format: parquet, or leave it out"
        raise DataError([Problem(where=name, expected=f"{format or 'text'} rows", got=kind, remedy=remedy)])
    encoding, remarks = checked_encoding(path, name, encoding)
    text, cut = _sample(path, encoding)
    if not text.strip():
        remedy = "export the rows again"
        raise DataError([Problem(where=name, expected="rows", got="a file with only white space", remedy=remedy)])
    finding = _detect(text, path, cut=cut) if format is None else _told(format, text, cut=cut)
    source = _source(path, name, split, encoding, finding, remarks=remarks, detected=format is None)
    if source.format == "json" and text.lstrip().startswith("{"):
        key = rows_key(source)
        source = replace(source, evidence=(*source.evidence, f"{name}: its rows are the list {key!r}."))
    return source


def _source(
    path: Path,
    name: str,
    split: SplitName | None,
    encoding: str,
    finding: _Finding,
    *,
    remarks: tuple[str, ...] = (),
    detected: bool = True,
) -> Source:
    claimed = _SUFFIXES.get(path.suffix.lower())
    warnings: tuple[str, ...] = ()
    if detected and claimed and claimed != finding.format:
        warnings = (f"{name} is called {path.suffix} but holds {finding.format}; it is read as {finding.format}.",)
    return Source(
        path=path,
        name=name,
        format=finding.format,
        split=split,
        encoding=encoding,
        dialect=finding.dialect,
        evidence=(f"{name}: {finding.evidence}.", *remarks),
        warnings=warnings,
    )


def _check_name(format: str, name: str) -> None:
    try:
        READERS.get(format)
    except UnknownNameError as error:
        first = error.problems[0]
        raise DataError(
            [Problem(where=name, path="data.format", expected="a format", got=repr(format), remedy=first.remedy)]
        ) from error


def _sample(path: Path, encoding: str) -> tuple[str, bool]:
    with path.open(encoding=encoding, newline="") as file:
        text = file.read(_SAMPLE)
        return text, bool(file.read(1))


def _detect(text: str, path: Path, *, cut: bool) -> _Finding:
    """The format of a text: JSON lines by a vote, JSON by its first character, else delimited."""
    claimed = _SUFFIXES.get(path.suffix.lower())
    every = [line for line in text.split("\n") if line.strip()]
    lines = every[:-1][:VOTERS] if cut and len(every) > 1 else every[:VOTERS]
    objects = sum(map(_is_object, lines))
    of = f"{len(lines):,}" if len(lines) == len(every) else f"the first {len(lines):,}"
    start = text.lstrip()
    if (len(lines) > 1 and objects * 2 >= len(lines)) or (start.startswith("{") and claimed == "jsonl"):
        return _Finding("jsonl", f"JSON lines ({objects:,} of {of} lines are objects)")
    # JSON lines also begin with "{", but in a JSON document that spans lines no single line is an object.
    if start.startswith("{") or (start.startswith("[") and start[1:].lstrip()[:1] in {"{", "[", "]", '"', ""}):
        return _Finding("json", f"JSON (begins with {start[0]!r})")
    best = poll(io.StringIO(text, newline=""), cut=cut)[0]
    if claimed in {"json", "jsonl"} and not (best.fields >= 2 and best.records >= 3 and best.share >= _SURE):
        return _Finding(claimed, f"{claimed}, by its name alone; the content does not begin like it")
    return _delimited(best)


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _told(format: str, text: str, *, cut: bool) -> _Finding:
    """The format that the recipe names; for csv and tsv the dialect is still found in the content."""
    if format in {"json", "jsonl"}:
        return _Finding(format, f"{format}, as data.format says")
    votes = poll(io.StringIO(text, newline=""), cut=cut)
    return _delimited(next(vote for vote in votes if (vote.dialect.delimiter == "\t") == (format == "tsv")))


def _delimited(vote: Vote) -> _Finding:
    of = f"the first {vote.records:,}" if vote.cut else f"{vote.records:,}"
    evidence = f"{vote.dialect.name} separated ({vote.agreeing:,} of {of} lines have {vote.fields} fields)"
    if vote.header < 2:
        evidence = "one column, as no separator was found"
    elif not vote.dialect.quoted:
        evidence += ", quotes are ordinary characters"
    return _Finding("tsv" if vote.dialect.delimiter == "\t" else "csv", evidence, vote.dialect)
