"""The ``sweep`` section of an approach."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from metier.core import Settings


class RangeSettings(Settings):
    """Numbers between two bounds, both included; whole numbers where both bounds are."""

    low: int | float
    """The smallest."""
    high: int | float
    """The largest."""
    log: bool = False
    """Draw factors evenly (rates, weights), and not differences."""

    @model_validator(mode="after")
    def _is_a_range(self) -> RangeSettings:
        if self.low >= self.high or (self.log and self.low <= 0):
            raise ValueError("low below high" + (", and above 0 for log" if self.log else ""))
        return self

    @property
    def whole(self) -> bool:
        """Whether it is of whole numbers."""
        return isinstance(self.low, int) and isinstance(self.high, int)


class SweepSettings(Settings):
    """Try other values of an approach's settings and keep the best on validation; the recipe's own are always tried."""

    over: dict[str, Annotated[list[Any], Field(min_length=1)] | RangeSettings] = Field(min_length=1)
    """What varies: the path of a setting of this approach (``weights.learning_rate``, ``model``, ``retrieval.k``) to a
    list of values or to a range (``{low: 1.0e-5, high: 1.0e-3, log: true}``)."""
    trials: int = Field(default=12, ge=2, le=1000)
    """How many combinations are tried, the recipe's own among them. Fewer where lists have no more."""
    method: Literal["random", "halving", "tpe"] = "random"
    """``random``: drawn evenly, each trained whole. ``halving``: all on an eighth of the training rows, the better half
    on twice as many, until all rows. ``tpe``: later trials near good earlier ones (needs Optuna: pip install
    metier[sweep]); for twenty trials and more."""
    metric: str | None = None
    """What trials are compared by. None: the first metric of the kind of task (``macro_f1`` for ``classify``,
    ``token_f1`` for ``generate`` and ``chat``)."""
