"""What the loop trains on: rows of tokens with what is to be learnt from them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One example as tokens.

    Attributes:
        id: the example's id.
        ids: token ids, [T].
        weights: causal models: the weight in the loss of *predicting* each token, [T]; 0 where it is only read. The
            first token stands behind nothing and is never predicted, whatever its weight.
        label: encoders with a head on the text: index of the right label; -1 for others.
        tags: encoders with a head on every token: index of the right tag of each, [T]; -1 where nothing is learnt.
        wanted: encoders with a head on the text that gives several numbers: the right ones.
        cut: tokens of the input that were left out because the row was too long.
        rejected, rejected_weights: pairs: the same prompt with the answer that is not wanted, as ``ids``, ``weights``.
        reference: pairs: log-probabilities of the two answers under the model at the start.
        candidates: rankings: texts as token ids, the right one first; ``ids`` is the question, where it is read apart.
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

    @property
    def weight(self) -> float:
        """What the row counts for in the mean of a step: its trained tokens' weight; 1 with label, pair or ranking."""
        if self.tags:
            return float(self.trained_tokens)
        one = self.label >= 0 or self.wanted or self.rejected or self.candidates
        return 1.0 if one else float(sum(self.weights[1:]))

    @property
    def trained_tokens(self) -> int:
        """Tokens that carry loss; 1 for a row with a label or a ranking."""
        if self.tags:
            return sum(tag >= 0 for tag in self.tags)
        one = self.label >= 0 or self.wanted or self.candidates
        return 1 if one else sum(weight > 0 for weight in self.weights[1:])
