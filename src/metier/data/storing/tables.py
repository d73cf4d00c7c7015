"""Examples and ledger lines as Parquet, and examples back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

from metier.core import Example, IntegrityError, Message
from metier.data.ledger import LedgerRow
from metier.data.staged import Staged

_AT_ONCE = 20_000
"""Rows that are laid out in columns at once."""


def write_examples(path: Path, examples: Sequence[Example]) -> None:
    """Write ``id, input, target, group, readers, weight, history, fields``; the last two as JSON text."""
    import pyarrow as pa

    text = pa.string()
    schema = pa.schema(
        [
            *((name, text) for name in ("id", "input", "target", "group")),
            ("readers", pa.list_(text)),
            ("weight", pa.float64()),
            *((name, text) for name in ("history", "fields")),
        ]
    )
    _write(path, map(_values, examples), schema)


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


def stage_examples(path: Path) -> Sequence[Example]:
    """What :func:`write_examples` wrote, a part of it in memory: of many rows, most lie in a file without a name.

    Raises:
        IntegrityError: the file is missing or damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    def written(example: Example) -> str:
        return json.dumps(_values(example), ensure_ascii=False)

    def read(text: str) -> Example:
        return _example(json.loads(text))

    found = Staged[Example](written=written, read=read, size=_size)
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_AT_ONCE):
                for values in batch.to_pylist():
                    found.append(_example(values))
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise IntegrityError(f"{path} cannot be read ({error}). Delete the data folder and run again.") from error
    return found


def write_ledger(path: Path, rows: Iterable[LedgerRow]) -> None:
    """Write one line for each input row: ``id, file, row, status, why, split, label, characters``."""
    import pyarrow as pa

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
    _write(path, ({name: getattr(row, name) for name in schema.names} for row in rows), schema)


def _write(path: Path, rows: Iterator[dict[str, Any]], schema: Any) -> None:
    """Rows as Parquet, some in memory at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetWriter(path, schema) as file:
        while some := list(islice(rows, _AT_ONCE)):
            file.write_table(pa.Table.from_pylist(some, schema=schema))


def _values(example: Example) -> dict[str, Any]:
    """An example as it is written: history and fields as JSON text."""
    return {
        "id": example.id,
        "input": example.input,
        "target": example.target,
        "group": example.group,
        "readers": example.readers,
        "weight": example.weight,
        "history": _history_text(example.history),
        "fields": json.dumps(dict(example.fields)),
    }


def _size(example: Example) -> int:
    turns = sum(len(turn.content) for turn in example.history)
    return len(example.input) + len(example.target or "") + turns


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
