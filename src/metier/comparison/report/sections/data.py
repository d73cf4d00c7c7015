"""What happened to the data: every input row accounted for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from metier.comparison.report.charts import Part, bar, columns
from metier.comparison.report.language import gettext, tell
from metier.comparison.report.phrases import plural
from metier.comparison.report.reading import DataRoom, Run
from metier.comparison.report.reading.data_room import SPLITS
from metier.comparison.wording import count, percent

_MEANINGS = {
    "kept": "used, each in exactly one part",
    "duplicate": "the same as an earlier row, and left out so that no test row was seen in training",
    "empty": "without a text to answer",
    "label_missing": "without a right answer",
    "label_unknown": "with a label that is not one of the allowed ones",
    "left_out": "beyond the number of rows that the recipe allows",
}
_BARS = 20
"""Up to so many labels, each has a bar with its name."""


class Status(NamedTuple):
    """A line of the ledger: what became of rows, what that means, how many by split, and together."""

    name: str
    meaning: str
    by_split: tuple[int, ...]
    total: int


class LabelCount(NamedTuple):
    """Rows of a label by split, together, and as a bar."""

    label: str
    by_split: tuple[int, ...]
    total: int
    picture: Markup


class Handling(NamedTuple):
    """What an approach could not use: a sentence for training, and counts for the test set."""

    name: str
    trained: int
    skipped: str
    cut_rows: tuple[int, int] | None
    cut: int
    unfinished: int
    unparseable: int
    less_shown: int

    @property
    def troubled(self) -> bool:
        """Whether there was anything."""
        return any((self.skipped, self.cut_rows, self.cut, self.unfinished, self.unparseable, self.less_shown))


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """The section.

    Attributes:
        room: what was read.
        rows_in: all input rows; 0 where unknown.
        splits: the splits that occur.
        ledger: lines, kept ones first.
        labels: most frequent first.
        labels_wide: the same as columns for a desktop, where there are many; else None.
        labels_narrow: for a phone.
        handling: what each approach could not use; those that could use everything are left out.
        whole: how many those are.
        near_copies: how many rows are nearly equal, in words.
        paraphrases: how many say the same in other words; empty where this was not looked for.
        lengths: part, then smallest to largest quantile with its name.
    """

    room: DataRoom
    rows_in: int
    splits: tuple[str, ...]
    ledger: tuple[Status, ...]
    labels: tuple[LabelCount, ...]
    labels_wide: Markup | None
    labels_narrow: Markup | None
    handling: tuple[Handling, ...]
    whole: int
    near_copies: str
    paraphrases: str
    lengths: tuple[tuple[str, tuple[tuple[str, float], ...]], ...]


def view(run: Run) -> Data | None:
    """The account; None where nothing is known about the data."""
    room = run.data
    if not (room.totals or room.splits or room.evidence or room.labels):
        return None
    splits = tuple(name for name in SPLITS if name in room.splits or any(name in row for row in room.totals.values()))
    ledger = _ledger(room.totals, splits)
    labels = _labels(room.labels, splits)
    many = len(labels) > _BARS
    troubled = tuple(item for item in _handling(run) if item.troubled)
    return Data(
        room=room,
        rows_in=sum(line.total for line in ledger),
        splits=splits,
        ledger=ledger,
        labels=labels,
        labels_wide=_distribution(labels, 1080) if many else None,
        labels_narrow=_distribution(labels, 330) if many else None,
        handling=troubled,
        whole=len(run.finished) - len(troubled),
        near_copies=_near_copies(room),
        paraphrases=_paraphrases(room),
        lengths=tuple(
            (gettext(part), tuple((gettext(name) if name.isalpha() else name, length) for name, length in row.items()))
            for part, row in room.lengths.items()
            if row
        ),
    )


def _near_copies(room: DataRoom) -> str:
    if not room.near_groups:
        return tell("None were found.")
    rows, groups = plural(room.near_rows, "row"), plural(room.near_groups, "group")
    if room.near_share is None:
        return tell("%(rows)s in %(groups)s of nearly equal texts.", rows=rows, groups=groups)
    told = "%(rows)s (%(share)s of those kept) in %(groups)s of nearly equal texts."
    return tell(told, rows=rows, groups=groups, share=percent(room.near_share))


def _paraphrases(room: DataRoom) -> str:
    if room.paraphrase_groups is None:
        return ""
    if not room.paraphrase_groups:
        return tell("No texts say the same in other words.")
    rows, groups = plural(room.paraphrase_rows, "row"), plural(room.paraphrase_groups, "group")
    return tell("%(rows)s in %(groups)s of texts that say the same in other words.", rows=rows, groups=groups)


def _ledger(totals: Mapping[str, Mapping[str, int]], splits: tuple[str, ...]) -> tuple[Status, ...]:
    lines = [
        Status(
            name.replace("_", " "),
            _MEANINGS.get(name, ""),
            tuple(row.get(split, 0) for split in splits),
            sum(row.values()),
        )
        for name, row in totals.items()
        if any(row.values())
    ]
    return tuple(sorted(lines, key=lambda line: (line.name != "kept", -line.total)))


def _labels(labels: Mapping[str, Mapping[str, int]], splits: tuple[str, ...]) -> tuple[LabelCount, ...]:
    names = dict.fromkeys(name for row in labels.values() for name in row)
    table = {name: tuple(labels.get(split, {}).get(name, 0) for split in splits) for name in names}
    most = max((sum(row) for row in table.values()), default=0) or 1
    found = [
        LabelCount(
            name,
            row,
            sum(row),
            bar([Part(number / most, split) for split, number in zip(splits, row, strict=True)]),
        )
        for name, row in table.items()
    ]
    return tuple(sorted(found, key=lambda item: (-item.total, item.label)))


def _distribution(labels: tuple[LabelCount, ...], width: float) -> Markup:
    first, last = labels[0], labels[-1]
    return columns(
        [item.total for item in labels],
        titles=[f"{item.label}: {item.total:,}" for item in labels],
        ends=(tell("most: %(n)s", n=count(first.total)), tell("fewest: %(n)s", n=count(last.total))),
        axis=(tell("labels, from frequent to rare"), tell("rows")),
        title=tell(
            "Rows of each of %(n)s labels, from %(most)s to %(fewest)s.",
            n=len(labels),
            most=count(first.total),
            fewest=count(last.total),
        ),
        width=width,
        height=240,
    )


def _handling(run: Run) -> list[Handling]:
    found: list[Handling] = []
    for item in run.finished:
        record, strain = run.records.get(item.name), run.strains.get(item.name)
        skipped = record.skipped if record else {}
        found.append(
            Handling(
                name=item.name,
                trained=record.trained_examples if record else 0,
                skipped="; ".join(f"{reason}: {number:,}" for reason, number in skipped.items() if number),
                cut_rows=run.data.cut_rows.get(item.name),
                cut=strain.cut if strain else 0,
                unfinished=strain.unfinished if strain else 0,
                unparseable=strain.unparseable if strain else 0,
                less_shown=strain.less_shown if strain else 0,
            )
        )
    return found
