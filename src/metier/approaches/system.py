"""The contracts of this room: what answers examples, and what builds and loads it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.core import Example, Prediction, Problem, Record, Registry, Task
from metier.data import Dataset


class System(Protocol):
    """Answers examples. Everything after building sees only this."""

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """One prediction for each example, in their order; targets are not looked at."""
        ...


@runtime_checkable
class Writer(Protocol):
    """A System for raw text that can also go on with it, when new texts are handed in."""

    def go_on(self, examples: Sequence[Example]) -> list[Prediction]:
        """As ``predict``, each with the text that follows."""
        ...


class TokenCount(NamedTuple):
    """What training made of one row.

    Attributes:
        id: the example's id.
        trained: tokens that carried loss; 0 where the row was not trained on.
        cut: input tokens that were left out.
        why: the reason where something was cut or left out, else empty.
    """

    id: str
    trained: int
    cut: int
    why: str


class Built(NamedTuple):
    """What building gives besides the files in the approach's folder.

    Attributes:
        record: what was done and what it cost.
        tokens: what training made of each row; empty where nothing was trained.
    """

    record: Record
    tokens: tuple[TokenCount, ...] = ()


class Kind(Protocol):
    """A kind of System. The file ``kinds/NAME.py`` has an object ``kind`` with these four methods."""

    def applies(self, task: Task) -> str:
        """Why this kind cannot work for this task, in a sentence; empty where it can."""
        ...

    def check(self, settings: ApproachSettings, task: Task | None, resources: Resources) -> list[Problem]:
        """What is wrong in the settings, found without heavy work; ``task`` is None until data has been read."""
        ...

    def build(
        self, name: str, settings: ApproachSettings, dataset: Dataset, resources: Resources, folder: Path
    ) -> Built:
        """Write into ``folder`` all that :meth:`load` needs."""
        ...

    def load(self, folder: Path, task: Task, resources: Resources) -> System:
        """The System that was built in ``folder``."""
        ...


class Floor:
    """What the honest floors share: they take no settings."""

    def check(self, settings: ApproachSettings, task: Task | None, resources: Resources) -> list[Problem]:
        """Nothing can be wrong."""
        return []


KINDS: Registry[Kind] = Registry("metier.approaches.kinds", kind="kind of system", attribute="kind")
"""All kinds of systems, by file name."""
