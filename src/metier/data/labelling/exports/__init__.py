"""The contract of exports for annotation tools, and their registry."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from metier.core import Registry, Task
from metier.data.labelling.suggestion import Suggestion


class Export(Protocol):
    r"""Writes rows as tasks of an annotation tool.

    A minimal one::

        def export(rows, *, task, out):
            write_text(out, "".join(row.asked + "\\n" for row in rows))
            return [out]
    """

    def __call__(self, rows: Sequence[Suggestion], *, task: Task, out: Path) -> list[Path]:
        """Write ``out`` and what belongs to it; returns every file that was written.

        Each task carries the row's id, its cells and the suggestion (:mod:`metier.data.labelling.suggestion`), so that
        the tool's own export can be read back by :func:`metier.data.labelling.read_corrections`.
        """
        ...


EXPORTS: Registry[Export] = Registry("metier.data.labelling.exports", kind="export", attribute="export")
"""All exports, by file name."""
