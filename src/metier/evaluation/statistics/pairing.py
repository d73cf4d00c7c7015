"""Examples and predictions brought together by id, each exactly once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from metier.core import Example, IntegrityError, Prediction
from metier.core.names import listed


class Pairs(NamedTuple):
    """Columns of one length, in the order of the examples."""

    ids: tuple[str, ...]
    targets: tuple[str, ...]
    answers: tuple[str, ...]
    groups: tuple[str | None, ...]
    scores: tuple[Mapping[str, float], ...]
    bits: tuple[float | None, ...]
    bytes: tuple[int, ...]
    grades: tuple[Mapping[str, float], ...]


def pair(examples: Sequence[Example], predictions: Sequence[Prediction]) -> Pairs:
    """Find each example's prediction.

    Args:
        examples: at least one, each with a target or a prediction that has bits.
        predictions: one for each example, in any order.

    Raises:
        IntegrityError: there are no examples, one has neither target nor bits, or no prediction, an id comes twice, or
            a prediction belongs to none of them. Scoring part of a test set would be a silent lie.
    """
    if not examples:
        raise IntegrityError("There are no examples to measure on.")
    _refuse("example id", "doubled", _doubled(example.id for example in examples))
    _refuse("prediction", "doubled", _doubled(prediction.id for prediction in predictions))
    answers = {prediction.id: prediction for prediction in predictions}
    foretold = {prediction.id for prediction in predictions if prediction.bits is not None}
    aimless = [example.id for example in examples if example.target is None and example.id not in foretold]
    _refuse("example", "without a target", aimless)
    ids = tuple(example.id for example in examples)
    _refuse("example", "without a prediction", [id for id in ids if id not in answers])
    _refuse("prediction", "for no example of this set", sorted(answers.keys() - set(ids)))
    return Pairs(
        ids=ids,
        targets=tuple(example.target or "" for example in examples),
        answers=tuple(answers[id].text for id in ids),
        groups=tuple(example.group for example in examples),
        scores=tuple(answers[id].scores for id in ids),
        bits=tuple(answers[id].bits for id in ids),
        bytes=tuple(answers[id].bytes for id in ids),
        grades=tuple(answers[id].grades for id in ids),
    )


def _doubled(ids: Iterable[str]) -> list[str]:
    return [id for id, count in Counter(ids).items() if count > 1]


def _refuse(what: str, wrong: str, ids: Sequence[str]) -> None:
    if ids:
        plural = "" if len(ids) == 1 else "s"
        raise IntegrityError(
            f"{len(ids)} {what}{plural} {wrong}: {listed(ids, limit=5)}. Each example must be answered exactly once."
        )
