"""Which text format a file has, decided from its first million characters, with the evidence."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from metier.core.said import Said
from metier.data.reading.column_names import told_repeats
from metier.data.reading.delimited import VOTERS, Record, Vote, poll, records
from metier.data.reading.first_lines import is_a_row, told_separator
from metier.data.reading.packing import Content
from metier.data.reading.readers.conll import TAG, is_remark
from metier.data.reading.readers.fasttext import MARK
from metier.data.reading.source import Dialect

SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".xlsx": "xlsx",
    ".conll": "conll",
    ".conllu": "conll",
    ".iob": "conll",
    ".iob2": "conll",
    ".bio": "conll",
}
"""What a file's ending claims."""
_SAMPLE = 1 << 20
"""Characters that are looked at."""
_SURE = 0.9
"""Share of equal lines from which delimited content outweighs a JSON suffix."""
_MOSTLY_TAGS = 0.99
_OBJECT = re.compile(r"\{\s*(\}|[\"'][^\"']*[\"']\s*:)")


@dataclass(frozen=True, slots=True)
class Finding:
    """A format, the sentence that says why, and the dialect of a delimited one."""

    format: str
    evidence: str
    dialect: Dialect | None = None


def sample(content: Content, encoding: str) -> tuple[str, bool]:
    """The first million characters, and whether there are more."""
    with content.text(encoding, newline="") as file:
        text = file.read(_SAMPLE)
        return text, bool(file.read(1))


def detect(text: str, claimed: str | None, *, cut: bool, header: bool | None = None) -> Finding:
    """The format of a text: tags in columns, JSON lines by a vote, JSON by its beginning, else delimited.

    Args:
        text: the beginning of the file, with its line ends.
        claimed: the format that the file's ending stands for.
        cut: whether there is more.
        header: whether delimited text begins with column names; None: found.
    """
    every = [line for line in text.split("\n") if line.strip()]
    lines = every[:-1][:VOTERS] if cut and len(every) > 1 else every[:VOTERS]
    of = _of(len(lines), cut=len(lines) < len(every))
    labelled = sum(line.startswith(MARK) for line in lines)
    if labelled > _SURE * len(lines):
        told = "fastText (%(n)s of %(of)s lines begin with %(mark)s)"
        return Finding("fasttext", Said(told, n=f"{labelled:,}", of=of, mark=MARK))
    if tags := _tagged(text, lines):
        told = "tokens with tags, one a line (%(n)s of %(of)s lines end with an IOB tag)"
        return Finding("conll", Said(told, n=f"{tags:,}", of=of))
    objects = sum(map(_is_object, lines))
    start = text.lstrip()
    best = _poll(text, cut=cut)[0]
    if (len(lines) > 1 and objects * 2 >= len(lines)) or (start.startswith("{") and claimed == "jsonl"):
        return Finding("jsonl", Said("JSON lines (%(n)s of %(of)s lines are objects)", n=f"{objects:,}", of=of))
    # JSON lines also begin with "{", but in a JSON document that spans lines no single line is an object.
    if _begins_json(start) and not (_is_table(best) and claimed != "json" and not _OBJECT.match(start.lstrip("["))):
        return Finding("json", Said("JSON (begins with %(mark)s)", mark=repr(start[0])))
    if claimed in {"json", "jsonl"} and not _is_table(best):
        told = "%(format)s, by its name alone; the content does not begin like it"
        return Finding(claimed, Said(told, format=claimed))
    return _delimited(best, text, header)


def told(format: str, text: str, *, cut: bool, header: bool | None = None) -> Finding:
    """The format that the recipe names; for csv and tsv the dialect is still found in the content."""
    if format not in {"csv", "tsv"}:
        return Finding(format, Said("%(format)s, as data.format says", format=format))
    votes = _poll(text, cut=cut)
    best = next(vote for vote in votes if (vote.dialect.delimiter == "\t") == (format == "tsv"))
    return _delimited(best, text, header)


def _poll(text: str, *, cut: bool) -> list[Vote]:
    """What each dialect makes of a text, best first; the one that the first line names before all others."""
    first, _, rest = text.partition("\n")
    separator = told_separator(first)
    votes = poll(io.StringIO(rest if separator else text, newline=""), cut=cut)
    return sorted(votes, key=lambda vote: vote.dialect.delimiter != separator) if separator else votes


def claim(name: str) -> str | None:
    """The format that a file's ending stands for."""
    return SUFFIXES.get(Path(name).suffix.lower())


def _begins_json(start: str) -> bool:
    return start.startswith("{") or (start.startswith("[") and start[1:].lstrip()[:1] in {"{", "[", "]", '"', ""})


def _is_table(vote: Vote) -> bool:
    """Delimited beyond doubt: several fields, as many in the header as in nearly all lines."""
    return min(vote.fields, vote.header) >= 2 and vote.records >= 3 and vote.share >= _SURE


def _tagged(text: str, lines: list[str]) -> int:
    """Lines that end with an IOB tag, where nearly all do and sentences are set apart by empty lines; else 0."""
    if not re.search(r"\S[ \t]*\r?\n[ \t]*\r?\n", text):
        return 0
    fields = [line.split() for line in lines if not line.startswith("-DOCSTART-") and not is_remark(line)]
    tags = sum(len(parts) >= 2 and TAG.fullmatch(parts[-1]) is not None for parts in fields)
    named = any(len(parts) >= 2 and parts[-1] != "O" and TAG.fullmatch(parts[-1]) for parts in fields)
    return tags if named and tags >= _MOSTLY_TAGS * len(fields) > 0 else 0


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _delimited(vote: Vote, text: str, header: bool | None) -> Finding:
    evidence: str = _separated(vote)
    if header is None and is_a_row(islice(_records(text, vote.dialect), VOTERS)):
        header = False
        told = (
            "%(what)s; the first line is a row like the others, so that columns are numbered (else: data.header: true)"
        )
        evidence = Said(told, what=evidence)
    dialect = vote.dialect._replace(header=header is not False)
    if dialect.header and (repeats := told_repeats(_first(text, vote.dialect))):
        evidence = Said("%(first)s; %(then)s", first=evidence, then=repeats)
    return Finding("tsv" if vote.dialect.delimiter == "\t" else "csv", evidence, dialect)


def _records(text: str, dialect: Dialect) -> Iterator[Record]:
    """The records of a text behind the line that names the separator, if there is one."""
    first, _, rest = text.partition("\n")
    return records(io.StringIO(rest if told_separator(first) else text, newline=""), dialect)


def _first(text: str, dialect: Dialect) -> list[str]:
    return next((record.fields for record in _records(text, dialect)), [])


def _of(lines: int, *, cut: bool) -> str:
    """Of how many lines, or of the first how many."""
    return Said("the first %(n)s", n=f"{lines:,}") if cut else f"{lines:,}"


def _separated(vote: Vote) -> Said:
    """What separates the columns."""
    if vote.header < 2:
        return Said("one column, as no separator was found")
    told = "%(separator)s separated (%(n)s of %(of)s lines have %(fields)s fields)"
    if not vote.dialect.quoted:
        told = "%(separator)s separated (%(n)s of %(of)s lines have %(fields)s fields), quotes are ordinary characters"
    return Said(
        told,
        separator=Said(vote.dialect.name),
        n=f"{vote.agreeing:,}",
        of=_of(vote.records, cut=vote.cut),
        fields=str(vote.fields),
    )
