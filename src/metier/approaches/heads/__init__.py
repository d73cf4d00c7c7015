"""Heads: how an encoder learns and answers a kind of task; one file each, called like the kind of task.

The kind of system ``classifier`` trains and keeps any of them; a kind of task without a file here is none for encoders.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from metier.approaches.tuning.rows import Prepared
from metier.core import Example, Prediction, Registry, Reporter, Task
from metier.data import Dataset
from metier.models import EncoderModel

State = Mapping[str, Any]
"""What a head has settled before training or fitted after it; JSON-ready."""


class Reader(NamedTuple):
    """A model behind a head, and how it is used.

    Attributes:
        model: the encoder; without its head until it has been trained.
        task: what it answers.
        max_length: longest text, or window of one, in tokens.
        reporter: told of the progress.
        tagging: the scheme of a head on every token; settled by :meth:`Head.settle`, no other part asks.
    """

    model: EncoderModel
    task: Task
    max_length: int
    reporter: Reporter
    tagging: str = "bio"


class Head(Protocol):
    """What stands behind an encoder for a kind of task. The file ``NAME.py`` has an object ``head``.

    Attributes:
        tokens: whether it stands on every token, and not on the whole text.
        summary: what it is called in a sentence ("a classification head").
    """

    @property
    def tokens(self) -> bool: ...  # noqa: D102  # described above

    @property
    def summary(self) -> str: ...  # noqa: D102

    def outputs(self, task: Task, state: State) -> int:
        """How many numbers it gives, by what was settled."""
        ...

    def settle(self, reader: Reader, train: Sequence[Example]) -> State:
        """What is decided by looking at the training rows."""
        ...

    def rows(self, reader: Reader, examples: Sequence[Example], state: State) -> Prepared:
        """Solved examples as training rows."""
        ...

    def fit(self, reader: Reader, dataset: Dataset, state: State) -> State:
        """The state with what is fitted on validation, with the trained model."""
        ...

    def predict(self, reader: Reader, examples: Sequence[Example], state: State) -> list[Prediction]:
        """One prediction for each example, in their order."""
        ...

    def notes(self, state: State) -> tuple[str, ...]:
        """What was settled and fitted, a sentence each, for the record."""
        ...


@dataclass(frozen=True)
class HeadSystem:
    """Texts to answers through a head."""

    reader: Reader
    head: Head
    state: State

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """What the head makes of each text."""
        return self.head.predict(self.reader, examples, self.state)


HEADS: Registry[Head] = Registry("metier.approaches.heads", kind="head", attribute="head")
"""All heads, by file name."""
