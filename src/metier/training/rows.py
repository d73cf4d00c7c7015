"""What the loop trains on: rows of tokens with what is to be learnt from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_NUMBERS: dict[int, int] = {}


def _shared(number: int) -> int:
    return _NUMBERS.setdefault(number, number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One example as tokens.

    Attributes:
        id: the example's id.
        ids: token ids, [T].
        weights: models that write: the weight in the loss of *predicting* each token, [T]; 0 where it is only read. The
            first token of a causal model stands behind nothing and is never predicted, whatever its weight. Empty for a
            prompt.
        label: encoders with a head on the text: index of the right label; -1 for others.
        tags: encoders with a head on every token: index of the right tag of each, [T]; -1 where nothing is learnt.
        wanted: encoders with a head on the text that gives several numbers: the right ones.
        cut: tokens of the input that were left out because the row was too long.
        rejected, rejected_weights: pairs: the same prompt with the answer that is not wanted, as ``ids``, ``weights``.
        reference: pairs: log-probabilities of the two answers under the model at the start.
        candidates: rankings: texts as token ids, the right one first; ``ids`` is the question, where it is read apart.
        desirable: an answer that is marked good or bad; its ``rejected`` is an answer to another prompt behind its own.
            None: no such row.
        shift: marked answers: how far the model has moved on answers to other prompts, in nats.
        sampled: whether it is an answer that the model drew.
        advantage, reward: drawn answers: over the prompt's others, and what is reported.
        drawn, start: drawn answers: log-probability of each token under who drew it, and under the model at the start;
            empty where they have no part.
        replayed: whether it is general text that is replayed against forgetting, and none of the user's rows.
        worth: encoders: how much the row counts for (each of its tags); of others it is in ``weights``.
        part: encoders that learn several tasks: which of them the row is of, the run's own being 0.
        source: encoder-decoder models: what the encoder reads; ``ids`` are then what the decoder writes.
    """

    id: str
    ids: tuple[int, ...]
    weights: tuple[float, ...] = ()
    label: int = -1
    tags: tuple[int, ...] = ()
    wanted: tuple[float, ...] = ()
    cut: int = 0
    rejected: tuple[int, ...] = ()
    rejected_weights: tuple[float, ...] = ()
    reference: tuple[float, float] = (0.0, 0.0)
    candidates: tuple[tuple[int, ...], ...] = ()
    desirable: bool | None = None
    shift: float = 0.0
    sampled: bool = False
    advantage: float = 0.0
    reward: float = 0.0
    drawn: tuple[float, ...] = ()
    start: tuple[float, ...] = ()
    replayed: bool = False
    worth: float = 1.0
    part: int = 0
    source: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Equal token ids are one object in all rows: a number of its own takes four times what its place takes."""
        for name in ("ids", "source", "rejected"):
            object.__setattr__(self, name, tuple(map(_shared, getattr(self, name))))

    @property
    def weight(self) -> float:
        """What the row counts for in the mean of a step: the weight of its trained tokens, or ``worth``."""
        if self.tags:
            return self.worth * self.trained_tokens
        if self.rejected or self.sampled or self.desirable is not None:
            return 1.0
        if not self.weights:
            return self.worth
        return float(sum(self._predicted))

    @property
    def trained_tokens(self) -> int:
        """Tokens that carry loss; 1 for a row with a label, a ranking, or a prompt that the model answers by itself."""
        if self.tags:
            return sum(tag >= 0 for tag in self.tags)
        return sum(weight > 0 for weight in self._predicted) if self.weights else 1

    @property
    def longest(self) -> int:
        """Tokens that it takes in a batch of its own kind: of both sides, of the longer answer."""
        return len(self.source) + max(len(self.ids), len(self.rejected))

    @property
    def _predicted(self) -> tuple[float, ...]:
        """Weights of the tokens that stand behind something."""
        return self.weights if self.source else self.weights[1:]


def row_of(stored: Mapping[str, Any]) -> Row:
    """The row that was written as JSON."""
    plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in stored.items()}
    return Row(**plain)
