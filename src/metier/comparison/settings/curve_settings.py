"""What a recipe says of learning curves."""

from __future__ import annotations

from pydantic import Field

from metier.core import Settings


class CurveSettings(Settings):
    """Learning curves: how quality grows with the training rows, and whether more would help."""

    approaches: tuple[str, ...] = Field(min_length=1)
    """Names of the approaches, floors too, that are built again on parts of the rows."""
    sizes: tuple[int, ...] | None = Field(default=None, min_length=1)
    """Numbers of training rows. None: all, half, a quarter and so on, six sizes at most, down to about twenty rows or
    two a label. A forecast needs four."""
    seeds: int = Field(default=3, ge=2, le=20)
    """How often each size is built: which rows are taken and everything random in training differ."""
