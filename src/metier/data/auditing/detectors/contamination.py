"""Test rows that training has seen: the same text, a near copy, a long run of the same words, the same answer.

Same texts and near copies are kept apart while the data is prepared; what is said here was removed, or stands on both
sides because the split was given.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict

from metier.core.tasks import form_of
from metier.data.auditing.finding import Finding, Row, View, samples
from metier.data.dividing.minhash import near_duplicates
from metier.data.values import normalise

GRAM = 13
"""Words in a run, as in Brown et al., "Language Models are Few-Shot Learners", 2020."""
_SHARED = 10
"""A run in more training rows is a template and no copy."""
_ANSWER = 40
"""Characters from which an answer is not the same by chance."""
THRESHOLD = 0.8


def detect(view: View) -> list[Finding]:
    """For every kind of task."""
    train, test = view.of("train", "validation"), view.of("test")
    found = [*_removed(view)]
    copies = _near(train, test) if view.given else []
    found += _finding(
        "contamination.near",
        "Training rows that are near copies of a test row",
        [f"{row.id} and {other.id}: {row.input[:70]}" for row, other in copies],
        [row for row, _ in copies],
        "leave these training rows out, or say that test figures are too good",
    )
    known = {other.id for _, other in copies}
    runs = [(row, other, run) for row, other, run in _runs(train, test) if other.id not in known]
    found += _finding(
        "contamination.run",
        f"Test rows that share {GRAM} words in a row with a training row",
        [f"{other.id} and {row.id}: …{run}…" for row, other, run in runs],
        [other for _, other, _ in runs],
        "look whether the texts belong together; then name what they share as data.group",
    )
    if form_of(view.kind).free_text:
        answers = {normalise(row.target): row for row in train if len(row.target) >= _ANSWER}
        same = [(answers[key], row) for row in test if (key := normalise(row.target)) in answers]
        found += _finding(
            "contamination.answer",
            "Test rows whose long answer is also a training answer",
            [f"{other.id} and {row.id}: {other.target[:70]}" for row, other in same],
            [other for _, other in same],
            "if answers are copied from a template this is right; else name what the rows share as data.group",
        )
    return found


def _removed(view: View) -> list[Finding]:
    rows = [row for row in view.rows if row.why.startswith("stands in the test set")]
    return _finding(
        "contamination.exact",
        "Rows whose text stands in the test set (not used)",
        [f"{row.id}: {row.why}" for row in rows],
        rows,
        "nothing; they were left out of training",
        severe=False,
    )


def _near(train: list[Row], test: list[Row]) -> list[tuple[Row, Row]]:
    """Training rows with a test row in their cluster of near copies."""
    rows = [*train, *test]
    pairs: list[tuple[Row, Row]] = []
    for cluster in near_duplicates([f"{row.turns}\n{row.input}".strip() for row in rows], THRESHOLD):
        measured = [rows[place] for place in cluster if place >= len(train)]
        pairs += [(rows[place], measured[0]) for place in cluster if measured and place < len(train)]
    return pairs


def _runs(train: list[Row], test: list[Row]) -> list[tuple[Row, Row, str]]:
    """Training row, test row and a run of words that both and few others have; the first for each test row."""
    wanted = {run for row in test for run in _grams(row.input)}
    holders: defaultdict[bytes, list[Row]] = defaultdict(list)
    for row in train if wanted else ():
        for run in _grams(row.input).keys() & wanted:
            holders[run].append(row)
    found: list[tuple[Row, Row, str]] = []
    for row in test:
        runs = _grams(row.input)
        shared = [run for run in runs if 0 < len(holders.get(run, ())) <= _SHARED]
        if shared:
            found.append((holders[shared[0]][0], row, runs[shared[0]]))
    return found


def _grams(text: str) -> dict[bytes, str]:
    """Digest of each run of words to the run, in the text's order."""
    words = normalise(text).split()
    runs = (" ".join(words[start : start + GRAM]) for start in range(len(words) - GRAM + 1))
    return {hashlib.blake2b(run.encode("utf-8", "replace"), digest_size=8).digest(): run for run in runs}


def _finding(
    id: str, title: str, lines: list[str], rows: list[Row], remedy: str, *, severe: bool = True
) -> list[Finding]:
    if not rows:
        return []
    ids = tuple(dict.fromkeys(row.id for row in rows))
    severity = "warning" if severe else "note"
    return [Finding(id=id, severity=severity, title=title, rows=ids, samples=samples(lines), remedy=remedy)]
