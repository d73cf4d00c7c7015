"""The contract of an objective, and the registry of objectives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from metier.core import Registry
from metier.training.batching.batches import Layout
from metier.training.rows import Row


class Objective(Protocol):
    """A loss over rows. The file ``objectives/NAME.py`` has a function ``loss``."""

    def __call__(self, module: Any, rows: Sequence[Row], *, pad: int, device: str, layout: Layout) -> tuple[Any, float]:
        """The *sum* of the weighted losses of ``rows`` (a scalar tensor with gradient), and the sum of the weights.

        ``layout`` says how the rows are to be laid out; the loss is the same with each.

        The loop divides by the weight of the whole optimiser step, so the result does not depend on micro-batches.
        """
        ...


OBJECTIVES: Registry[Objective] = Registry("metier.training.objectives", kind="objective", attribute="loss")
"""All objectives, by file name."""
