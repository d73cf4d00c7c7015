"""Quality by length of the input: whether long texts are answered as well as short ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from metier.comparison.report.charts import Series, ranges
from metier.comparison.report.language import tell
from metier.comparison.report.phrases import metric
from metier.comparison.report.reading import Approach, Run
from metier.comparison.report.sections.standings import mark_of
from metier.comparison.wording import capital
from metier.core import Score
from metier.evaluation import wilson

_PARTS = 5
_FEWEST = 50
"""Of fewer test rows, ranges of length tell nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """The section.

    Attributes:
        lead: what it shows.
        wide: the chart for a desktop.
        narrow: the chart for a phone.
        series: the approaches: the one that the page is about, and the best of the others.
        rows: range of length, rows in it, and a score for each of ``series``.
        metric: what is shown.
    """

    lead: str
    wide: Markup
    narrow: Markup
    series: tuple[Series, ...]
    rows: tuple[tuple[str, int, tuple[Score | None, ...]], ...]
    metric: str


def view(run: Run) -> Lengths | None:
    """Scores by length; None where there are few rows, or all are of one length."""
    lengths = np.array([len(run.examples[answer.id].input) for answer in run.answers if answer.id in run.examples])
    if len(lengths) < _FEWEST:
        return None
    edges = np.unique(np.quantile(lengths, np.linspace(0, 1, _PARTS + 1)[1:-1]).astype(int))
    members = [lengths[np.searchsorted(edges, lengths) == place] for place in range(len(edges) + 1)]
    if sum(len(part) > 0 for part in members) < 2:
        return None
    names = tuple(f"{part.min():,}–{part.max():,}" if len(part) else "" for part in members)
    shown = [item for item in (run.subject, run.rival) if item and item.name in run.answers_of]
    series = tuple(
        Series(item.name, mark_of(run, item), tuple(_score(run, item, edges, place) for place in range(len(names))))
        for item in shown
    )
    if not any(score for item in series for score in item.scores):
        return None
    name = metric(run.item_metric)

    def draw(width: float) -> Markup:
        axis = (tell("length of the input in characters"), f"{name}, %")
        return ranges(series, names, axis=axis, title=tell("Quality by length of the input"), width=width)

    return Lengths(
        lead=tell(
            "The test rows in parts of about equal size, from the shortest inputs to the longest; lines are %(level)s "
            "intervals. Where they overlap widely, length makes no difference that could be seen.",
            level=f"{100 * run.board.confidence:g} %",
        ),
        wide=draw(720),
        narrow=draw(340),
        series=series,
        rows=tuple(
            (name, len(part), tuple(item.scores[place] for item in series))
            for place, (name, part) in enumerate(zip(names, members, strict=True))
        ),
        metric=capital(name),
    )


def _score(run: Run, approach: Approach, edges: np.ndarray, place: int) -> Score | None:
    """The mean of the answers to inputs of one range, with an interval."""
    found = [
        answer.score
        for answer in run.answers_of[approach.name]
        if answer.id in run.examples and np.searchsorted(edges, len(run.examples[answer.id].input)) == place
    ]
    return mean_score(found, run.board.confidence)


def mean_score(values: list[float], confidence: float) -> Score | None:
    """The mean with its interval: Wilson's where all are 0 or 1, else Student's; None for fewer than two values."""
    if len(values) < 2:
        return None
    if all(value in (0.0, 1.0) for value in values):
        return wilson(sum(values), len(values), confidence)
    from scipy.stats import t

    scores = np.array(values)
    half = float(t.ppf(0.5 + confidence / 2, len(scores) - 1) * scores.std(ddof=1) / len(scores) ** 0.5)
    value = float(scores.mean())
    return Score(value=value, low=max(0.0, value - half), high=min(1.0, value + half))
