"""Whether approaches are as often right as they are sure, for ``classify``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from metier.comparison.report.charts import Sureness, reliability
from metier.comparison.report.language import tell
from metier.comparison.report.reading import Answer, Run
from metier.comparison.wording import percent
from metier.evaluation import wilson

_BINS = 10
_FEWEST = 30
"""Fewer answers with a probability than this tell nothing about calibration."""
_DRAWS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """One approach.

    Attributes:
        name: the approach.
        picture: its reliability diagram.
        words: what it shows.
        parts: the points, least sure first.
    """

    name: str
    picture: Markup
    words: str
    parts: tuple[Sureness, ...]


def view(run: Run) -> tuple[Calibration, ...] | None:
    """A diagram for each approach that says how sure it is; None where none does, or for tasks without labels."""
    if run.board.kind != "classify":
        return None
    found = [_calibration(run, name, answers) for name, answers in run.answers_of.items()]
    return tuple(item for item in found if item) or None


def _calibration(run: Run, name: str, answers: Sequence[Answer]) -> Calibration | None:
    known = [(answer.confidence, answer.score == 1) for answer in answers if answer.confidence is not None]
    if len(known) < _FEWEST or len({sure for sure, _ in known}) < 2:
        return None
    sure, right = np.array([item[0] for item in known]), np.array([item[1] for item in known])
    place = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    parts = tuple(
        Sureness(
            low=index / _BINS,
            high=(index + 1) / _BINS,
            number=int(chosen.sum()),
            sure=float(sure[chosen].mean()),
            right=wilson(float(right[chosen].sum()), int(chosen.sum()), run.board.confidence),
        )
        for index in range(_BINS)
        if (chosen := place == index).any()
    )
    words = _words(sure, right, place)
    return Calibration(
        name=name,
        picture=reliability(parts, title=tell("Reliability of %(name)s", name=name) + ". " + words),
        words=words,
        parts=parts,
    )


def _words(sure: NDArray[np.float64], right: NDArray[np.bool_], place: NDArray[np.int_]) -> str:
    error, chance = _error(sure, right, place), _by_chance(sure, place)
    values = {"error": percent(error), "chance": percent(chance)}
    if error <= chance:
        return tell(
            "Expected calibration error %(error)s: no more than chance would show (up to %(chance)s).", **values
        )
    told = tell("Expected calibration error %(error)s, more than chance would show (up to %(chance)s)", **values)
    return told + (tell(": surer than it is right.") if sure.mean() > right.mean() else tell(": less sure than right."))


def _error(sure: NDArray[np.float64], right: NDArray[np.bool_], place: NDArray[np.int_]) -> float:
    """The expected calibration error: gaps between sure and right, weighted by how many answers they stand for."""
    gaps = np.bincount(place, weights=sure - right, minlength=_BINS)
    return float(np.abs(gaps).sum() / len(sure))


def _by_chance(sure: NDArray[np.float64], place: NDArray[np.int_]) -> float:
    """What a perfectly calibrated approach with these probabilities would stay below 95 times in 100.

    The error of a finite sample is never 0; only what exceeds this says something (Widmann and others 2019, the null
    by consistency resampling of Bröcker and Smith 2007).
    """
    order = np.argsort(place, kind="stable")
    sure, starts = sure[order], np.unique(place[order], return_index=True)[1]
    right = np.random.default_rng(0).random((_DRAWS, len(sure)), dtype=np.float32) < sure
    gaps = np.add.reduceat(sure - right, starts, axis=1)
    return float(np.quantile(np.abs(gaps).sum(axis=1) / len(sure), 0.95))
