"""Finished trials on the disk, so that a killed search does not ask (or pay) twice."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from metier.approaches.trials import Trial
from metier.core.artifacts import hash_value, plain


class TrialJournal:
    """One JSON line for each finished trial, synced; lines of other inputs and torn ones are passed over.

    Args:
        path: of the file; created with its folder.
        inputs: what results depend on, besides what :meth:`once` is told; JSON-ready.
    """

    def __init__(self, path: Path, inputs: Any) -> None:
        self._path, self._key = path, hash_value(inputs)
        self._done: dict[str, Trial] = {}
        if path.is_file():
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                self._read(line)

    def _read(self, line: str) -> None:
        try:
            entry = json.loads(line)
            stored: dict[str, Any] = entry["trial"]
            stored["scores"] = tuple(tuple(row) for row in stored["scores"])
            stored["values"] = tuple(stored["values"])
            self._done[entry["key"]] = Trial(**stored)
        except (ValueError, KeyError, TypeError):
            return

    def once(self, what: Any, do: Callable[[], Trial]) -> Trial:
        """The trial called ``what``: from the journal, or done now and written down."""
        key = hash_value([self._key, what])
        if key not in self._done:
            self._done[key] = do()
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write("\n" + json.dumps({"key": key, "trial": plain(self._done[key])}))  # ends a torn line
                file.flush()
                os.fsync(file.fileno())
        return self._done[key]
