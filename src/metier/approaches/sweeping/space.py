"""What a sweep varies: combinations of settings, drawn, applied to an approach, and checked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from itertools import product
from random import Random
from typing import Any

from pydantic import ValidationError

from metier.approaches.settings import ApproachSettings
from metier.approaches.sweeping.settings import RangeSettings, SweepSettings
from metier.core import Problem, problems_of
from metier.core.artifacts import hash_value
from metier.core.names import suggestion
from metier.evaluation import METRICS

Values = Mapping[str, Any]
"""A combination: the path of each setting to its value."""
Check = Callable[[ApproachSettings], list[Problem]]
"""What is wrong with an approach, at paths from ``approaches.NAME`` on."""

_PARTS = ("model", "prompt", "retrieval", "weights", "rewards")
_DIGITS = 3  # of numbers drawn from a range
_ATTEMPTS = 50  # draws for each combination that is wanted, before there are taken to be no more


def applied(settings: ApproachSettings, values: Values) -> ApproachSettings:
    """The approach with these values, and without its sweep.

    Raises:
        ValidationError: a path or a value does not exist.
    """
    content = settings.model_dump(exclude={"sweep"})
    for path, value in values.items():
        *groups, name = path.split(".")
        group = content
        for part in groups:
            group[part] = group.get(part) or {}
            group = group[part]
        group[name] = value
    return ApproachSettings.model_validate(content)


def own_values(settings: ApproachSettings, sweep: SweepSettings) -> dict[str, Any]:
    """What the recipe itself says, by path; None where it says nothing."""
    content, found = settings.model_dump(), dict[str, Any]()
    for path in sweep.over:
        value: Any = content
        for part in path.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        found[path] = value
    return found


def check_sweep(settings: ApproachSettings, check: Check) -> list[Problem]:
    """What is wrong with a sweep, at paths from ``sweep`` on: every value is tried by itself on the approach.

    Args:
        settings: an approach with a sweep; the approach itself is right.
        check: finds what is wrong with an approach.
    """
    sweep = settings.sweep
    assert sweep is not None
    problems: list[Problem] = []
    if sweep.method == "tpe" and find_spec("optuna") is None:
        got, remedy = "no package optuna", "pip install metier[sweep], or use method: random"
        problems.append(_problem("method", "the package optuna, for tpe", got, remedy))
    if sweep.method == "halving" and (settings.weights is None or "weights.max_rows" in sweep.over):
        got = "no weights" if settings.weights is None else "weights.max_rows, which halving sets itself"
        expected = "weights to train on ever more rows, for that is how halving saves"
        problems.append(_problem("method", expected, got, "use method: random"))
    if sweep.metric is not None and sweep.metric not in METRICS.names():
        known = METRICS.names()
        problems.append(_problem("metric", "a metric", repr(sweep.metric), suggestion(sweep.metric, known)))
    for path, span in sweep.over.items():
        if path.split(".")[0] not in _PARTS:
            expected = (
                f"a setting of this approach: {', '.join(_PARTS)} (data and measures are the same for all trials)"
            )
            problems.append(_problem(f"over.{path}", expected, repr(path), "name one of these, as weights.rank"))
            continue
        values = [span.low, span.high] if isinstance(span, RangeSettings) else span
        wrong = (_wrong_value(settings, path, value, check) for value in values)
        problems += next((found for found in wrong if found), [])
    return problems


def _wrong_value(settings: ApproachSettings, path: str, value: Any, check: Check) -> list[Problem]:
    try:
        found = check(applied(settings, {path: value}))
    except ValidationError as error:
        found = problems_of(error, where="recipe", model=ApproachSettings)
    return [replace(problem, path=f"sweep.over.{path}", got=f"{value!r}: {problem.got}") for problem in found]


class Space:
    """The combinations of a sweep that can be built, each told by what it makes of the approach.

    Args:
        settings: the approach with its sweep.
        check: finds what is wrong with an approach; such combinations are passed over.
        seed: of the draws.
    """

    def __init__(self, settings: ApproachSettings, check: Check, *, seed: int) -> None:
        assert settings.sweep is not None
        self.settings, self.sweep, self._check = settings, settings.sweep, check
        self.default = own_values(settings, settings.sweep)
        self._random = Random(seed)
        self._seen = {hash_value(applied(settings, {}))}

    def take(self, values: Values) -> bool:
        """Whether a combination can be built and is a new one; it is not new any more then."""
        try:
            candidate = applied(self.settings, values)
        except ValidationError:
            return False
        key = hash_value(candidate)
        if key in self._seen or self._check(candidate):
            return False
        self._seen.add(key)
        return True

    def draw(self, count: int) -> list[dict[str, Any]]:
        """At most ``count`` different combinations beside the recipe's own; the whole grid where it is no larger."""
        lists = [span for span in self.sweep.over.values() if isinstance(span, list)]
        if len(lists) == len(self.sweep.over) and math.prod(map(len, lists)) <= count + 1:
            grid = [dict(zip(self.sweep.over, values, strict=True)) for values in product(*lists)]
            return [values for values in grid if self.take(values)][:count]
        found: list[dict[str, Any]] = []
        for _ in range(_ATTEMPTS * count):
            values = {path: drawn(span, self._random) for path, span in self.sweep.over.items()}
            if len(found) < count and self.take(values):
                found.append(values)
        return found


def drawn(span: Sequence[Any] | RangeSettings, random: Random) -> Any:
    """A value of a list or a range.

    >>> drawn(RangeSettings(low=1, high=3), Random(0)) in (1, 2, 3)
    True
    """
    if not isinstance(span, RangeSettings):
        return random.choice(span)
    share = random.random()
    if span.log:
        value = math.exp(math.log(span.low) + share * (math.log(span.high) - math.log(span.low)))
    elif span.whole:
        return random.randint(int(span.low), int(span.high))
    else:
        value = span.low + share * (span.high - span.low)
    return rounded(value, span)


def rounded(value: float, span: RangeSettings) -> float:
    """A number as a person would write it, within the range."""
    short = round(value) if span.whole else float(f"{value:.{_DIGITS}g}")
    return min(max(short, span.low), span.high)


def _problem(path: str, expected: str, got: str, remedy: str) -> Problem:
    return Problem(where="recipe", path=f"sweep.{path}", expected=expected, got=got, remedy=remedy)
