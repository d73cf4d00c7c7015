"""Stages keyed by what goes into them: a second run does only what changed, and a killed one goes on.

A finished stage leaves ``.stage-NAME.json`` with its key and the SHA-256 of its files. It is taken as done only
while the key is the same and every file is still what was written; of files that live on, such as an index of
documents, only that they are there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from metier.core import IntegrityError
from metier.core.artifacts import hash_file, hash_value, read_json, write_json

LAYOUT = 3
"""Raise when what is made from the same inputs changes: older results are then made anew."""


class Stage:
    """One piece of work with a folder.

    Args:
        folder: where it writes.
        name: of the stage.
        inputs: everything that its result depends on; JSON-ready.
    """

    def __init__(self, folder: Path, name: str, inputs: Any) -> None:
        self.folder = folder
        self.key = hash_value(inputs)
        self._mark = folder / f".stage-{name}.json"

    def is_done(self) -> bool:
        """Whether the stage has run with the same inputs and its files are untouched."""
        try:
            mark: dict[str, Any] = read_json(self._mark)
            key, files = mark["key"], dict(mark["files"])
        except (OSError, IntegrityError, KeyError, TypeError, ValueError):
            return False
        return key == self.key and not _fault(self.folder, files)

    def finish(self, files: Sequence[Path], *, living: Collection[Path] = ()) -> None:
        """Mark the stage as done with these files; those of them that are ``living`` may change afterwards."""
        hashes = {
            str(path.relative_to(self.folder)): None if path in living else hash_file(path) for path in sorted(files)
        }
        write_json(self._mark, {"key": self.key, "files": hashes})


def damage(folder: Path) -> str:
    """What is wrong with the files that the finished stages of a folder left there; empty where they are whole."""
    marks = sorted(folder.glob(".stage-*.json"))
    for mark in marks:
        try:
            fault = _fault(folder, dict(read_json(mark)["files"]))
        except (OSError, IntegrityError, KeyError, TypeError, ValueError):
            fault = f"{mark.name} cannot be read"
        if fault:
            return fault
    return "" if marks else ".stage-*.json are missing"


def _fault(folder: Path, files: Mapping[str, str | None]) -> str:
    """The first of these files that is not what was written, in a sentence; empty where there is none."""
    for name, digest in files.items():
        if not (folder / name).is_file():
            return f"{name} is missing"
        if digest is not None and hash_file(folder / name) != digest:
            return f"{name} has other content than was written"
    return ""
