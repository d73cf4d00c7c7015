"""What a metric is: items become sufficient statistics, and sums of statistics become a value.

Because the value needs only sums, a bootstrap resample of any metric is a weighted sum of rows, and two thousand
resamples are one matrix product (see :mod:`metier.evaluation.statistics.bootstrap`). The same holds for corpus metrics
such as chrF, which are not means of per-item scores. Only metrics of an order (AUROC) need the weights of the items.

Shapes: ``N`` items, ``S`` statistics of an item, ``B`` sums or weightings, ``K`` labels.
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
Shares = NDArray[np.float64]
"""``[N, K]``: the probability of each label, in the order of the labels."""
Form = Literal["text", "json", "spans", "list", "labels", "number"]
"""What targets and answers are, each read by a file of :mod:`metier.evaluation.scoring`: any text, JSON, spans of a
text (``spans``), a ranked list of names (``ranking``), a set of labels (``label_sets``), a number (``quantities``)."""


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
        range: lowest and highest possible value; the good end is finite.
        of_shares: ``(targets, shares, labels) -> [N, S]`` of metrics that look at probabilities; their ``statistics``
            take an answer as certain. None: the metric looks at answers alone.
        weighted: ``(statistics [N, S], weights [B, N]) -> [B]`` of metrics that are no function of sums; ``value``
            then only raises. None: sums are enough.
        chance: the value of one who does not look, where that is not the bad end of ``range``.
        reference: False: the answer is judged by itself, and the target is not looked at.
        form: what it takes targets and answers for.
        of_bits: ``(bits [N], bytes [N]) -> [N, S]`` of metrics that look at how well a text was foretold; their
            ``statistics`` take an answer as certain. None: the metric looks at answers.
        of_grades: ``(grades [N]) -> [N, S]`` of metrics that a model is asked for; a grade is NaN where it gave none.
            None: nobody is asked.
        model: bundled model that it needs; empty: none.
        unit: ``%``: a share of 1, shown in percent, with differences in points; ``target``: the unit of the targets,
            in which approaches cannot be compared; anything else: a plain figure, with this behind it.

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
    of_shares: Callable[[Sequence[str], Shares, Sequence[str]], Statistics] | None = None
    weighted: Callable[[Statistics, Floats], Floats] | None = None
    chance: float | None = None
    reference: bool = True
    form: Form = "text"
    of_bits: Callable[[Floats, Floats], Statistics] | None = None
    of_grades: Callable[[Floats], Statistics] | None = None
    model: str = ""
    unit: str = "%"

    def values(self, statistics: Statistics, weights: Floats) -> Floats:
        """The value of each weighting ``[B, N]`` of the items, ``[B]``."""
        if self.weighted is not None:
            return self.weighted(statistics, weights)
        return self.value(weights @ statistics.astype(np.float64))

    def point(self, targets: Sequence[str], answers: Sequence[str], labels: Sequence[str] = ()) -> float:
        """The metric's value on these items; ``targets`` and ``answers`` are of one length."""
        statistics = self.statistics(targets, answers, labels)
        return float(self.values(statistics, np.ones((1, len(statistics))))[0])


def ratio(above: Floats, below: Floats) -> Floats:
    """``above / below`` elementwise, and 0 where ``below`` is 0.

    >>> ratio(np.array([1.0, 0.0]), np.array([2.0, 0.0])).tolist()
    [0.5, 0.0]
    """
    return np.divide(above, below, out=np.zeros(np.shape(below)), where=below > 0)


def first_by_second(sums: Floats) -> Floats:
    """The first of two sums over the second, for each row of sums: a mean, where the second one counts."""
    return ratio(sums[:, 0], sums[:, 1])
