"""The user's data: found, read, understood, and every row of it accounted for.

:func:`inspect_source` looks at files and says what they are. :func:`prepare` makes a data set of them: duplicates
removed, divided without a leak, one ledger line for each input row. :func:`load` reads it back; its test rows are
sealed, and each opening is noted.

    prepared = prepare(TaskSettings(), DataSettings(examples="tickets.csv"), folder=Path("."), seed=0)
    prepared.save(Path("runs/tickets"))
    dataset = load(Path("runs/tickets"))
    dataset.train, dataset.validation, dataset.open_test(by="zero-shot")

Readers (``data/readers``) and row shapes (``data/shapes``) are plug-ins, one file each. Names are loaded when they are
first used, so that the settings alone cost nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from metier.data.columns import Column
    from metier.data.dataset import Dataset, load
    from metier.data.inspection import Inspection, inspect_source
    from metier.data.ledger import STATUSES, LedgerRow, Status
    from metier.data.minhash import near_duplicates
    from metier.data.openings import Opening
    from metier.data.preparation import prepare
    from metier.data.prepared import Prepared
    from metier.data.readers import READERS, Reader
    from metier.data.settings import DataSettings, Sources, SplitSettings, TaskSettings
    from metier.data.shapes import SHAPES, Shape
    from metier.data.thinning import subsample

_HOMES = {
    "Column": "columns",
    "DataSettings": "settings",
    "Dataset": "dataset",
    "Inspection": "inspection",
    "LedgerRow": "ledger",
    "Opening": "openings",
    "Prepared": "prepared",
    "READERS": "readers",
    "Reader": "readers",
    "SHAPES": "shapes",
    "STATUSES": "ledger",
    "Shape": "shapes",
    "Sources": "settings",
    "SplitSettings": "settings",
    "Status": "ledger",
    "TaskSettings": "settings",
    "inspect_source": "inspection",
    "load": "dataset",
    "near_duplicates": "minhash",
    "prepare": "preparation",
    "subsample": "thinning",
}

__all__ = [
    "READERS",
    "SHAPES",
    "STATUSES",
    "Column",
    "DataSettings",
    "Dataset",
    "Inspection",
    "LedgerRow",
    "Opening",
    "Prepared",
    "Reader",
    "Shape",
    "Sources",
    "SplitSettings",
    "Status",
    "TaskSettings",
    "inspect_source",
    "load",
    "near_duplicates",
    "prepare",
    "subsample",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"metier.data.{_HOMES[name]}"), name)
