"""Which text format a file has, decided from its first million characters, with the evidence."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from pathlib import Path

from metier.data.reading.delimited import VOTERS, Vote, poll
from metier.data.reading.packing import Content
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
    ".iob": "conll",
}
"""What a file's ending claims."""
_SAMPLE = 1 << 20
"""Characters that are looked at."""
_SURE = 0.9
"""Share of equal lines from which delimited content outweighs a JSON suffix."""
_MOSTLY_TAGS = 0.99
_TAG = re.compile(r"O|[BIMESLU]-\S+")
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


def detect(text: str, claimed: str | None, *, cut: bool) -> Finding:
    """The format of a text: tags in columns, JSON lines by a vote, JSON by its beginning, else delimited.

    Args:
        text: the beginning of the file, with its line ends.
        claimed: the format that the file's ending stands for.
        cut: whether there is more.
    """
    every = [line for line in text.split("\n") if line.strip()]
    lines = every[:-1][:VOTERS] if cut and len(every) > 1 else every[:VOTERS]
    of = f"{len(lines):,}" if len(lines) == len(every) else f"the first {len(lines):,}"
    if tags := _tagged(text, lines):
        return Finding("conll", f"tokens with tags, one a line ({tags:,} of {of} lines end with an IOB tag)")
    objects = sum(map(_is_object, lines))
    start = text.lstrip()
    best = poll(io.StringIO(text, newline=""), cut=cut)[0]
    if (len(lines) > 1 and objects * 2 >= len(lines)) or (start.startswith("{") and claimed == "jsonl"):
        return Finding("jsonl", f"JSON lines ({objects:,} of {of} lines are objects)")
    # JSON lines also begin with "{", but in a JSON document that spans lines no single line is an object.
    if _begins_json(start) and not (_is_table(best) and claimed != "json" and not _OBJECT.match(start.lstrip("["))):
        return Finding("json", f"JSON (begins with {start[0]!r})")
    if claimed in {"json", "jsonl"} and not _is_table(best):
        return Finding(claimed, f"{claimed}, by its name alone; the content does not begin like it")
    return _delimited(best)


def told(format: str, text: str, *, cut: bool) -> Finding:
    """The format that the recipe names; for csv and tsv the dialect is still found in the content."""
    if format not in {"csv", "tsv"}:
        return Finding(format, f"{format}, as data.format says")
    votes = poll(io.StringIO(text, newline=""), cut=cut)
    return _delimited(next(vote for vote in votes if (vote.dialect.delimiter == "\t") == (format == "tsv")))


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
    fields = [line.split() for line in lines if not line.startswith("-DOCSTART-")]
    tags = sum(len(parts) >= 2 and _TAG.fullmatch(parts[-1]) is not None for parts in fields)
    named = any(len(parts) >= 2 and parts[-1] != "O" and _TAG.fullmatch(parts[-1]) for parts in fields)
    return tags if named and tags >= _MOSTLY_TAGS * len(fields) > 0 else 0


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _delimited(vote: Vote) -> Finding:
    of = f"the first {vote.records:,}" if vote.cut else f"{vote.records:,}"
    evidence = f"{vote.dialect.name} separated ({vote.agreeing:,} of {of} lines have {vote.fields} fields)"
    if vote.header < 2:
        evidence = "one column, as no separator was found"
    elif not vote.dialect.quoted:
        evidence += ", quotes are ordinary characters"
    return Finding("tsv" if vote.dialect.delimiter == "\t" else "csv", evidence, vote.dialect)
