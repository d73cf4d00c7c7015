'''A metric of the user's own: one Python file beside the recipe, named like the metric.

The file has a function that scores one item between 0 and 1, and may say which end is good::

    """Whether the answer ends politely."""

    better = "higher"

    def score(target: str, answer: str) -> float:
        return float(answer.rstrip().endswith(("thank you", "regards")))

or an object ``metric`` of :class:`metier.evaluation.Metric` for anything that is not a mean. It is the user's own code
and is run as such, by ``check``, ``run`` and ``report``: do not run a recipe with a metric that you have not read.
'''

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from metier.core import Problem, UserError
from metier.evaluation.graders import ALL_KINDS
from metier.evaluation.metric import Metric
from metier.evaluation.statistics.item_mean import item_mean


def own_metric(path: Path) -> Metric:
    """The metric in a file.

    Raises:
        UserError: there is no such file, it does not run, or has neither ``score`` nor ``metric``.
    """
    if not path.is_file():
        raise _wrong(path, "a Python file", "no such file", "give its path, relative to the recipe")
    module = _module(path)
    found, score = getattr(module, "metric", None), getattr(module, "score", None)
    if isinstance(found, Metric):
        return found
    better = getattr(module, "better", "higher")
    if not callable(score):
        raise _wrong(path, "a function score(target, answer)", "a file without one", "write it: it gives 0 to 1")
    if better not in ("higher", "lower"):
        raise _wrong(path, "better = 'higher' or 'lower'", repr(better), "correct that line")
    return item_mean(path.stem, _careful(path, score), kinds=ALL_KINDS, better=better)


def _module(path: Path) -> ModuleType:
    spec = spec_from_file_location(f"metier_own_metric_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise _wrong(path, "a Python file that runs", _told(error), "correct the file") from error
    return module


def _careful(path: Path, score: Callable[..., object]) -> Callable[[str, str], float]:
    """The user's function, whose mistakes become problems that name the file."""

    def checked(target: str, answer: str) -> float:
        at = f"look at score({_short(target)}, {_short(answer)})"
        try:
            value: Any = score(target, answer)
            value = value.item() if hasattr(value, "item") else value  # numbers of numpy and torch are welcome
        except (Exception, SystemExit) as error:
            expected = f"score(target, answer) of {path.name} to take every text"
            raise _wrong(path, expected, _told(error), at) from error
        if not isinstance(value, int | float) or not 0 <= value <= 1:
            raise _wrong(path, f"a score of 0 to 1 from {path.name}", f"{value!r:.80}", at)
        return float(value)

    return checked


def try_out(path: Path, pairs: Sequence[tuple[str, str]], labels: Sequence[str] = ()) -> list[Problem]:
    """What goes wrong, first, when the metric of a file is asked about texts of the user's; empty where nothing does.

    Args:
        path: the file, which has been loaded before.
        pairs: targets with answers to them.
        labels: of the task.
    """
    metric = own_metric(path)
    try:
        for target, answer in pairs:
            metric.point([target], [answer], labels)
    except UserError as error:
        return list(error.problems)
    except (Exception, SystemExit) as error:  # a Metric of the user's own
        return list(_wrong(path, f"{path.name} to judge every text", _told(error), "correct the file").problems)
    return []


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:59] + "…")


def _told(error: BaseException) -> str:
    first = str(error).splitlines()[0] if str(error) else ""
    return f"{type(error).__name__}: {first}"


def _wrong(path: Path, expected: str, got: str, remedy: str) -> UserError:
    return UserError([Problem(where=str(path), path="evaluate.metrics", expected=expected, got=got, remedy=remedy)])
