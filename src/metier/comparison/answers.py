"""What approaches answered, in ``predictions.parquet``: the answers, with the right ones beside them for scoring."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from metier.core import Example, Prediction
from metier.core.artifacts import write_bytes


def write_predictions(path: Path, examples: Sequence[Example], predictions: Sequence[Prediction]) -> None:
    """Write answers beside the right ones, so that scoring needs not open the test set again."""
    import pyarrow as pa

    write_table(
        path,
        {
            "id": [p.id for p in predictions],
            "prediction": [p.text for p in predictions],
            "target": pa.array([e.target for e in examples], pa.string()),
            "group": pa.array([e.group for e in examples], pa.string()),
            "scores": [json.dumps(dict(p.scores), ensure_ascii=False) for p in predictions],
            "contexts": [list(p.contexts) for p in predictions],
            "context_ids": [list(p.context_ids) for p in predictions],
            "citations": [list(p.citations) for p in predictions],
            "tokens_in": [p.tokens_in for p in predictions],
            "tokens_out": [p.tokens_out for p in predictions],
            "cut": [p.cut for p in predictions],
            "unfinished": [p.unfinished for p in predictions],
            "dropped": [p.dropped for p in predictions],
            "unparseable": [p.unparseable for p in predictions],
            "bits": pa.array([p.bits for p in predictions], pa.float64()),
            "bytes": [p.bytes for p in predictions],
        },
    )


def write_table(path: Path, columns: dict[str, list[Any]]) -> None:
    """Write columns as a table."""
    import pyarrow as pa
    from pyarrow import parquet

    sink = pa.BufferOutputStream()
    parquet.write_table(pa.table(columns), sink)
    write_bytes(path, sink.getvalue().to_pybytes())


def read_predictions(path: Path) -> list[Prediction]:
    """The predictions that an approach left."""
    from pyarrow import parquet

    return [
        Prediction(
            id=row["id"],
            text=row["prediction"],
            scores=json.loads(row["scores"]),
            contexts=tuple(row["contexts"] or ()),
            context_ids=tuple(row.get("context_ids") or ()),
            citations=tuple(row.get("citations") or ()),
            tokens_in=row["tokens_in"],
            tokens_out=row["tokens_out"],
            cut=row["cut"],
            unfinished=row["unfinished"],
            dropped=row["dropped"],
            unparseable=row["unparseable"],
            bits=row.get("bits"),
            bytes=row.get("bytes") or 0,
        )
        for row in parquet.read_table(path).to_pylist()
    ]


def read_asked(path: Path) -> list[Example]:
    """What scoring needs of the examples that an approach answered: id, target and group."""
    from pyarrow import parquet

    rows = parquet.read_table(path, columns=["id", "target", "group"]).to_pylist()
    return [Example(id=row["id"], input="", target=row["target"], group=row["group"]) for row in rows]
