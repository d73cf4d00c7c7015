"""Learning curves: how quality grew with the rows, and whether more labels would help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from metier.comparison.report.charts import growth
from metier.comparison.report.figures import are_shares, size
from metier.comparison.report.language import tell
from metier.comparison.report.phrases import metric, times
from metier.comparison.report.reading import Growth, Run
from metier.core import Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """One approach.

    Attributes:
        name: the approach.
        picture: its curve.
        words: whether more labels would help, and how many would have been enough.
        noise: what another training run would change; empty where that is nothing.
        rows: size, mean with interval, and the values of its seeds as they are printed.
        forecast: rows and value of the forecast; None where there is none.
    """

    name: str
    picture: Markup
    words: str
    noise: str
    rows: tuple[tuple[int, Score, str], ...]
    forecast: tuple[int, Score] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Growing:
    """The section.

    Attributes:
        level: of the intervals, such as ``95 %``.
        seeds: how often each size was built, in words.
        curves: the recommended approach's first.
    """

    level: str
    seeds: str
    curves: tuple[Grown, ...]


def view(run: Run) -> Growing | None:
    """Every curve; None where none was asked for."""
    if not run.growth:
        return None
    ordered = sorted(run.growth, key=lambda curve: curve.approach != run.board.recommended)
    return Growing(
        level=f"{100 * run.board.confidence:g} %",
        seeds=times(max(len(point.seeds) for curve in run.growth for point in curve.points)),
        curves=tuple(map(_grown, ordered)),
    )


def outlook(curve: Growth) -> str:
    """Whether more labels would help this approach, and whether fewer would have been enough."""
    sentences = [_refused(curve) if curve.forecast is None else _forecast(curve)]
    if curve.enough is not None:
        told = "%(n)s rows would have been enough: the test set cannot tell them from all %(all)s."
        sentences.append(tell(told, n=f"{curve.enough:,}", all=f"{curve.points[-1].rows:,}"))
    return " ".join(filter(None, sentences))


def _forecast(curve: Growth) -> str:
    forecast = curve.forecast
    assert forecast is not None
    rows, high = f"{forecast.rows:,}", size(max(forecast.gain_high, 0.0))
    if forecast.outlook == "will not":
        told = "More labels will not help: %(rows)s rows should bring %(high)s at most."
        return tell(told, rows=rows, high=high)
    told = (
        "More labels will help: %(rows)s rows should bring %(gain)s (%(low)s to %(high)s)."
        if forecast.outlook == "will"
        else "More labels may help: %(rows)s rows should bring %(gain)s (%(low)s to %(high)s)."
    )
    gain = size(forecast.gain)
    low, most = (
        f"{100 * end:.1f}" if are_shares() else f"{end:.2g}" for end in (forecast.gain_low, forecast.gain_high)
    )
    return tell(told, rows=rows, gain=gain, low=low, high=most)


def _refused(curve: Growth) -> str:
    refused = curve.refused
    if refused is None:
        return ""
    numbers = [f"{number:,}" for number in refused.rows]
    match (refused.kind, numbers):
        case ("few_sizes", [there, needed]):
            told = "No forecast: that needs %(needed)s sizes at least, and there are %(there)s."
            return tell(told, needed=needed, there=there)
        case ("worse", [few, many]):
            return tell("No forecast: with %(many)s rows it did worse than with %(few)s.", many=many, few=few)
        case ("no_gain", [first, last]):
            told = "No forecast: between %(first)s and %(last)s rows nothing was gained that the test set can tell."
            return tell(told, first=first, last=last)
        case _:
            return tell("No forecast: the points do not follow a power law.")


def _grown(curve: Growth) -> Grown:
    title = tell("Learning curve of %(name)s", name=curve.approach)
    noise = ""
    if curve.seed_sd >= 0.0005:
        told = (
            "Another choice of rows and another training run change it by %(points)s (standard deviation at all rows)."
        )
        noise = tell(told, points=size(curve.seed_sd))
    forecast = curve.forecast
    return Grown(
        name=curve.approach,
        picture=growth(curve.points, curve.line, quality=metric(curve.metric), title=title),
        words=outlook(curve),
        noise=noise,
        rows=tuple(
            (point.rows, Score(value=point.value, low=point.low, high=point.high), _printed(point.seeds))
            for point in curve.points
        ),
        forecast=(forecast.rows, Score(value=forecast.value, low=forecast.low, high=forecast.high))
        if forecast
        else None,
    )


def _printed(values: Sequence[float]) -> str:
    return " ".join(f"{100 * value:.1f}" if are_shares() else f"{value:.4g}" for value in values)
