"""A collection that is read once, and kept while a run is being made, so that its parts need not read it again.

Reading takes a process with limits for each file, and seconds for a long PDF; an audit and every approach that
retrieves want the same texts. What is kept is taken only where all files have the hashes that they were read with.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from metier.core import Document, Reporter
from metier.core.artifacts import hash_value, write_text
from metier.retrieval.reading.collecting import Collected, LeftOut, collect, fingerprint

KEPT = "documents.jsonl"
"""Name of that file in a run's folder; it is gone when the run is finished."""
_LAYOUT = 1
"""Changes when documents are read otherwise."""


def collect_once(
    path: Path, *, kept: Path | None, readers_key: str | None = None, reporter: Reporter | None = None
) -> Collected:
    """As :func:`metier.retrieval.collect`, or what that found before.

    Args:
        path: a folder, or one file.
        kept: the file that keeps what was read, written where it is missing or of other documents. None: none does.
        readers_key: as for ``collect``.
        reporter: told of the progress.

    Raises:
        DataError: as for ``collect``.
    """
    if kept is None:
        return collect(path, readers_key=readers_key, reporter=reporter)
    key = hash_value([_LAYOUT, fingerprint(path), readers_key])
    if (found := _read(kept, key)) is not None:
        return found
    found = collect(path, readers_key=readers_key, reporter=reporter)
    head = {"key": key, "restricted": found.restricted, "left_out": [left._asdict() for left in found.left_out]}
    head |= {"unmatched": found.unmatched}
    lines = [head | {"documents": len(found.documents)}, *map(asdict, found.documents)]
    write_text(kept, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    return found


def _read(kept: Path, key: str) -> Collected | None:
    """What a file keeps; None where it is missing, damaged or of other documents."""
    try:
        first, *rest = kept.read_text(encoding="utf-8").split("\n")[:-1]
        head: dict[str, Any] = json.loads(first)
        if head["key"] != key or head["documents"] != len(rest):
            return None
        documents = tuple(_document(json.loads(line)) for line in rest)
        left_out = tuple(LeftOut(**left) for left in head["left_out"])
        return Collected(documents, left_out, bool(head["restricted"]), tuple(head["unmatched"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _document(stored: dict[str, Any]) -> Document:
    readers: list[str] | None = stored["readers"]
    plain: dict[str, Any] = {**stored, "readers": None if readers is None else tuple(readers)}
    return Document(**plain)
