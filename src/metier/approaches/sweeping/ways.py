"""The ways of a sweep: which combinations are tried, and on how many training rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from metier.approaches.halving_rounds import rounds, survivors
from metier.approaches.sweeping.settings import RangeSettings
from metier.approaches.sweeping.space import Space, Values, rounded

FIRST_ROWS = 64
"""The first round of halving trains on an eighth of the rows, but not on fewer than these."""
_ASKED = 50  # of Optuna for each trial, before there are taken to be no more new combinations


class Try(Protocol):
    """Builds and judges a combination on so many training rows (None: all); higher is better, None: it failed."""

    def __call__(self, values: Values, rows: int | None) -> float | None:
        """The value on validation."""
        ...


def by_chance(space: Space, attempt: Try, *, rows: int, seed: int) -> None:
    """The recipe's own, then drawn ones, each on all rows."""
    for values in [{}, *space.draw(space.sweep.trials - 1)]:
        attempt(values, None)


def by_halving(space: Space, attempt: Try, *, rows: int, seed: int) -> None:
    """All on few rows, the better half on twice as many; the recipe's own stays until the end."""
    default: dict[str, Any] = {}
    left = [default, *space.draw(space.sweep.trials - 1)]
    plan = rounds(len(left), rows, first=FIRST_ROWS)
    for number, (_, upto) in enumerate(plan):
        found = [attempt(values, upto if upto < rows else None) for values in left]
        worth = [float("-inf") if value is None else value for value in found]
        ranked = sorted(range(len(left)), key=lambda i: (-worth[i], i))  # the default first among equals
        if number + 1 < len(plan):
            left = survivors([left[i] for i in ranked], plan[number + 1][0], default)


def by_tpe(space: Space, attempt: Try, *, rows: int, seed: int) -> None:
    """Each trial near the good ones before it (Bergstra et al. 2011), asked of Optuna and told to it.

    Everything follows from the seed and the values told, so that a continued sweep asks the same again.
    """
    import optuna
    from optuna.trial import TrialState, create_trial

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    spans = space.sweep.over
    distributions: dict[str, Any] = {path: _distribution(span) for path, span in spans.items()}
    startup = max(2, min(10, space.sweep.trials // 3))
    sampler = optuna.samplers.TPESampler(seed=seed % 2**32, n_startup_trials=startup)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    first = attempt({}, None)
    own = {path: _place(span, space.default[path]) for path, span in spans.items()}
    if first is not None and None not in own.values():
        study.add_trial(create_trial(params=own, distributions=distributions, value=first))
    tried = 1
    for _ in range(_ASKED * space.sweep.trials):
        if tried == space.sweep.trials:
            break
        trial = study.ask(distributions)
        values = {path: _value(span, trial.params[path]) for path, span in spans.items()}
        if not space.take(values):
            study.tell(trial, state=TrialState.FAIL)
            continue
        tried += 1
        found = attempt(values, None)
        study.tell(trial, found, state=TrialState.FAIL if found is None else TrialState.COMPLETE)


def _distribution(span: list[Any] | RangeSettings) -> Any:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if not isinstance(span, RangeSettings):
        return CategoricalDistribution(list(range(len(span))))  # by place: values may be lists
    if span.whole:
        return IntDistribution(int(span.low), int(span.high), log=span.log)
    return FloatDistribution(span.low, span.high, log=span.log)


def _value(span: list[Any] | RangeSettings, told: Any) -> Any:
    return rounded(told, span) if isinstance(span, RangeSettings) else span[told]


def _place(span: list[Any] | RangeSettings, value: Any) -> Any:
    """A value as Optuna knows it; None where it is not in the span."""
    if not isinstance(span, RangeSettings):
        return span.index(value) if value in span else None
    return value if isinstance(value, int | float) and span.low <= value <= span.high else None


WAYS: dict[str, Callable[..., None]] = {"random": by_chance, "halving": by_halving, "tpe": by_tpe}
"""By the name that the recipe gives them."""
