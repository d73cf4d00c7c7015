"""The user's data: found, read, understood, and every row of it accounted for.

:func:`inspect_source` looks at files and says what they are. :func:`prepare` makes a data set of them: duplicates
removed, divided without a leak, one ledger line for each input row. :func:`audit` looks for what is doubtful in it.
:func:`load` reads it back; its test rows are sealed, and each opening is noted.

    prepared = prepare(TaskSettings(), DataSettings(examples="tickets.csv"), folder=Path("."), seed=0)
    prepared.save(Path("runs/tickets"))
    dataset = load(Path("runs/tickets"))
    dataset.train, dataset.validation, dataset.open_test(by="zero-shot")

Inside, in the order of the work: ``reading`` (files to rows), ``understanding`` (rows to entries), ``cleaning`` (which
rows can be used), ``dividing`` (splits), ``auditing`` (what is doubtful), ``storing``. Readers (``reading/readers``)
and row shapes (``understanding/shapes``) are plug-ins, one file each. Names are loaded when they are first used, so
that the settings alone cost nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from metier.data.auditing.audit import Beside, audit, audited, finding_lines
    from metier.data.auditing.finding import Finding
    from metier.data.auditing.presidio import guesses
    from metier.data.dividing.minhash import near_duplicates
    from metier.data.dividing.thinning import subsample
    from metier.data.ledger import STATUSES, LedgerRow, Status
    from metier.data.preparation import prepare
    from metier.data.reading.readers import READERS, Reader
    from metier.data.reading.sources import path_hash
    from metier.data.reading.split_names import split_of
    from metier.data.settings import DataSettings, Sources, SplitSettings, TaskSettings
    from metier.data.storing.dataset import Dataset, load
    from metier.data.storing.openings import Opening
    from metier.data.storing.prepared import Prepared
    from metier.data.templating.finding import find_template, library_names
    from metier.data.templating.sandbox import RefusedTemplateError
    from metier.data.templating.template import Template
    from metier.data.texts import texts_of
    from metier.data.understanding.columns import Column
    from metier.data.understanding.inspection import Inspection, inspect_source
    from metier.data.understanding.roles import may_hold_together
    from metier.data.understanding.shapes import SHAPES, Shape

_HOMES = {
    "Beside": "auditing.audit",
    "Finding": "auditing.finding",
    "audit": "auditing.audit",
    "audited": "auditing.audit",
    "finding_lines": "auditing.audit",
    "Column": "understanding.columns",
    "DataSettings": "settings",
    "Dataset": "storing.dataset",
    "Inspection": "understanding.inspection",
    "LedgerRow": "ledger",
    "Opening": "storing.openings",
    "Prepared": "storing.prepared",
    "READERS": "reading.readers",
    "Reader": "reading.readers",
    "SHAPES": "understanding.shapes",
    "STATUSES": "ledger",
    "Shape": "understanding.shapes",
    "Sources": "settings",
    "SplitSettings": "settings",
    "Status": "ledger",
    "TaskSettings": "settings",
    "inspect_source": "understanding.inspection",
    "may_hold_together": "understanding.roles",
    "load": "storing.dataset",
    "find_template": "templating.finding",
    "library_names": "templating.finding",
    "RefusedTemplateError": "templating.sandbox",
    "Template": "templating.template",
    "near_duplicates": "dividing.minhash",
    "guesses": "auditing.presidio",
    "path_hash": "reading.sources",
    "prepare": "preparation",
    "split_of": "reading.split_names",
    "subsample": "dividing.thinning",
    "texts_of": "texts",
}

__all__ = [
    "READERS",
    "SHAPES",
    "STATUSES",
    "Beside",
    "Column",
    "DataSettings",
    "Dataset",
    "Finding",
    "Inspection",
    "LedgerRow",
    "Opening",
    "Prepared",
    "Reader",
    "RefusedTemplateError",
    "Shape",
    "Sources",
    "SplitSettings",
    "Status",
    "TaskSettings",
    "Template",
    "audit",
    "audited",
    "find_template",
    "finding_lines",
    "guesses",
    "inspect_source",
    "library_names",
    "load",
    "may_hold_together",
    "near_duplicates",
    "path_hash",
    "prepare",
    "split_of",
    "subsample",
    "texts_of",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"metier.data.{_HOMES[name]}"), name)
