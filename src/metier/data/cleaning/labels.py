"""Labels: cleaned of what nobody means (spaces around them), compared with the allowed ones, doubtful ones named."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from metier.core import SplitName
from metier.core.names import listed, nearest
from metier.core.said import Said
from metier.core.tasks import TaskForm
from metier.data.ledger import Ledger
from metier.data.understanding.entry import Entry
from metier.data.understanding.staged_entries import staged_entries
from metier.data.values import is_blank, normalise

MISSING_WORDS = frozenset({"nan", "null", "none", "n/a", "na", "#n/a", "-", "?"})
_PLAIN = re.compile(r"[^\W\d_]([\w ]*\w)?")
_WORDS_OF_YAML = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})
_FEW = 3
"""A label in fewer rows can hardly be learnt and measured."""


def clean_labels(entries: Sequence[Entry]) -> tuple[Sequence[Entry], list[str]]:
    """The entries with labels stripped of white space around them, and a sentence where that merged labels."""
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for entry in entries:
        spellings[entry.target.strip()][entry.target] += 1
    if all(raw.keys() == {label} for label, raw in spellings.items()):
        return entries, []
    cleaned = staged_entries(replace(entry, target=entry.target.strip()) for entry in entries)
    merged = [label for label, raw in spellings.items() if len(raw) > 1 and not is_blank(label)]
    if not merged:
        return cleaned, []
    rows = sum(count for label in merged for raw, count in spellings[label].items() if raw != label)
    told = "Labels are read without white space around them; that joined %(labels)s (rows changed: %(rows)s)."
    return cleaned, [Said(told, labels=listed(sorted(merged), limit=4), rows=f"{rows:,}")]


def labels_of_rows(ledger: Ledger, form: TaskForm, split: SplitName | None = None) -> Counter[str]:
    """How many of the kept rows (of one split, where it is named) have each label."""
    return Counter(label for index in ledger.kept(split) for label in form.labels_of(ledger.targets[index]))


def allowed_labels(wanted: Iterable[str] | None, ledger: Ledger, form: TaskForm) -> tuple[str, ...]:
    """The label set, sorted: the recipe's, or what occurs in the rows that are kept so far."""
    found = labels_of_rows(ledger, form) if wanted is None else map(str.strip, wanted)
    return tuple(sorted({label for label in found if not is_blank(label)}))


def mark_unknown_labels(ledger: Ledger, labels: Sequence[str], form: TaskForm) -> None:
    """Mark the rows with a label that is not among ``labels``."""
    known = set(labels)
    for index in ledger.kept():
        label = next((one for one in form.labels_of(ledger.targets[index]) if one not in known), None)
        if label is not None:
            close = nearest(label, labels, limit=1)
            hint = f" (did you mean {close[0]!r}?)" if close else ""
            ledger.mark(index, "label_unknown", f"the label {label[:100]!r} is not in task.labels{hint}")


def label_warnings(ledger: Ledger, labels: Sequence[str], form: TaskForm) -> list[str]:
    """What looks doubtful about the labels of the kept rows."""
    counts = labels_of_rows(ledger, form)
    warnings: list[str] = [*_alike(counts), *_rare(counts, labels)]
    if counts and all(_is_number(label) for label in counts):
        told = "All labels are numbers; they are taken as names of classes, not as quantities (task.kind: regress)."
        warnings.append(Said(told))
    if missing := [label for label in counts if label.lower() in MISSING_WORDS]:
        rows = sum(counts[label] for label in missing)
        told = "Rows with a label that may mean 'missing': %(n)s (%(labels)s)."
        warnings.append(Said(told, n=f"{rows:,}", labels=listed(sorted(missing))))
    return warnings


def _alike(counts: Counter[str]) -> list[str]:
    """Labels that differ in case or Unicode form only."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for label in sorted(counts):
        groups[normalise(label)].append(label)
    alike = [group for group in groups.values() if len(group) > 1]
    if not alike:
        return []
    told = "; ".join(", ".join(f"{label!r} ({counts[label]:,})" for label in group) for group in alike)
    joined = ", ".join(_joined(group, counts) for group in alike)
    return [
        Said(
            "Labels that differ only in case or spacing are taken as different: %(labels)s. If they mean the same: "
            "task.rename_labels: {%(names)s}.",
            labels=told,
            names=joined,
        )
    ]


def _joined(group: Sequence[str], counts: Counter[str]) -> str:
    """The other spellings to the most frequent one, as a recipe writes it."""
    first = max(group, key=lambda label: counts[label])
    return ", ".join(f"{_in_yaml(label)}: {_in_yaml(first)}" for label in group if label != first)


def _in_yaml(label: str) -> str:
    plain = _PLAIN.fullmatch(label) and label.lower() not in _WORDS_OF_YAML
    return label if plain else json.dumps(label, ensure_ascii=False)


def _rare(counts: Counter[str], labels: Sequence[str]) -> list[str]:
    warnings: list[str] = []
    rare = [f"{label} ({counts[label]})" for label in labels if 0 < counts[label] < _FEW]
    if rare:
        told = "Labels with fewer than %(n)s rows cannot be both learnt and measured: %(labels)s."
        warnings.append(Said(told, n=str(_FEW), labels=listed(rare, limit=8)))
    if absent := [label for label in labels if not counts[label]]:
        warnings.append(Said("Labels of task.labels without any row: %(labels)s.", labels=listed(absent, limit=8)))
    return warnings


def _is_number(label: str) -> bool:
    try:
        float(label)
    except ValueError:
        return False
    return True
