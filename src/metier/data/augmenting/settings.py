"""The ``augment`` section of an approach."""

from __future__ import annotations

from pydantic import Field, model_validator

from metier.core import Settings


class AugmentSettings(Settings):
    """More rows to learn from, made of the training rows of this approach. Validation and test stay as they are."""

    edits: tuple[str, ...] = ("case", "swaps", "typos")
    """Edits of the input that keep its answer, in turn: ``typos`` (as fingers make them), ``case`` (and a missing last
    full stop), ``swaps`` (of sentences, or of two neighbouring words)."""
    paraphrase: bool = False
    """Whether inputs are also worded anew by a model, in turn with the edits. Kept are those that are near the original
    but not its copy, and of whose label a second model, fitted on the training rows, is of the same opinion."""
    model: str | None = None
    """The model that words them anew, a causal one. None: the recipe's ``model``."""
    share: float = Field(default=0.5, gt=0, le=3)
    """Rows that are made, at most, as a share of the training rows."""
    likeness: tuple[float, float] = (0.6, 0.97)
    """Cosine similarity of a paraphrase to its original, by the recipe's ``embedder``: at least and at most."""

    @model_validator(mode="after")
    def _makes_something(self) -> AugmentSettings:
        if not self.edits and not self.paraphrase:
            raise ValueError("an edit, or paraphrase: true")
        low, high = self.likeness
        if not -1 <= low < high <= 1:
            raise ValueError("likeness as [low, high], between -1 and 1")
        return self
