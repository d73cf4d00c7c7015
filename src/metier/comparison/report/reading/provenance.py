"""``run.json`` and ``recipe.yaml``: all that is needed to do the run again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from metier.comparison.report.reading.folder import RunFolder
from metier.comparison.report.reading.values import mapping, number, text, texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where the run came from.

    Attributes:
        command: the command line.
        recipe: the complete recipe, as text.
        seed: the seed that everything random came from; empty where unknown.
        started: when it began; empty where unknown.
        seconds: how long it took; None where unknown.
        versions: of packages, by name.
        machine: what it ran on, by part.
        inputs: SHA-256 by file.
    """

    command: str
    recipe: str
    seed: str
    started: str | float
    seconds: float | None
    versions: Mapping[str, str]
    machine: Mapping[str, str]
    inputs: Mapping[str, str]


def read_provenance(folder: RunFolder) -> Provenance:
    """How the run was done, as far as it is known."""
    raw = folder.json("run.json")
    command, started = raw.get("command"), raw.get("started")
    return Provenance(
        command=" ".join(texts(command)) if isinstance(command, list) else text(command),
        recipe=folder.text("recipe.yaml"),
        seed=text(raw.get("seed")),
        started=started if isinstance(started, int | float) else text(started),
        seconds=number(raw.get("seconds")),
        versions={name: text(value) for name, value in mapping(raw.get("versions")).items() if value},
        machine={name: text(value) for name, value in mapping(raw.get("machine")).items() if value not in (None, "")},
        inputs={name: text(value) for name, value in mapping(raw.get("inputs")).items()},
    )
