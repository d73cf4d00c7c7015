"""How quality grows with the number of labelled rows, and whether more of them would help.

The error falls like ``floor + scale * rows^-power`` on most tasks (Hestness et al. 2017, arXiv 1712.00409; Rosenfeld et
al. 2020, arXiv 1909.12673). The law is fitted to all points together, once for each resample of the test items and of
the training seeds, so that every figure read from it has an interval. It is read to twice the data and no further, and
not at all where the points do not allow it.

Shapes: ``P`` sizes, ``B`` resamples, ``C`` powers that are tried.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from metier.core import derive
from metier.evaluation.metric import Floats, Metric, Statistics
from metier.evaluation.statistics.bootstrap import resample
from metier.evaluation.statistics.clusters import Clusters

LEAST_SIZES = 4
"""A law of three numbers goes through any three points."""
WORTH = 0.01
"""A gain below this, on the metric's scale, is not worth labelling for."""
_RESAMPLES = 400
_DRAWN = 25
"""Places at which the law is read for a picture."""
_POWERS = np.linspace(0.05, 2.0, 60)
_MISFIT = 0.01
"""Points as far off the law as these by chance this rarely do not follow it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """What so many training rows gave.

    Attributes:
        rows: number of training rows.
        value, low, high: mean over the seeds, with an interval for test items and seeds together.
        seeds: the value of each seed.
    """

    rows: int
    value: float
    low: float
    high: float
    seeds: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerLaw:
    """``floor + scale * rows^-power``, the distance of the metric from its best possible value."""

    floor: float
    scale: float
    power: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LawPoint:
    """What the law has at so many rows, with its interval."""

    rows: float
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why there is no forecast.

    Attributes:
        kind: ``few_sizes`` (``rows``: how many there are, how many it takes), ``worse`` (with more ``rows`` than with
            fewer), ``no_gain`` (between these ``rows``, that the test set can tell) or ``no_law`` (the points follow
            none).
        rows: numbers that belong to it.
    """

    kind: Literal["few_sizes", "worse", "no_gain", "no_law"]
    rows: tuple[int, ...] = ()

    def __str__(self) -> str:
        return _REFUSALS[self.kind].format(*(f"{number:,}" for number in self.rows))


_REFUSALS = {
    "few_sizes": "a forecast needs {1} sizes at least, and there are {0}",
    "worse": "with {1} rows it did worse than with {0}",
    "no_gain": "between {0} and {1} rows nothing was gained that the test set can tell",
    "no_law": "the points do not follow a power law",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What twice the rows would give; the gain is counted from what the law has at all of them."""

    rows: int
    value: float
    low: float
    high: float
    gain: float
    gain_low: float
    gain_high: float

    @property
    def outlook(self) -> Literal["will", "may", "will not"]:
        """Whether more labels help: surely by half of what is worth labelling for, perhaps, or surely not that much."""
        if self.gain_low > WORTH / 2:
            return "will"
        return "will not" if self.gain_high < WORTH else "may"


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningCurve:
    """What was learnt from learning.

    Attributes:
        points: by size, the smallest first.
        fit: the law; None where it was refused.
        line: the law from the smallest size to twice the rows, evenly on a logarithmic axis; empty where refused.
        refused: why there is no forecast; None where there is one.
        forecast: to twice the rows; None where refused.
        enough: the smallest size that the test set cannot tell from all rows; None where there is none.
        seed_sd: standard deviation from seed to seed at all rows: what another training run would change.
        verdict: in a sentence or two.
    """

    points: tuple[CurvePoint, ...]
    fit: PowerLaw | None
    line: tuple[LawPoint, ...]
    refused: Refusal | None
    forecast: Forecast | None
    enough: int | None
    seed_sd: float
    verdict: str


class _Grown(NamedTuple):
    """Goodness, the larger the better, at each size: its values and its resamples ``[B, P]``."""

    rows: list[int]
    values: Floats
    replicates: Floats


def learning_curve(
    metric: Metric,
    statistics: Mapping[int, Sequence[Statistics]],
    clusters: Clusters | None,
    *,
    confidence: float = 0.95,
    seed: int = 0,
) -> LearningCurve:
    """Points, law, forecast and verdict.

    Args:
        metric: what is measured.
        statistics: by number of rows, ``[N, S]`` for each training seed, all on the same test items; at least one size
            and two seeds a size.
        clusters: ``[N]``; None: test items are independent.
        confidence: level of the intervals.
        seed: the run's.
    """
    sizes = sorted(statistics)
    values = [[_value(metric, one) for one in statistics[rows]] for rows in sizes]
    columns = [_replicates(metric, statistics[rows], clusters, seed, place) for place, rows in enumerate(sizes)]
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    points = tuple(
        _point(rows, seeds, column, tails) for rows, seeds, column in zip(sizes, values, columns, strict=True)
    )
    sign = 1 if metric.better == "higher" else -1
    best = metric.range[1] if sign == 1 else -metric.range[0]
    grown = _Grown(sizes, sign * np.array([p.value for p in points]), sign * np.column_stack(columns))
    errors = best - grown.replicates
    laws = _fit(np.array(sizes, dtype=np.float64), errors, 1 / np.maximum(errors.var(axis=0), 1e-9))
    refused = _refusal(grown, laws, best, tails)
    smooth = None if refused else best - np.array([float(np.median(_errors_at(laws, rows))) for rows in sizes])
    enough = _enough(grown, grown.values if smooth is None else smooth, tails)
    forecast = None if refused else _forecast(2 * sizes[-1], sizes[-1], laws, best, sign, tails)
    fit = PowerLaw(**dict(zip(("floor", "scale", "power"), np.median(laws, axis=0).tolist(), strict=True)))
    return LearningCurve(
        points=points,
        fit=None if refused else fit,
        line=() if refused else _line(sizes, laws, best, sign, tails),
        refused=refused,
        forecast=forecast,
        enough=enough,
        seed_sd=float(np.std(values[-1], ddof=1)) if len(values[-1]) > 1 else 0.0,
        verdict=_verdict(sizes, forecast, refused, enough, metric.unit),
    )


def _value(metric: Metric, statistics: Statistics) -> float:
    return float(metric.values(statistics, np.ones((1, len(statistics))))[0])


def _replicates(
    metric: Metric, statistics: Sequence[Statistics], clusters: Clusters | None, seed: int, place: int
) -> Floats:
    """``[B]``: the mean over seeds, with the same items resampled at every size and the seeds of each by themselves.

    Resampled seeds vary less than seeds do, by one less than there are over how many there are; that is made good.
    """
    parts = [resample(metric, one, clusters, seed=seed, num_resamples=_RESAMPLES) for one in statistics]
    values, count = np.array([part.value for part in parts]), len(parts)
    rng = np.random.default_rng(derive(seed, "evaluation", "curve", place))
    drawn = values[rng.integers(count, size=(_RESAMPLES, count))].mean(axis=1) - values.mean()
    more = (count / (count - 1)) ** 0.5 if count > 1 else 1.0
    return np.mean([part.replicates for part in parts], axis=0) + more * drawn


def _point(rows: int, seeds: Sequence[float], replicates: Floats, tails: Sequence[float]) -> CurvePoint:
    value = float(np.mean(seeds))
    low, high = (np.quantile(replicates - replicates.mean(), tails) + value).tolist()
    return CurvePoint(rows=rows, value=value, low=min(low, value), high=max(high, value), seeds=tuple(seeds))


def _fit(rows: Floats, errors: Floats, weights: Floats) -> Floats:
    """``[B, 3]``: floor, scale and power of the least squares of each resample, floor and scale not negative."""
    basis = rows[None] ** -_POWERS[:, None]  # [C, P]
    total, x, xx = weights.sum(), basis @ weights, (basis**2) @ weights
    y, xy = errors @ weights, errors @ (basis * weights).T  # [B], [B, C]
    scale = (total * xy - y[:, None] * x) / np.maximum(total * xx - x**2, 1e-30)
    scale = np.maximum(scale, 0.0)
    floor = (y[:, None] - scale * x) / total
    bare = np.maximum(xy / xx, 0.0)  # without a floor
    floor, scale = np.maximum(floor, 0.0), np.where(floor < 0, bare, scale)
    off = errors[:, None, :] - floor[..., None] - scale[..., None] * basis  # [B, C, P]
    best = ((off**2) @ weights).argmin(axis=1)
    pick = np.arange(len(errors))
    return np.column_stack([floor[pick, best], scale[pick, best], _POWERS[best]])


def _errors_at(laws: Floats, rows: float) -> Floats:
    return laws[:, 0] + laws[:, 1] * rows ** -laws[:, 2]


def _refusal(grown: _Grown, laws: Floats, best: float, tails: Sequence[float]) -> Refusal | None:
    if len(grown.rows) < LEAST_SIZES:
        return Refusal(kind="few_sizes", rows=(len(grown.rows), LEAST_SIZES))
    steps = np.diff(grown.replicates, axis=1)
    for place in range(steps.shape[1]):
        if np.quantile(steps[:, place], tails[1]) < 0:
            return Refusal(kind="worse", rows=(grown.rows[place], grown.rows[place + 1]))
    rise = grown.replicates[:, -1] - grown.replicates[:, 0]
    if np.quantile(rise, tails[0]) <= 0:
        return Refusal(kind="no_gain", rows=(grown.rows[0], grown.rows[-1]))
    law = np.median(laws, axis=0, keepdims=True)
    expected = np.array([best - _errors_at(law, rows)[0] for rows in grown.rows])
    off = (grown.values - expected) ** 2 / np.maximum(grown.replicates.var(axis=0), 1e-9)
    from scipy.stats import chi2

    if off.sum() > chi2.isf(_MISFIT, max(1, len(grown.rows) - 3)):
        return Refusal(kind="no_law")
    return None


def _line(sizes: Sequence[int], laws: Floats, best: float, sign: int, tails: Sequence[float]) -> tuple[LawPoint, ...]:
    places = np.geomspace(sizes[0], 2 * sizes[-1], _DRAWN).tolist()
    found: list[LawPoint] = []
    for rows in places:
        levels = sign * (best - _errors_at(laws, rows))
        low, high = np.quantile(levels, tails).tolist()
        found.append(LawPoint(rows=rows, value=float(np.median(levels)), low=low, high=high))
    return tuple(found)


def _forecast(rows: int, known: int, laws: Floats, best: float, sign: int, tails: Sequence[float]) -> Forecast:
    then, now = best - _errors_at(laws, rows), best - _errors_at(laws, known)
    gain = then - now
    low, high = np.quantile(then, tails).tolist()
    ends = sorted((sign * low, sign * high))
    gain_low, gain_high = np.quantile(gain, tails).tolist()
    return Forecast(
        rows=rows,
        value=sign * float(np.median(then)),
        low=ends[0],
        high=ends[1],
        gain=float(np.median(gain)),
        gain_low=gain_low,
        gain_high=gain_high,
    )


def _enough(grown: _Grown, level: Floats, tails: Sequence[float]) -> int | None:
    """The smallest size from which on all sizes are as good as all rows, as far as the test set can tell.

    And whose ``level`` (by the law, where there is one, since single points are noisy) is no more than ``WORTH`` below.
    """
    missing = grown.replicates[:, -1:] - grown.replicates[:, :-1]
    short = level[-1] - level[:-1]
    found: int | None = None
    for place in reversed(range(len(grown.rows) - 1)):
        if np.quantile(missing[:, place], tails[0]) > 0 or short[place] > WORTH:
            break
        found = grown.rows[place]
    return found


def _verdict(
    sizes: Sequence[int], forecast: Forecast | None, refused: Refusal | None, enough: int | None, unit: str
) -> str:
    if forecast is None:
        sentence = f"No forecast: {refused}."
    else:
        share, behind = unit == "%", "points" if unit == "%" else unit
        gains = (forecast.gain, forecast.gain_low, forecast.gain_high)
        gain, low, high = (f"{100 * each:.1f}" if share else f"{each:.2g}" for each in gains)
        if forecast.outlook == "will not":
            sentence = f"More labels will not help: {forecast.rows:,} rows should bring {high} {behind} at most."
        else:
            told = f"{forecast.rows:,} rows should bring {gain} {behind} ({low} to {high})"
            sentence = f"More labels {forecast.outlook} help: {told}."
    if enough is not None:
        sentence += f" {enough:,} rows would have been enough: the test set cannot tell them from all {sizes[-1]:,}."
    return sentence
