"""Thinking before answering: a thought is written first, then the answer alone is asked for, with the thought in sight.

Chain of thought without examples, in two questions: Kojima et al. 2022, arXiv 2205.11916. Several thoughts drawn at
random whose answers vote (self-consistency): Wang et al. 2022, arXiv 2203.11171. Labels are not counted but averaged:
the probability of a label is its mean over the thoughts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from metier.core import Example, Prediction, Problem
from metier.core.names import listed
from metier.models import Family
from metier.prompts import ReasonSettings
from metier.training import WeightsSettings


class Thought(NamedTuple):
    """What was written before the answer.

    Attributes:
        text: the thought.
        tokens_in: tokens that were read for it.
        tokens_out: tokens that it has.
        cut: tokens of the example that did not fit beside it.
        dropped: demonstrations that did not fit.
    """

    text: str
    tokens_in: int
    tokens_out: int
    cut: int = 0
    dropped: int = 0


class Drawn(NamedTuple):
    """The examples, each with one thought; or as they are, where nothing is thought."""

    examples: list[Example]
    thoughts: list[Thought]


Think = Callable[[Sequence[Example], int], list[Thought]]


def draws(examples: Sequence[Example], settings: ReasonSettings | None, think: Think) -> list[Drawn]:
    """As many times as the settings say, all examples with a thought of their own.

    Args:
        examples: to be answered.
        settings: None: nothing is thought, and there is one draw.
        think: examples and the draw's number to thoughts.
    """
    if settings is None:
        return [Drawn(list(examples), [Thought("", 0, 0) for _ in examples])]
    found: list[Drawn] = []
    for number in range(settings.samples):
        thoughts = think(examples, number)
        told = [replace(one, thought=thought.text) for one, thought in zip(examples, thoughts, strict=True)]
        found.append(Drawn(told, thoughts))
    return found


def mean_scores(scores: Sequence[Any]) -> Any:
    """Log of the mean probability: arrays of log-probabilities [N, labels], one a draw, to one of the same shape."""
    return scores[0] if len(scores) == 1 else np.logaddexp.reduce(np.stack(scores), axis=0) - np.log(len(scores))


def counted(answer: Prediction, thought: Thought) -> Prediction:
    """The answer with what its thought took."""
    return replace(
        answer,
        tokens_in=answer.tokens_in + thought.tokens_in,
        tokens_out=answer.tokens_out + thought.tokens_out,
        cut=max(answer.cut, thought.cut),
        dropped=max(answer.dropped, thought.dropped),
    )


def voted(answers: Sequence[Prediction]) -> Prediction:
    """The most frequent of several answers to one question (letter case and spaces aside), the first one of equals."""
    if len(answers) == 1:
        return answers[0]
    readable = [one for one in answers if not one.unparseable] or list(answers)
    counts = Counter(_plain(one.text) for one in readable)
    best = max(readable, key=lambda one: counts[_plain(one.text)])  # max keeps the first one of equals
    tokens_in, tokens_out = sum(one.tokens_in for one in answers), sum(one.tokens_out for one in answers)
    return replace(best, tokens_in=tokens_in, tokens_out=tokens_out)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def check_reason(settings: ReasonSettings | None, weights: WeightsSettings | None, family: Family) -> list[Problem]:
    """Thinking where it cannot be: weights learn answers without thoughts; only causal and hosted models think."""
    if settings is None:
        return []
    path = "prompt.reason"
    if weights is not None:
        expected, got = "no thinking where weights are trained: they learn to answer at once", "reason beside weights"
        return [Problem(where="recipe", path=path, expected=expected, got=got, remedy="leave one of them out")]
    if family not in ("causal", "hosted"):
        expected, got = f"a {listed(['causal', 'hosted'])} model, which can think in words", f"a {family} one"
        return [Problem(where="recipe", path=path, expected=expected, got=got, remedy="leave reason out")]
    return []
