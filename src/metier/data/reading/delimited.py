"""Delimited text: which separator a file uses, and its records with their line numbers.

Records are parsed strictly. A quote that is never closed, or a quote inside a quoted text that is not doubled, would
otherwise swallow or garble rows without a word.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import NamedTuple

from metier.data.reading.source import Dialect

FIELD_LIMIT = 1 << 24
"""Characters that one field may have; beyond it a quote is most likely not closed."""
VOTERS = 1_000
"""Lines that are looked at to find the separator."""
_DIALECTS = (Dialect(","), Dialect("\t"), Dialect(";"), Dialect("|"), Dialect("\t", quoted=False))


class Record(NamedTuple):
    """A parsed record: its fields, or why it could not be parsed."""

    line: int
    """Line at which it begins, from 1."""
    fields: list[str]
    fault: str = ""


class Vote(NamedTuple):
    """How well one dialect explains the first lines of a file."""

    dialect: Dialect
    fields: int
    """The most frequent number of fields."""
    agreeing: int
    """Records that have it."""
    records: int
    header: int
    """Fields of the first record."""
    cut: bool = False
    """Whether more records follow."""

    @property
    def share(self) -> float:
        """Agreeing records of all."""
        return self.agreeing / max(self.records, 1)


@contextmanager
def _field_limit() -> Generator[None]:
    """The csv module keeps its limit for the whole process; ours holds only while we read."""
    before = csv.field_size_limit(FIELD_LIMIT)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def records(lines: Iterable[str], dialect: Dialect, *, before: int = 0) -> Iterator[Record]:
    """Every record, blank lines left out, faulty ones with their fault.

    Args:
        lines: with their line ends.
        dialect: how fields are told apart.
        before: lines of the file that stand before these.
    """
    quoting = csv.QUOTE_MINIMAL if dialect.quoted else csv.QUOTE_NONE
    with _field_limit():
        reader = csv.reader(lines, delimiter=dialect.delimiter, quoting=quoting, strict=True)
        while True:
            line = reader.line_num + 1 + before
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Record(line, [], _explained(str(error), line))
                continue
            if fields and (len(fields) > 1 or fields[0].strip()):
                yield Record(line, fields)


def _explained(error: str, line: int) -> str:
    if "unexpected end of data" in error:
        return f"a quote opened in line {line:,} is never closed"
    if "field limit" in error:
        return f"line {line:,} begins a field of more than {FIELD_LIMIT:,} characters"
    if "expected after" in error:
        return f"line {line:,} has text after a closing quote"
    return f"line {line:,}: {error}"


def poll(lines: Iterable[str], *, cut: bool = False) -> list[Vote]:
    """What each dialect makes of the first lines, best first.

    The best gives the header and most lines the same number of fields, at least two; of equals, tabs, then the one with
    more fields, then the one listed first (comma, semicolon, pipe).

    Args:
        lines: the beginning of a file.
        cut: True where more follows, so that the last record may be incomplete.
    """
    head = list(islice(lines, VOTERS + 1))
    votes = [_vote(head, dialect, cut=cut or len(head) > VOTERS) for dialect in _DIALECTS]
    return sorted(votes, key=_rank, reverse=True)


def _vote(lines: list[str], dialect: Dialect, *, cut: bool) -> Vote:
    parsed = list(records(lines, dialect))
    if cut and len(parsed) > 1:
        parsed.pop()
    counts = Counter(len(record.fields) for record in parsed if not record.fault)
    # Of equally frequent numbers the larger: rows that lost a field are likelier than rows that gained one.
    fields, agreeing = max(counts.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    return Vote(dialect, fields, agreeing, len(parsed), len(parsed[0].fields) if parsed else 0, cut)


def _rank(vote: Vote) -> tuple[bool, bool, float, bool, int]:
    """Of dialects that fit as many lines, tabs come first: unlike commas, they do not stand in texts."""
    fits = vote.fields >= 2 and vote.fields == vote.header
    return vote.header >= 2, fits, round(vote.share, 2), vote.dialect.delimiter == "\t", vote.fields
