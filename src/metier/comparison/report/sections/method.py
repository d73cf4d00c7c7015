"""How it was done, and all that is needed to do it again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, cast

from metier.comparison.report.language import gettext
from metier.comparison.report.reading import Approach, Provenance, Run
from metier.comparison.wording import seconds
from metier.core import Record
from metier.core.artifacts import plain

PARTS = (
    *("load", "index", "train", "augment", "sweep", "prompt search", "retrieval search", "other wordings"),
    *("calibrate", "oracle passages", "train embedder", "train reranker", "rest"),
)
"""Parts of the work on an approach, as records name them."""
MACHINE = {
    "cpu": "processor",
    "cores": "cores",
    "memory_gb": "memory, GB",
    "gpu": "GPU",
    "os": "system",
    "python": "Python",
}
"""What a run notes of its machine, and what that is called in print."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What one approach did.

    Attributes:
        approach: its row of the leaderboard.
        summary: what was done, in a sentence.
        record: the details; None where it left none.
        parts: each part of the work with its time.
        settings: the resolved settings that are not empty, as text; empty where there are none.
    """

    approach: Approach
    summary: str
    record: Record | None
    parts: tuple[tuple[str, str], ...]
    settings: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """The section: every approach, where the run came from, on what, and the hash of every file that went in."""

    deeds: tuple[Deed, ...]
    provenance: Provenance
    machine: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, str], ...]


def view(run: Run) -> Method:
    """How the run was done."""
    hashes = {source.file: source.sha256 for source in run.data.sources if source.sha256}
    return Method(
        deeds=tuple(_deed(run, item) for item in (*run.finished, *run.unfinished)),
        provenance=run.provenance,
        machine=tuple((gettext(MACHINE.get(name, name)), told) for name, told in run.provenance.machine.items()),
        files=tuple({**hashes, **run.provenance.inputs}.items()),
    )


def _deed(run: Run, approach: Approach) -> Deed:
    record = run.records.get(approach.name)
    settings = plain(record.settings) if record else {}
    return Deed(
        approach=approach,
        summary=(record.summary if record else "") or approach.summary,
        record=record,
        parts=tuple((gettext(part.replace("_", " ")), seconds(value)) for part, value in record.seconds.items())
        if record
        else (),
        settings=json.dumps(_set(settings), indent=2, ensure_ascii=False) if _set(settings) else "",
    )


def _set(settings: Any) -> Any:
    """Settings without those that are empty: the complete recipe has them all."""
    if not isinstance(settings, dict):
        return settings
    kept = {name: _set(value) for name, value in cast(dict[str, Any], settings).items()}
    return {name: value for name, value in kept.items() if value is not None and value not in ("", [], {})}
