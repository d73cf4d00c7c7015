"""What has been done stands on the disk, so that killed work does not do (or pay for) it twice."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from metier.core.artifacts import hash_value, plain


class OnceJournal:
    """One JSON line for each finished piece of work, synced; lines of other inputs and torn ones are passed over.

    Args:
        path: of the file; created with its folder.
        inputs: what results depend on, besides what :meth:`once` is told; JSON-ready.
    """

    def __init__(self, path: Path, inputs: Any) -> None:
        self._path, self._key = path, hash_value(inputs)
        self._done: dict[str, Any] = {}
        if path.is_file():
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                try:
                    entry = json.loads(line)
                    self._done[entry["key"]] = entry["result"]
                except (ValueError, KeyError, TypeError):
                    continue

    def once(self, what: Any, do: Callable[[], Any]) -> Any:
        """The result of the piece called ``what``, as JSON gives it back: from the file, or done now and written."""
        key = hash_value([self._key, what])
        if key not in self._done:
            result = plain(do())
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write("\n" + json.dumps({"key": key, "result": result}))  # ends a torn line
                file.flush()
                os.fsync(file.fileno())
            self._done[key] = json.loads(json.dumps(result))
        return self._done[key]
