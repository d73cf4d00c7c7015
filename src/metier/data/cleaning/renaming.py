"""Labels that are taken for other ones, as the recipe says: spellings of one label, rare ones put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from metier.core import TaskKind
from metier.core.names import listed
from metier.core.tasks.extract import spans_in
from metier.core.tasks.extract import target_of as target_of_spans
from metier.core.tasks.multilabel import labels_in, target_of
from metier.data.understanding.entry import Entry
from metier.data.understanding.staged_entries import staged_entries
from metier.data.values import is_blank

_SHOWN = 6


def rename_labels(
    entries: Sequence[Entry], names: Mapping[str, str], kind: TaskKind
) -> tuple[Sequence[Entry], list[str]]:
    """The entries with labels renamed, and which were.

    A new name is not renamed again: of ``{a: b, b: a}`` the labels change places.

    Args:
        entries: every input row; labels without white space around them, sets and spans in their one spelling.
        names: labels to the labels that they are taken for.
        kind: ``classify``, ``multilabel`` or ``extract``.
    """
    if not names:
        return entries, []
    counts = Counter[str]()

    def new(label: str) -> str:
        counts[label] += label in names
        return names.get(label, label)

    renamed = _RENAMED[kind]
    rows = staged_entries(
        entry if is_blank(entry.target) else replace(entry, target=renamed(entry, new)) for entry in entries
    )
    told = [f"{old!r} to {names[old]!r} ({count:,})" for old, count in sorted(counts.items()) if count]
    more = f" and {len(told) - _SHOWN:,} more" if len(told) > _SHOWN else ""
    said = [f"Labels renamed: {', '.join(told[:_SHOWN])}{more}."] if told else []
    if absent := [old for old in names if not counts[old]]:
        said.append(f"task.rename_labels names labels that no row has: {listed(absent, limit=_SHOWN)}.")
    return rows, said


def _of_spans(entry: Entry, new: Callable[[str], str]) -> str:
    return target_of_spans(entry.input, [span._replace(label=new(span.label)) for span in spans_in(entry.target)])


_RENAMED: Mapping[str, Callable[[Entry, Callable[[str], str]], str]] = {
    "classify": lambda entry, new: new(entry.target),
    "multilabel": lambda entry, new: target_of(map(new, labels_in(entry.target))),
    "extract": _of_spans,
}
