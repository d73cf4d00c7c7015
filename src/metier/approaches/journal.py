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
        if not self.knows(what):
            self.keep(what, do())
        return self.result(what)

    def knows(self, what: Any) -> bool:
        """Whether the piece called ``what`` has been done."""
        return self._key_of(what) in self._done

    def result(self, what: Any) -> Any:
        """The result of a piece that has been done, as JSON gives it back."""
        return self._done[self._key_of(what)]

    def keep(self, what: Any, result: Any) -> None:
        """Write the result of the piece called ``what``, which has been done now."""
        key, result = self._key_of(what), plain(result)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write("\n" + json.dumps({"key": key, "result": result}))  # ends a torn line
            file.flush()
            os.fsync(file.fileno())
        self._done[key] = json.loads(json.dumps(result))

    def _key_of(self, what: Any) -> str:
        return hash_value([self._key, what])
