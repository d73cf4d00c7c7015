"""Examples and ledger lines as Parquet, and examples back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from metier.core import Example, IntegrityError, Message
from metier.data.ledger import LedgerRow


def write_examples(path: Path, examples: Sequence[Example]) -> None:
    """Write ``id, input, target, group, readers, weight, history, fields``; the last two as JSON text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(
        {
            "id": pa.array([example.id for example in examples], pa.string()),
            "input": pa.array([example.input for example in examples], pa.string()),
            "target": pa.array([example.target for example in examples], pa.string()),
            "group": pa.array([example.group for example in examples], pa.string()),
            "readers": pa.array([example.readers for example in examples], pa.list_(pa.string())),
            "weight": pa.array([example.weight for example in examples], pa.float64()),
            "history": pa.array([_history_text(example.history) for example in examples], pa.string()),
            "fields": pa.array([json.dumps(dict(example.fields)) for example in examples], pa.string()),
        }
    )
    pq.write_table(table, path)


def read_examples(path: Path) -> tuple[Example, ...]:
    """What :func:`write_examples` wrote.

    Raises:
        IntegrityError: the file is missing or damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            return tuple(_example(values) for values in file.read().to_pylist())
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise IntegrityError(f"{path} cannot be read ({error}). Delete the data folder and run again.") from error


def write_ledger(path: Path, rows: Iterable[LedgerRow]) -> None:
    """Write one line for each input row: ``id, file, row, status, why, split, label, characters``."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(
        [
            ("id", pa.string()),
            ("file", pa.string()),
            ("row", pa.int64()),
            ("status", pa.string()),
            ("why", pa.string()),
            ("split", pa.string()),
            ("label", pa.string()),
            ("characters", pa.int64()),
        ]
    )
    columns: dict[str, list[Any]] = {name: [] for name in schema.names}
    for row in rows:
        for name, values in columns.items():
            values.append(getattr(row, name))
    pq.write_table(pa.table(columns, schema=schema), path)


def _history_text(history: Sequence[Message]) -> str:
    turns = [{"role": turn.role, "content": turn.content, "weight": turn.weight} for turn in history]
    return json.dumps(turns, ensure_ascii=False)


def _example(values: dict[str, Any]) -> Example:
    return Example(
        id=values["id"],
        input=values["input"],
        target=values["target"],
        group=values["group"],
        readers=None if values["readers"] is None else tuple(values["readers"]),
        weight=values.get("weight", 1.0),
        history=tuple(Message(**turn) for turn in json.loads(values["history"])),
        fields=MappingProxyType(json.loads(values["fields"])),
    )
