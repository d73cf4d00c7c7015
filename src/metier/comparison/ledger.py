"""What training made of each row, added to the ledger: trained tokens and cut tokens, by approach."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from metier.core.artifacts import write_bytes


def add_tokens(run: Path, names: Sequence[str]) -> None:
    """Rewrite ``data/ledger.parquet`` with ``NAME.trained_tokens``, ``NAME.cut_tokens`` and ``NAME.why``.

    Rows that an approach did not see have nulls. Columns of earlier runs are replaced.

    Args:
        run: the run's folder.
        names: approaches that are done.
    """
    import pyarrow as pa
    from pyarrow import parquet

    path = run / "data" / "ledger.parquet"
    ledger = parquet.read_table(path)
    ledger = ledger.select([name for name in ledger.column_names if "." not in name])
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
    sink = pa.BufferOutputStream()
    parquet.write_table(ledger, sink)
    write_bytes(path, sink.getvalue().to_pybytes())
