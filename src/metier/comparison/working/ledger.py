"""What training made of each row, added to the ledger: trained tokens and cut tokens, by approach."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from metier.core.artifacts import staged_folder
from metier.data.storing.openings import bring_back, set_aside
from metier.data.storing.prepared import DATA_FOLDER, LEDGER


def add_tokens(run: Path, names: Sequence[str]) -> None:
    """Rewrite ``data/ledger.parquet`` with ``NAME.trained_tokens``, ``NAME.cut_tokens`` and ``NAME.why``.

    Rows that an approach did not see have nulls. Columns of earlier runs are replaced.

    Args:
        run: the run's folder.
        names: approaches that are done.
    """
    import pyarrow as pa
    from pyarrow import parquet

    before = parquet.read_table(run / DATA_FOLDER / LEDGER)
    ledger = before.select([name for name in before.column_names if "." not in name])
    ids: list[str] = ledger.column("id").to_pylist()
    for name in names:
        rows = parquet.read_table(run / "approaches" / name / "tokens.parquet").to_pylist()
        if not rows:
            continue
        by_id = {row["id"]: row for row in rows}
        for column, key, kind in (
            ("trained_tokens", "trained", pa.int64()),
            ("cut_tokens", "cut", pa.int64()),
            ("why", "why", pa.string()),
        ):
            values = [by_id[id_][key] if id_ in by_id else None for id_ in ids]
            ledger = ledger.append_column(f"{name}.{column}", pa.array(values, kind))
    if not ledger.equals(before):
        _replace(run / DATA_FOLDER, ledger)


def is_readable(run: Path) -> bool:
    """Whether the ledger is there and can be read: it grows later, so that no stage has its hash."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return "id" in parquet.read_schema(run / DATA_FOLDER / LEDGER).names
    except (OSError, pa.ArrowException):
        return False


def _replace(folder: Path, ledger: Any) -> None:
    """Put another ledger into the data folder, whole or not at all; the other files are linked, not copied."""
    from pyarrow import parquet

    set_aside(folder)
    with staged_folder(folder) as stage:
        for path in folder.iterdir():
            if path.is_file() and path.name not in (LEDGER, "manifest.json") and not path.name.startswith("."):
                _link(path, stage / path.name)
        parquet.write_table(ledger, stage / LEDGER)
    bring_back(folder)


def _link(path: Path, other: Path) -> None:
    try:
        os.link(path, other)
    except OSError:  # a file system without hard links
        shutil.copy2(path, other)
