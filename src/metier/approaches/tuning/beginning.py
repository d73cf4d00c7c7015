"""What a training begins with: resolved settings, the base, and earlier weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from metier.core.said import Said
from metier.models import ModelSource
from metier.training import Origin, WeightsSettings


class Beginning(NamedTuple):
    """What a training begins with.

    Attributes:
        settings: the recipe's, with the method's defaults and what an earlier adapter's shape decides.
        source: the base: the recipe's, or an earlier whole model in its place.
        origin: the earlier weights; None: there are none.
    """

    settings: WeightsSettings
    source: ModelSource
    origin: Origin | None = None

    @property
    def in_words(self) -> str:
        """The end of a sentence; empty where it begins at the base."""
        return Said(", begun from %(name)s", name=self.origin.name) if self.origin else ""

    @property
    def rows(self) -> int:
        """Rows that the earlier weights have learnt from."""
        return self.origin.rows if self.origin else 0

    @property
    def new_tokens(self) -> tuple[str, ...]:
        """Tokens that the vocabulary has beside the recipe's base."""
        return self.settings.new_tokens or (self.origin.new_tokens if self.origin else ())

    @property
    def on_earlier_model(self) -> bool:
        """Whether the base is an earlier whole model and not the recipe's."""
        return self.origin is not None and (self.origin.whole or self.origin.below is not None)

    def keeps_head(self, answers: Sequence[str]) -> bool:
        """Whether the earlier weights have a head for the same answers."""
        return self.origin is not None and bool(answers) and self.origin.answers == tuple(answers)
