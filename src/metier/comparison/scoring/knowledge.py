"""How new knowledge gets into an approach, and who may use it without being shown what is not for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from pathlib import Path
from typing import Any, Literal, NamedTuple

Way = Literal["documents", "rows", "training", "prompt"]


class Freshness(NamedTuple):
    """How fresh an approach's knowledge can be kept.

    Attributes:
        way: how a new fact gets in: a document is indexed, a row is added to those it shows or looks up, it is trained
            again, or somebody writes it into the prompt.
        seconds: what that took in this run, for everything at once; None where nothing is computed.
    """

    way: Way
    seconds: float | None


def freshness_of(record: Mapping[str, Any], costs: Mapping[str, Any], build_seconds: float | None) -> Freshness:
    """From what was measured of an approach that is done.

    Args:
        record: its ``record.json``.
        costs: its ``costs.json``.
        build_seconds: what building took.
    """
    if costs.get("given_passages"):
        return Freshness("documents", record.get("seconds", {}).get("index"))
    if record.get("rows_in_weights") or record.get("trainable_parameters"):
        return Freshness("training", build_seconds)
    if record.get("rows_in_prompts") or "index" in record.get("seconds", {}):
        return Freshness("rows", build_seconds)
    return Freshness("prompt", None)


def readers_of(rows: Iterable[tuple[str, ...] | None]) -> list[str] | None:
    """Who may see every one of some rows; None: everybody, as none of them is for some readers only.

    >>> readers_of([None, ("nurses", "doctors"), ("doctors",)])
    ['doctors']
    >>> readers_of([None, None]) is None
    True
    """
    restricted = [set(readers) for readers in rows if readers is not None]
    return sorted(reduce(set[str].intersection, restricted)) if restricted else None


def readers_of_file(path: Path) -> list[str] | None:
    """As :func:`readers_of`, of the examples in a file; everybody where there is none."""
    from pyarrow import parquet

    if not path.is_file():
        return None
    column = parquet.read_table(path, columns=["readers"]).column("readers").to_pylist()
    return readers_of(None if readers is None else tuple(readers) for readers in column)
