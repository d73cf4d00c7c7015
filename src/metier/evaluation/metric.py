"""What a metric is: items become sufficient statistics, and sums of statistics become a value.

Because the value needs only sums, a bootstrap resample of any metric is a weighted sum of rows, and two thousand
resamples are one matrix product (see :mod:`metier.evaluation.bootstrap`). The same holds for corpus metrics such as
chrF, which are not means of per-item scores.

Shapes: ``N`` items, ``S`` statistics of an item, ``B`` sums.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from metier.core import TaskKind

Floats = NDArray[np.float64]
Statistics = NDArray[Any]
"""``[N, S]`` in whatever number format is small; sums are taken in float64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A way to compare answers with targets. The file ``metrics/NAME.py`` has an object ``NAME``.

    Attributes:
        name: the file's name.
        kinds: task kinds that it makes sense for.
        statistics: ``(targets, answers, labels) -> [N, S]``, not negative; ``labels`` is the task's label set, empty
            where there is none. Answers may be empty.
        value: ``sums [B, S] -> [B]``, each inside ``range``; a sum of zeros has a value too.
        proportion: True: ``statistics[:, 0]`` is 0 or 1 and the value is its mean, so exact methods for shares apply.
        better: which end of ``range`` is the good one.
        range: lowest and highest possible value.

    >>> from metier.evaluation import METRICS
    >>> METRICS.get("accuracy").point(["yes", "no"], ["yes", "yes"])
    0.5
    """

    name: str
    kinds: tuple[TaskKind, ...]
    statistics: Callable[[Sequence[str], Sequence[str], Sequence[str]], Statistics]
    value: Callable[[Floats], Floats]
    proportion: bool = False
    better: Literal["higher", "lower"] = "higher"
    range: tuple[float, float] = (0.0, 1.0)

    def point(self, targets: Sequence[str], answers: Sequence[str], labels: Sequence[str] = ()) -> float:
        """The metric's value on these items; ``targets`` and ``answers`` are of one length."""
        sums = self.statistics(targets, answers, labels).sum(axis=0, dtype=np.float64)
        return float(self.value(sums[None])[0])


def ratio(above: Floats, below: Floats) -> Floats:
    """``above / below`` elementwise, and 0 where ``below`` is 0.

    >>> ratio(np.array([1.0, 0.0]), np.array([2.0, 0.0])).tolist()
    [0.5, 0.0]
    """
    return np.divide(above, below, out=np.zeros(np.shape(below)), where=below > 0)
