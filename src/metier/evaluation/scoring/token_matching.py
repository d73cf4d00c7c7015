"""How far the words of two texts mean the same: tokens matched by their vectors in context (BERTScore).

Each token of a text is matched with the most similar one of the other: recall is the mean similarity of the right
answer's tokens, precision that of the answer's, and F1 joins them (Zhang et al. 2020, arXiv 1904.09675, without weights
by rarity and without rescaling). The vectors are those of the bundled encoder, so values are comparable among
approaches, and not with figures of other models.

Shapes: ``T`` tokens, ``D`` width of a vector.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metier.core import Silent

Vectors = NDArray[np.float32]
"""``[T, D]``, of length 1 each."""
MODEL = "builtin-encoder"
_MOST = 200_000
_AT_ONCE = 256
_known: dict[tuple[str, str], float] = {}


def similarities(targets: Sequence[str], answers: Sequence[str]) -> list[float]:
    """The F1 of each answer, 0 to 1; those that were asked for before are remembered.

    Raises:
        MissingPackageError: the bundled encoder is not installed.
    """
    pairs = list(zip(targets, answers, strict=True))
    new = [pair for pair in dict.fromkeys(pairs) if pair not in _known]
    if len(_known) + len(new) > _MOST:
        _known.clear()
        new = list(dict.fromkeys(pairs))
    for first in range(0, len(new), _AT_ONCE):
        some = new[first : first + _AT_ONCE]
        different = [pair for pair in some if pair[0] != pair[1] and all(text.strip() for text in pair)]
        texts = list(dict.fromkeys(text for pair in different for text in pair))
        vectors = dict(zip(texts, _encoder()(texts), strict=True)) if texts else {}
        for target, answer in some:
            same = float(target == answer)
            known = target in vectors and answer in vectors and not same
            # The last digits of a similarity depend on which texts were computed together.
            _known[target, answer] = round(match_f1(vectors[target], vectors[answer]), 6) if known else same
    return [_known[pair] for pair in pairs]


def match_f1(target: Vectors, answer: Vectors) -> float:
    """F1 of two texts by the vectors of their tokens; 0 where one has none.

    >>> one, other = np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32)[:1]
    >>> round(match_f1(one, other), 4)
    0.6667
    """
    if not len(target) or not len(answer):
        return 0.0
    alike = target @ answer.T
    recall, precision = float(alike.max(axis=1).mean()), float(alike.max(axis=0).mean())
    if recall <= 0 or precision <= 0:
        return 0.0
    return min(1.0, 2 * precision * recall / (precision + recall))


@cache
def _encoder() -> Callable[[Sequence[str]], list[Any]]:
    """What gives the vectors of tokens: the bundled encoder, loaded once."""
    from metier.models import EncoderModel, choose, locate

    encoder = EncoderModel(locate(MODEL, folder=Path()), choose(device="auto", precision="float32"))
    return lambda texts: encoder.token_vectors(texts, reporter=Silent())
