"""Parts of the test set where an approach does significantly worse, found by looking at all of them.

Two questions are asked of every part that has enough rows: is the approach worse there than on all other rows, and is
another approach better there, on the same rows? The more parts are looked at, the more look bad by chance, so that the
p-values of each question are adjusted for all its looks (Holm 1979). Rows of one group (a customer) count as one piece
of evidence: variances are summed by group (Liang and Zeger 1986).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from metier.comparison.report.facets import Facet
from metier.core import Score
from metier.evaluation import holm, mcnemar

FEWEST = 10
"""Parts with fewer rows, or with fewer rows left outside, are not looked at."""
Scores = NDArray[np.float64]
"""``[N]``: each row's own score, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weakness:
    """A part of the test set where the approach is significantly worse.

    Attributes:
        facet: the way of dividing.
        value: the part.
        number: rows in it.
        score: the approach's mean there.
        other: what it is compared with: its mean on all other rows, or the other approach's mean on these.
        rival: the other approach; empty where it is compared with itself.
        difference: ``score`` less ``other``, with its interval; negative.
        p: adjusted for all looks.
    """

    facet: Facet
    value: str
    number: int
    score: float
    other: float
    rival: str
    difference: Score
    p: float


class Found(NamedTuple):
    """The weaknesses, the surest first, and how many looks each question took."""

    than_elsewhere: tuple[Weakness, ...]
    than_others: tuple[Weakness, ...]
    looks_elsewhere: int
    looks_others: int


class _Look(NamedTuple):
    weakness: Weakness
    p: float


def find(
    scores: Scores,
    others: Mapping[str, Scores],
    facets: Sequence[Facet],
    groups: Sequence[str | None],
    *,
    confidence: float = 0.95,
) -> Found:
    """Look at every part of every facet.

    Args:
        scores: ``[N]``, of the approach in question.
        others: ``[N]`` each, of the approaches to compare with, on the same rows.
        facets: ways of dividing these rows.
        groups: ``[N]``, which rows belong together; None: to nothing else.
        confidence: parts are reported where p, adjusted, is below 1 less this.
    """
    clusters = _clusters(groups)
    elsewhere: list[_Look] = []
    beside: list[_Look] = []
    for facet in facets:
        of = np.array(facet.of)
        for place, value in enumerate(facet.values):
            inside = of == place
            number = int(inside.sum())
            if number < FEWEST:
                continue
            if len(scores) - number >= FEWEST:
                elsewhere.append(_against_rest(facet, value, scores, inside, clusters, confidence))
            for name, theirs in others.items():
                pair = (scores[inside], theirs[inside])
                beside.append(_against(facet, value, name, pair, clusters[inside], confidence))
    return Found(_significant(elsewhere, confidence), _significant(beside, confidence), len(elsewhere), len(beside))


def _significant(looks: Sequence[_Look], confidence: float) -> tuple[Weakness, ...]:
    adjusted = holm([look.p for look in looks])
    found = [
        replace(look.weakness, p=p)
        for look, p in zip(looks, adjusted, strict=True)
        if p < 1 - confidence and look.weakness.difference.value < 0
    ]
    return tuple(sorted(found, key=lambda weakness: (weakness.p, weakness.difference.value)))


def _against_rest(
    facet: Facet, value: str, scores: Scores, inside: NDArray[np.bool_], clusters: NDArray[np.int_], confidence: float
) -> _Look:
    there, rest = float(scores[inside].mean()), float(scores[~inside].mean())
    pull = np.where(inside, (scores - there) / inside.sum(), -(scores - rest) / (~inside).sum())
    difference, p = _test(there - rest, pull, clusters, confidence)
    if _exact(scores, clusters):
        from scipy.stats import fisher_exact

        right = np.array([[scores[part].sum(), part.sum() - scores[part].sum()] for part in (inside, ~inside)])
        p = cast(tuple[float, float], fisher_exact(right))[1]
    weakness = Weakness(
        facet=facet,
        value=value,
        number=int(inside.sum()),
        score=there,
        other=rest,
        rival="",
        difference=difference,
        p=p,
    )
    return _Look(weakness, p)


def _against(
    facet: Facet, value: str, name: str, pair: tuple[Scores, Scores], clusters: NDArray[np.int_], confidence: float
) -> _Look:
    ours, theirs = pair
    gaps = ours - theirs
    mean = float(gaps.mean())
    difference, p = _test(mean, (gaps - mean) / len(gaps), clusters, confidence)
    if _exact(ours, clusters) and _exact(theirs, clusters):
        p = mcnemar(ours > 0.5, theirs > 0.5)
    weakness = Weakness(
        facet=facet,
        value=value,
        number=len(ours),
        score=float(ours.mean()),
        other=float(theirs.mean()),
        rival=name,
        difference=difference,
        p=p,
    )
    return _Look(weakness, p)


def _test(value: float, pull: Scores, clusters: NDArray[np.int_], confidence: float) -> tuple[Score, float]:
    """A mean difference with its interval and p from ``pull``, what each row adds to its error, summed by cluster."""
    from scipy.stats import t

    sums = np.bincount(clusters, weights=pull)
    present = np.unique(clusters)
    number = len(present)
    if number < 2:
        return Score(value=value, low=-1.0, high=1.0), 1.0
    error = float(np.sqrt(number / (number - 1) * (sums[present] ** 2).sum()))
    if error == 0:
        return Score(value=value, low=value, high=value), 1.0 if value == 0 else 0.5 ** (number - 1)
    half = float(t.ppf(0.5 + confidence / 2, number - 1)) * error
    return Score(value=value, low=value - half, high=value + half), float(2 * t.sf(abs(value) / error, number - 1))


def _exact(scores: Scores, clusters: NDArray[np.int_]) -> bool:
    """Whether every row is right or wrong and stands by itself, so that exact tests hold."""
    return len(np.unique(clusters)) == len(clusters) and bool(np.isin(scores, (0.0, 1.0)).all())


def _clusters(groups: Sequence[str | None]) -> NDArray[np.int_]:
    places: dict[tuple[str, str | int], int] = {}
    keys = [("row", row) if group is None else ("group", group) for row, group in enumerate(groups)]
    return np.array([places.setdefault(key, len(places)) for key in keys], dtype=int)
