"""The files of a run folder. Missing ones are empty; damaged ones are empty too, and remembered by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from metier.comparison.report.reading.values import mapping


class RunFolder:
    """Reads the pieces of a finished run.

    Args:
        path: the run folder.

    Attributes:
        path: the run folder.
        unreadable: files that are there but could not be read, relative to ``path``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.unreadable: list[str] = []

    def approach(self, name: str) -> str | None:
        """The folder of an approach, relative to the run; None where the name cannot be a folder's."""
        return f"approaches/{name}" if name and Path(name).name == name and name not in {".", ".."} else None

    def json(self, name: str) -> dict[str, Any]:
        """A JSON object."""
        return mapping(self._parsed(name, self.text(name)))

    def lines(self, name: str) -> list[dict[str, Any]]:
        """JSON objects, one a line."""
        return [mapping(self._parsed(name, line)) for line in self.text(name).splitlines() if line.strip()]

    def text(self, name: str) -> str:
        """A text file."""
        try:
            return (self.path / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError):
            self._damaged(name)
            return ""

    def rows(self, name: str, columns: tuple[str, ...]) -> list[dict[str, Any]]:
        """Rows of a Parquet file with those of ``columns`` that it has."""
        try:
            with pq.ParquetFile(self.path / name) as file:
                present = [column for column in columns if column in file.schema_arrow.names]
                return file.read(columns=present).to_pylist() if present else []
        except FileNotFoundError:
            return []
        except (OSError, pa.ArrowException):
            self._damaged(name)
            return []

    def _parsed(self, name: str, content: str) -> Any:
        if not content.strip():
            return None
        try:
            return json.loads(content)
        except ValueError:
            self._damaged(name)
            return None

    def _damaged(self, name: str) -> None:
        if name not in self.unreadable:
            self.unreadable.append(name)
