"""The seal of the test set: every opening is a line in ``openings.jsonl``, which is only ever appended to.

The file stands beside the data and not in its manifest, as it grows. When the data is prepared again it is carried
over: a test set does not become unseen by being written a second time.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from metier.core.artifacts import plain, sync_folder

OPENINGS = "openings.jsonl"
_CARRIED = ".openings.jsonl.carried"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """One time that the test set was read.

    Attributes:
        time: in UTC, ISO 8601.
        by: who read it (an approach's name, a command).
        fingerprint: SHA-256 of the test file that was read.
    """

    time: str
    by: str
    fingerprint: str


def note_opening(data_folder: Path, opening: Opening) -> None:
    """Append one line, on the disk before this returns."""
    path = data_folder / OPENINGS
    line = json.dumps(plain(opening), ensure_ascii=False).encode() + b"\n"
    with path.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            # A line cut short by a crash must not swallow the next one.
            line = line if file.read(1) == b"\n" else b"\n" + line
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def read_openings(data_folder: Path) -> tuple[Opening, ...]:
    """Every opening, oldest first; a damaged line still counts, as one by an unknown."""
    path = data_folder / OPENINGS
    if not path.is_file():
        return ()
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    return tuple(_parsed(line) for line in lines if line.strip())


def opened_now(*, by: str, fingerprint: str) -> Opening:
    """An opening at this moment."""
    return Opening(time=datetime.now(UTC).isoformat(timespec="seconds"), by=by, fingerprint=fingerprint)


def set_aside(data_folder: Path) -> None:
    """Keep the openings while the data folder is replaced; survives a crash in between."""
    with suppress(FileNotFoundError):
        (data_folder / OPENINGS).replace(data_folder.parent / _CARRIED)
        sync_folder(data_folder.parent)


def bring_back(data_folder: Path) -> None:
    """Put openings that were set aside back beside the data, before any that were noted since."""
    carried, path = data_folder.parent / _CARRIED, data_folder / OPENINGS
    if not carried.is_file() or not data_folder.is_dir():
        return
    if path.is_file():
        with carried.open("ab") as file:
            file.write(path.read_bytes())
            file.flush()
            os.fsync(file.fileno())
    carried.replace(path)
    sync_folder(data_folder)


def _parsed(line: str) -> Opening:
    try:
        return Opening(**json.loads(line))
    except (ValueError, TypeError):
        return Opening(time="", by="unknown (damaged line)", fingerprint="")
