"""A prepared data set read back: training and validation rows in the open, test rows behind a counted door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metier.core import Example, IntegrityError, Task, task_of
from metier.core.artifacts import MANIFEST, hash_file, read_json
from metier.data.storing.openings import Opening, bring_back, note_opening, opened_now, read_openings
from metier.data.storing.prepared import DATA_FOLDER, SUMMARY, TEST, TRAIN, UNDESIRABLE, VALIDATION
from metier.data.storing.tables import read_examples, stage_examples


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """What approaches and evaluation see of the user's data.

    Attributes:
        folder: where it is stored.
        task: what is to be learnt.
        train: rows to learn from. Of many, a part is in memory, the others are read again on access.
        validation: rows to choose by (early stopping, calibration), likewise.
        summary: the content of ``data.json``.
        undesirable: answers marked as such, none to a row of validation or test: only for losses that avoid them.
    """

    folder: Path
    task: Task
    train: Sequence[Example]
    validation: Sequence[Example]
    summary: Mapping[str, Any]
    undesirable: tuple[Example, ...] = ()

    def open_test(self, *, by: str) -> tuple[Example, ...]:
        """The test rows. Each call is noted in ``openings.jsonl``, before anything is returned.

        Args:
            by: who asks (an approach's name, a command).

        Raises:
            IntegrityError: the test file is missing or damaged.
        """
        examples = read_examples(self.folder / TEST)
        note_opening(self.folder, opened_now(by=by, fingerprint=hash_file(self.folder / TEST)))
        return examples

    def openings(self) -> tuple[Opening, ...]:
        """Every time that a test set in this folder was opened, oldest first."""
        return read_openings(self.folder)


def load(folder: Path) -> Dataset:
    """Read the data set of a run folder.

    Args:
        folder: the run folder, the one that holds ``data/``.

    Raises:
        IntegrityError: there is none, or a file is not what was written.
    """
    stored = folder / DATA_FOLDER
    bring_back(stored)
    if not stored.is_dir():
        raise IntegrityError(f"{folder} has no prepared data ({stored} is missing). Prepare it again.")
    if fault := _fault(stored):
        raise IntegrityError(f"{fault} (in {folder}). Delete {stored} and prepare it again.")
    summary: dict[str, Any] = read_json(stored / SUMMARY)
    return Dataset(
        folder=stored,
        task=task_of(summary["task"]),
        train=stage_examples(stored / TRAIN),
        validation=stage_examples(stored / VALIDATION),
        summary=summary,
        undesirable=read_examples(stored / UNDESIRABLE) if (stored / UNDESIRABLE).is_file() else (),
    )


def _fault(stored: Path) -> str | None:
    """What is wrong with the stored rows, in a sentence. The ledger is not looked at: training adds columns to it."""
    if not (stored / MANIFEST).is_file():
        return f"{stored.name} has no {MANIFEST}"
    try:
        written = read_json(stored / MANIFEST)["files"]
        held = (TRAIN, VALIDATION, TEST, SUMMARY, *({UNDESIRABLE} & set(written)))
        hashes = {name: written[name]["sha256"] for name in held}
    except (IntegrityError, KeyError, TypeError):
        return f"{stored.name}/{MANIFEST} is damaged"
    for name, expected in hashes.items():
        if not (stored / name).is_file():
            return f"{stored.name}/{name} is missing"
        if hash_file(stored / name) != expected:
            return f"{stored.name}/{name} has other content than was written"
    return None
