"""Ranked answers: names in order of relevance against the names that are relevant.

Both are a JSON list, or a text with one name a line; a name that comes twice counts where it comes first. Each score is
of one item, 0 to 1; an item without relevant names scores 1 where the answer is empty too, and else 0.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log2
from typing import Any, cast

from metier.evaluation.metric import Metric
from metier.evaluation.scoring.structured import parsed
from metier.evaluation.statistics.item_mean import TEXT_KINDS, item_mean


def names(text: str) -> list[str]:
    r"""The names that a text lists, each once.

    >>> names('["b", "a", "b"]'), names("b\na\n")
    (['b', 'a'], ['b', 'a'])
    """
    value = parsed(text)
    items = [str(item) for item in cast(list[Any], value)] if isinstance(value, list) else text.split("\n")
    return [name for name in dict.fromkeys(item.strip() for item in items) if name]


def reciprocal_rank(relevant: list[str], ranked: list[str]) -> float:
    """One over the place of the first relevant name; 0 where there is none."""
    return next((1 / place for place, name in enumerate(ranked, 1) if name in relevant), 0.0)


def ndcg(k: int) -> Callable[[list[str], list[str]], float]:
    """Discounted gain of the first ``k`` names over the best possible (Järvelin and Kekäläinen 2002)."""

    def score(relevant: list[str], ranked: list[str]) -> float:
        gain = sum(1 / log2(place + 1) for place, name in enumerate(ranked[:k], 1) if name in relevant)
        return gain / sum(1 / log2(place + 1) for place in range(1, min(k, len(relevant)) + 1))

    return score


def recall(k: int) -> Callable[[list[str], list[str]], float]:
    """Share of the relevant names that are among the first ``k``."""
    return lambda relevant, ranked: sum(name in ranked[:k] for name in relevant) / len(relevant)


def hit(k: int) -> Callable[[list[str], list[str]], float]:
    """Whether one of the first ``k`` names is relevant."""
    return lambda relevant, ranked: float(any(name in relevant for name in ranked[:k]))


def ranked_mean(name: str, score: Callable[[list[str], list[str]], float], *, proportion: bool = False) -> Metric:
    """The mean of ``score(relevant, ranked)`` over the items."""

    def of_texts(target: str, answer: str) -> float:
        relevant, ranked = names(target), names(answer)
        return score(relevant, ranked) if relevant else float(not ranked)

    return item_mean(name, of_texts, kinds=TEXT_KINDS, proportion=proportion, form="list")
