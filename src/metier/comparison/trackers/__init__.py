"""Trackers: tools that a team already watches its trainings in, one file each.

A run hands them losses while it trains and the measures of each approach when it ends
(:mod:`metier.comparison.working.tracking`). They get numbers and settings, never a row. A third party adds one by an
entry point of the group ``metier.comparison.trackers`` that names a :class:`TrackerKind`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from pydantic import Field

from metier.core import Problem, Registry, Settings
from metier.core.names import suggestion
from metier.models.hosting.hosted_settings import is_here


class TrackerSettings(Settings):
    """A tool that is told of losses and measures; a name alone takes the defaults."""

    address: str | None = Field(default=None, max_length=500)
    """Of a server, for ``mlflow``: ``https://...``, or ``http://`` on this machine. Losses, measures and settings are
    sent there, rows are not; who may write there is told by MLflow's own environment variables. None: files on this
    machine, nothing is sent: ``mlflow.db`` beside the run's folder, ``tensorboard/`` in it."""
    experiment: str | None = Field(default=None, min_length=1, max_length=200)
    """How MLflow calls runs that belong together. None: the recipe's name."""


class Tracker(Protocol):
    """What is told of a run, open. Names are those of approaches; ``NAME/...`` is a training within one."""

    def begin(self, name: str, settings: Mapping[str, Any]) -> None:
        """What is logged under ``name`` from here on belongs to these settings; again for one that goes on."""
        ...

    def log(self, name: str, values: Mapping[str, float], *, step: int) -> None:
        """Values by their names at a step of a training; step 0: measures, which belong to no step."""
        ...

    def close(self) -> None:
        """Write what has not been written."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerKind:
    """A tracker that there is. The file ``NAME.py`` has an object ``kind``.

    Attributes:
        package: that it needs.
        extra: of ours that brings it.
        serves: whether it can be given a server's address.
        start: opens it: ``(settings, the run's folder, the run's name)``.
    """

    package: str
    extra: str
    serves: bool
    start: Callable[[TrackerSettings, Path, str], Tracker]


TRACKERS: Registry[TrackerKind] = Registry("metier.comparison.trackers", kind="tracker", attribute="kind")
"""All trackers, by file name."""


def check_trackers(chosen: Mapping[str, TrackerSettings]) -> list[Problem]:
    """What is wrong with a choice of trackers, found without opening one."""
    found: list[Problem] = []
    for name, settings in chosen.items():
        path = f"trackers.{name}"
        if name not in TRACKERS.names():
            remedy = suggestion(name, TRACKERS.names())
            found.append(_problem("trackers", "the name of a tracker", repr(name), remedy))
            continue
        kind = TRACKERS.get(name)
        if find_spec(kind.package) is None:
            remedy = f"pip install 'metier[{kind.extra}]', or leave {name} out"
            found.append(_problem(path, f"the package {kind.package}", "it is not installed", remedy))
        if settings.address is not None:
            found += _address(settings.address, f"{path}.address", serves=kind.serves)
        if settings.experiment is not None and not kind.serves:
            got, remedy = repr(settings.experiment), "leave it out"
            found.append(_problem(f"{path}.experiment", f"nothing: {name} has no experiments", got, remedy))
    return found


def _address(address: str, path: str, *, serves: bool) -> list[Problem]:
    """Problems of an address; one that may carry a password is never repeated."""
    expected = "an address such as https://mlflow.example.org"
    if not serves:
        return [_problem(path, "nothing: it writes files", "an address", "leave it out")]
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return [_problem(path, expected, "one that cannot be read", "correct it")]
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        remedy = "put name and password into MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
        return [_problem(path, "an address", "one that carries more than a host and a path (not shown)", remedy)]
    if parts.scheme not in ("http", "https") or not host:
        return [_problem(path, expected, repr(address), "begin it with https://")]
    if parts.scheme == "http" and not is_here(address):
        got = f"http to {host!r}: it could be read on the way"
        remedy = "use https, or a tunnel to this machine"
        return [_problem(path, "https, or http on this machine", got, remedy)]
    return []


def _problem(path: str, expected: str, got: str, remedy: str) -> Problem:
    return Problem(where="recipe", path=path, expected=expected, got=got, remedy=remedy)
