"""Test rows that training has seen: the same text, a near copy, a long run of the same words, the same answer.

Same texts and near copies are kept apart while the data is prepared; what is said here was removed, or stands on both
sides because the split was given.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence

from metier.core.said import Said
from metier.core.tasks import form_of
from metier.data.auditing.finding import Finding, Hits, Row, View
from metier.data.auditing.quoting import RUN, words_of
from metier.data.auditing.shared_runs import SharedRun, shared_runs
from metier.data.digests import digest, repeats
from metier.data.dividing.minhash import near_duplicates
from metier.data.dividing.near_copies import THRESHOLD
from metier.data.lazy import Lazy
from metier.data.values import normalise

_SHARED = 10
"""A run in more training rows is a template and no copy."""
_ANSWER = 40
"""Characters from which an answer is not the same by chance."""


def detect(view: View) -> list[Finding]:
    """For every kind of task."""
    train, test = view.of("train", "validation"), view.of("test")
    copies = _near(train, test) if view.given else []
    known = {other for _, other in copies}
    written = form_of(view.kind).free_text
    same = list(_same_answers(train, test)) if written else []
    copied = {row_id for row_id, _ in same}
    return [
        *_finding(
            "contamination.exact",
            Said("Rows whose text stands in the test set (not used)"),
            ((row.id, f"{row.id}: {row.why}") for row in view.rows if row.why.startswith("stands in the test set")),
            Said("nothing; they were left out of training"),
            severe=False,
        ),
        *_finding(
            "contamination.near",
            Said("Training rows that are near copies of a test row"),
            (
                (train[row].id, f"{train[row].id} and {test[other].id}: {train[row].input[:70]}")
                for row, other in copies
            ),
            Said("leave these training rows out, or say that test figures are too good"),
        ),
        *_finding(
            "contamination.run",
            Said("Test rows that share %(n)s words in a row with a training row", n=str(RUN)),
            (
                (test[one.asked].id, f"{test[one.asked].id} and {train[one.known].id}: …{one.run}…")
                for one in shared_runs(_inputs(train), _inputs(test), words_of, length=RUN, most=_SHARED)
                if one.asked not in known
            ),
            Said("look whether the texts belong together; then name what they share as data.group"),
        ),
        *_finding(
            "contamination.answer",
            Said("Test rows whose long answer is also a training answer"),
            same,
            Said("if answers are copied from a template this is right; else name what the rows share as data.group"),
        ),
        *_finding(
            "contamination.answer_run",
            Said("Test rows whose answer shares %(n)s words in a row with a training answer", n=str(RUN)),
            (
                (test[one.asked].id, f"{test[one.asked].id} and {train[one.known].id}: …{one.run}…")
                for one in _shared_answers(train, test, written)
                if test[one.asked].id not in copied
            ),
            Said("usual where answers are worded alike; else name what the rows share as data.group"),
            severe=False,
        ),
    ]


def _near(train: Sequence[Row], test: Sequence[Row]) -> list[tuple[int, int]]:
    """Places of training rows with a test row in their cluster of near copies, and of that."""

    def text(place: int) -> str:
        row = train[place] if place < len(train) else test[place - len(train)]
        return f"{row.turns}\n{row.input}".strip()

    pairs: list[tuple[int, int]] = []
    for cluster in near_duplicates(Lazy(len(train) + len(test), text), THRESHOLD):
        measured = [place - len(train) for place in cluster if place >= len(train)]
        pairs += [(place, measured[0]) for place in cluster if measured and place < len(train)]
    return pairs


def _same_answers(train: Sequence[Row], test: Sequence[Row]) -> Iterator[tuple[str, str]]:
    """Id and line of test rows whose answer is that of a training row, if it is a long one."""
    digests, places = bytearray(), array("q")
    for place in reversed(range(len(train))):  # of several, the last one is named
        if len(train[place].target) >= _ANSWER:
            digests += digest(normalise(train[place].target))
            places.append(place)
    for row in test:
        digests += digest(normalise(row.target))
    for later, first in zip(*repeats(digests), strict=True):
        if first < len(places) <= later:
            row, other = test[int(later) - len(places)], train[places[int(first)]]
            yield row.id, f"{row.id} and {other.id}: {row.target[:70]}"


def _shared_answers(train: Sequence[Row], test: Sequence[Row], written: bool) -> Iterable[SharedRun]:
    """Runs that answers share, where they are texts."""
    if not written:
        return ()
    return shared_runs(_targets(train), _targets(test), words_of, length=RUN, most=_SHARED)


def _targets(rows: Sequence[Row]) -> Sequence[str]:
    return Lazy(len(rows), lambda place: rows[place].target)


def _inputs(rows: Sequence[Row]) -> Sequence[str]:
    return Lazy(len(rows), lambda place: rows[place].input)


def _finding(
    id: str, title: str, rows: Iterable[tuple[str, str]], remedy: str, *, severe: bool = True
) -> list[Finding]:
    """A finding about rows, given as id and line of each; none where there are no rows."""
    hits = Hits()
    for row_id, line in rows:
        hits.add(row_id, line)
    if not hits.ids:
        return []
    severity = "warning" if severe else "note"
    return [Finding(id=id, severity=severity, title=title, rows=tuple(hits.ids), samples=hits.samples, remedy=remedy)]
