"""A data set that is ready to be learnt from and measured with, and its way to the disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metier.core import Example, Task
from metier.core.artifacts import staged_folder, write_json
from metier.core.said import with_messages
from metier.data.ledger import LedgerRow
from metier.data.storing.openings import bring_back, set_aside
from metier.data.storing.tables import write_examples, write_ledger

DATA_FOLDER = "data"
TRAIN, VALIDATION, TEST = "train.parquet", "validation.parquet", "test.parquet"
UNDESIRABLE = "undesirable.parquet"
LEDGER, SUMMARY, FINDINGS = "ledger.parquet", "data.json", "findings.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What :func:`metier.data.prepare` made of the user's files.

    Rows and lines are made when they are asked for: of a large data set they lie on the disk. Rows of a split stand in
    the ledger's order.

    Attributes:
        task: the task with kind, instruction and labels filled in.
        train: rows to learn from.
        validation: rows to choose by.
        test: rows to measure with; other rooms get them through ``Dataset.open_test`` only.
        undesirable: answers that are marked as such, which only losses that avoid them see.
        ledger: one line for each input row.
        summary: the content of ``data.json``.
        findings: of an audit, with all their rows; written to ``findings.json``.
        paraphrases: ids of rows that say the same in other words, cluster by cluster; only where they were looked for.
    """

    task: Task
    train: Sequence[Example]
    validation: Sequence[Example]
    test: Sequence[Example]
    ledger: Sequence[LedgerRow]
    undesirable: Sequence[Example] = ()
    summary: Mapping[str, Any]
    findings: tuple[Mapping[str, Any], ...] = ()
    paraphrases: tuple[tuple[str, ...], ...] = ()

    def save(self, folder: Path) -> Path:
        """Write ``folder/data``, whole or not at all, in place of an older one; returns its path.

        Openings of a test set that stood there are kept.

        Args:
            folder: the run folder.
        """
        target = folder / DATA_FOLDER
        bring_back(target)
        set_aside(target)
        with staged_folder(target) as stage:
            write_examples(stage / TRAIN, self.train)
            write_examples(stage / VALIDATION, self.validation)
            write_examples(stage / TEST, self.test)
            if self.undesirable:
                write_examples(stage / UNDESIRABLE, self.undesirable)
            write_ledger(stage / LEDGER, self.ledger)
            write_json(stage / SUMMARY, with_messages(self.summary))
            write_json(stage / FINDINGS, with_messages(self.findings))
        bring_back(target)
        return target
