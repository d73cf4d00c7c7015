"""From the user's files to a data set, in one reading: look, understand, judge every row, divide, account."""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from metier.core import Example, Nobody, Reporter, SplitName, Task, TaskKind, say, step, warn
from metier.core.said import Said
from metier.core.tasks import form_of
from metier.data.auditing.likely_personal import Guess
from metier.data.auditing.presidio import guesses
from metier.data.cleaning.checks import require_enough
from metier.data.cleaning.duplicates import mark_duplicates
from metier.data.cleaning.label_sets import read_sets
from metier.data.cleaning.labels import allowed_labels, clean_labels, label_warnings, mark_unknown_labels
from metier.data.cleaning.marks import keep_wanted
from metier.data.cleaning.privacy import protect
from metier.data.cleaning.quantities import mark_unreadable, read_numbers
from metier.data.cleaning.renaming import rename_labels
from metier.data.digests import digest
from metier.data.dividing.division import divide
from metier.data.dividing.near_copies import near_clusters, near_warnings
from metier.data.dividing.paraphrases import Embed
from metier.data.dividing.same_meaning import SameMeaning, same_meaning
from metier.data.lazy import Lazy
from metier.data.ledger import Ledger, Status
from metier.data.scratch import room_for_scratch
from metier.data.settings import DataSettings, TaskSettings
from metier.data.storing.prepared import Prepared
from metier.data.storing.summary import summarise
from metier.data.understanding.entries import NO_LABEL, Entries, read_entries
from metier.data.understanding.entry import Entry
from metier.data.understanding.inspection import Inspection, inspect_source, usable
from metier.data.values import is_blank

_WEIGHTLESS = "every answer has weight 0: not to be learnt from"
_UNDESIRABLE = "its answer is marked as not desirable: only a loss that avoids it (kto) sees it"
_HELD_OUT: tuple[SplitName, ...] = ("validation", "test")


@room_for_scratch()
def prepare(
    task: TaskSettings,
    data: DataSettings,
    *,
    folder: Path,
    seed: int,
    reporter: Reporter | None = None,
    embed: Embed | None = None,
) -> Prepared:
    """Read, check, remove duplicates, split, and account for every input row.

    Deterministic: the same files, settings and seed give the same data set.

    Args:
        task: the recipe's ``task``; what it leaves open is decided from the data.
        data: the recipe's ``data``; what it leaves open is detected.
        folder: the recipe's folder, which paths are relative to.
        seed: the run's seed.
        reporter: told the evidence, the warnings and the progress; None: nobody.
        embed: unit vectors of texts, for ``data.paraphrases``; None: there is no embedder.

    Raises:
        DataError: the data cannot be used; carries every problem that was found. Or a disk is full.
    """
    reporter = reporter or Nobody()
    guess = guesses(data.personal_model, folder)
    inspection = usable(inspect_source(data, task=task, folder=folder))
    for sentence in inspection.evidence:
        say(reporter, sentence)
    with step(reporter, "reading rows", inspection.rows) as bar:
        entries = read_entries(inspection, advance=bar.advance)
    ledger, labels, warnings = _judge(entries, task, inspection, data, guess)
    require_enough(ledger, labels, form_of(_kind(inspection)), where=inspection.files[0].source.name)
    with step(reporter, "looking for near duplicates", len(ledger.kept())) as bar:
        clusters = near_clusters(ledger, advance=bar.advance)
    alike = same_meaning(ledger, clusters, data.paraphrases, embed, reporter=reporter)
    warnings += divide(ledger, [*clusters, *alike.joined], inspection, data, seed=seed)
    warnings += [*near_warnings(ledger, clusters, given=inspection.split == "given"), *alike.warnings]
    for sentence in warnings:
        warn(reporter, sentence)
    found = _result(_task(task, inspection, ledger, labels), inspection, ledger, clusters, warnings=warnings, seed=seed)
    return _with_paraphrases(found, ledger, alike)


def _with_paraphrases(prepared: Prepared, ledger: Ledger, alike: SameMeaning) -> Prepared:
    """The data set with the rows that say the same, by their ids."""
    if not alike.summary:
        return prepared
    ids = tuple(tuple(ledger.entries[index].id for index in cluster) for cluster in alike.clusters)
    return replace(prepared, paraphrases=ids, summary={**prepared.summary, "paraphrases": alike.summary})


def _judge(
    entries: Entries, task: TaskSettings, inspection: Inspection, data: DataSettings, guess: Guess
) -> tuple[Ledger, tuple[str, ...], list[str]]:
    """The ledger with every unusable row marked, the label set, and what there is to say."""
    kind = _kind(inspection)
    form = form_of(kind)
    policy = data.personal
    rows, treated, privacy = protect(entries.rows, policy, kind=kind, guess=guess if data.personal_guesses else None)
    rows, warnings = clean_labels(rows) if form.chooses else (rows, [])
    if kind == "multilabel":
        rows, warnings = read_sets(rows)
    if form.has_labels:
        rows, renamed = rename_labels(rows, task.rename_labels, kind)
        warnings += renamed
    if kind == "extract":
        rows, unwanted = keep_wanted(rows, task.labels)
        warnings += unwanted
    faults: dict[int, tuple[Status, str]] = {}
    if form.numeric:
        rows, faults, warnings = read_numbers(rows)
    warnings += [*privacy, *entries.warnings]
    ledger = Ledger(rows)
    for index, what in treated.items():
        if policy == "drop":
            ledger.mark(index, "left_out", f"it holds personal data: {what}")
        else:
            ledger.note(index, f"{policy}: {what}")
    _mark_incomplete(ledger, noun=form.noun, answered=form.answered)
    warnings += mark_unreadable(ledger, faults)
    labels: tuple[str, ...] = ()
    if form.has_labels:
        labels = allowed_labels(task.labels, ledger, form)
        mark_unknown_labels(ledger, labels, form)
        warnings += label_warnings(ledger, labels, form)
    warnings += mark_duplicates(ledger, form)
    if unused := entries.notes.get("unused_turns", 0):
        told = "Conversations that go on after their last answer: %(n)s; what follows is not used."
        warnings.append(Said(told, n=f"{unused:,}"))
    if (lists := entries.notes.get("label_lists", 0)) and kind != "multilabel":
        written = "they are written as one text, commas between"
        how = "each set of labels is taken as one label" if form.chooses else written
        warnings.append(f"Rows whose target is a list: {lists:,}; {how}, and an empty list is {NO_LABEL!r}.")
    return ledger, labels, [*inspection.warnings, *warnings]


def _mark_incomplete(ledger: Ledger, *, noun: str, answered: bool) -> None:
    for index in ledger.kept():
        entry = ledger.entries[index]
        if entry.fault:
            ledger.mark(index, "left_out", f"it cannot be read: {entry.fault}")
        elif is_blank(entry.input):
            ledger.mark(index, "empty", "the input has no text")
        elif answered and is_blank(entry.target):
            ledger.mark(index, "label_missing", f"there is no {noun}")
        elif entry.weight == 0:
            ledger.mark(index, "left_out", _UNDESIRABLE if _undesirable(entry) else _WEIGHTLESS)


def _undesirable(entry: Entry) -> bool:
    return entry.fields.get("desirable") is False


def _to_avoid(ledger: Ledger) -> Sequence[int]:
    """Answers marked as not desirable, but those to what validation or test asks."""
    found = ledger.marked(_UNDESIRABLE)
    if not found:
        return found
    others = {_asked(ledger.entries[index]) for split in _HELD_OUT for index in ledger.kept(split)}
    return array("q", (index for index in found if _asked(ledger.entries[index]) not in others))


def _asked(entry: Entry) -> bytes:
    """A digest of what is asked, as a person would compare it."""
    return digest(" ".join(entry.input.casefold().split()))


def _task(task: TaskSettings, inspection: Inspection, ledger: Ledger, labels: tuple[str, ...]) -> Task:
    kind, told = _kind(inspection), list(labels)
    instruction = task.instruction.strip()
    if not instruction:
        instruction = inspection.instruction or form_of(kind).instruction
        if kind != "extract" and instruction == form_of("extract").instruction:  # marked texts, to be written as JSON
            instruction = f"{instruction} {form_of('extract').told}"
            told = sorted({label for index in ledger.kept() for label in json.loads(ledger.entries[index].target)})
    return Task(
        kind=kind,
        instruction=instruction.replace("{labels}", ", ".join(told) or "nothing"),
        labels=labels,
        template=inspection.filling.name if inspection.filling else "",
    )


def _kind(inspection: Inspection) -> TaskKind:
    assert inspection.kind is not None, "an inspection without problems has a kind"
    return inspection.kind


def _result(
    task: Task,
    inspection: Inspection,
    ledger: Ledger,
    clusters: list[tuple[int, ...]],
    *,
    warnings: list[str],
    seed: int,
) -> Prepared:
    def examples(indices: Sequence[int]) -> Sequence[Example]:
        return Lazy(len(indices), lambda place: ledger.entries[indices[place]].example())

    return Prepared(
        task=task,
        train=examples(ledger.kept("train")),
        validation=examples(ledger.kept("validation")),
        test=examples(ledger.kept("test")),
        undesirable=examples(_to_avoid(ledger)),
        ledger=ledger.rows(labels=form_of(task.kind).stratified),
        summary=summarise(task, inspection, ledger, clusters, warnings=warnings, seed=seed),
    )
