"""The folds of one recipe summed up: what each approach reaches in each, its mean, and how far it depends on the fold.

All folds have the same sealed test set, so that what differs between them is which rows were learnt from and chosen by.
Only the leaderboards are read; no test set is opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Any, NamedTuple

from metier.comparison.recipe import load_recipe
from metier.comparison.using.predicting import check_run
from metier.comparison.using.wholeness import reading
from metier.core.artifacts import MANIFEST, read_json


class FoldedApproach(NamedTuple):
    """An approach over the folds.

    Attributes:
        name: of the approach.
        values: its primary metric in each fold, in the order of ``Folded.folds``; None where it was not built.
        mean: of those that there are; None: there is none.
        spread: their standard deviation; None of fewer than two.
        behind: folds in which it did worse than the best approach.
        recommended: folds in which it was recommended.
    """

    name: str
    values: tuple[float | None, ...]
    mean: float | None
    spread: float | None
    behind: int
    recommended: int


class Folded(NamedTuple):
    """The folds of a recipe.

    Attributes:
        metric: compared by.
        better: ``higher`` or ``lower``.
        unit: of the metric: ``%`` for a share of 1.
        of: folds that the recipe has.
        folds: those that were run, in order.
        missing: those that were not.
        test_size: test rows, the same in all.
        approaches: the best mean first.
    """

    metric: str
    better: str
    unit: str
    of: int
    folds: tuple[int, ...]
    missing: tuple[int, ...]
    test_size: int
    approaches: tuple[FoldedApproach, ...]

    def sentences(self) -> list[str]:
        """What the figures say, and what is missing."""
        said: list[str] = []
        best, *others = self.approaches
        sure = [one for one in others if one.mean is not None and one.behind == len(self.folds)]
        if best.mean is not None and len(self.folds) > 1:
            beaten = f"ahead of {len(sure)} of {len(others)} others in every fold" if others else "the only approach"
            said.append(f"{best.name} has the best mean, {beaten}, and was recommended in {best.recommended}.")
        chosen = [one.name for one in self.approaches if one.recommended]
        if len(chosen) > 1:
            said.append(f"Which one is recommended depends on the fold: {', '.join(chosen)}.")
        if self.missing:
            runs = ", ".join(map(str, self.missing))
            said.append(f"Not run yet: fold {runs} of {self.of} (--set data.split.fold={self.missing[0]} --out ...).")
        return said


def folds_of_one(runs: Sequence[Path]) -> Folded | None:
    """The runs as folds of one recipe; None where they are something else: other settings, other test rows.

    Args:
        runs: folders of finished runs, at least two.

    Raises:
        UserError: a folder is no finished run.
        IntegrityError: a run's files are damaged.
    """
    if any(not run.is_dir() and ":" in run.name for run in runs):
        return None  # named approaches are compared with one another
    sides = [_side(run) for run in runs]
    first = sides[0]
    numbers = [side.fold for side in sides]
    if first.of is None or len(set(numbers)) < len(numbers) or any(side.same != first.same for side in sides):
        return None
    sides = sorted(sides, key=lambda side: side.fold)
    board = first.board
    found = _approaches(sides, str(board["primary_metric"]), better=str(board["better"]))
    return Folded(
        metric=str(board["primary_metric"]),
        better=str(board["better"]),
        unit=str(board["unit"]),
        of=first.of,
        folds=tuple(side.fold for side in sides),
        missing=tuple(sorted(set(range(1, first.of + 1)) - set(numbers))),
        test_size=int(board["test_size"]),
        approaches=found,
    )


class _Side(NamedTuple):
    """A run: its fold, and what must be the same in all."""

    board: dict[str, Any]
    of: int | None
    fold: int
    same: tuple[str, Any]


def _side(run: Path) -> _Side:
    check_run(run)
    with reading(run):
        recipe = load_recipe(run / "recipe.yaml").recipe
        settings = recipe.model_dump(mode="json")
        settings["data"]["split"].pop("fold")
        settings.pop("name", None)
        test = read_json(run / "data" / MANIFEST)["files"]["test.parquet"]["sha256"]
        split = recipe.data.split
        return _Side(read_json(run / "leaderboard.json"), split.folds, split.fold, (str(test), settings))


def _approaches(sides: Sequence[_Side], metric: str, *, better: str) -> tuple[FoldedApproach, ...]:
    names = list(dict.fromkeys(str(row["name"]) for side in sides for row in side.board["approaches"]))
    values = {name: tuple(_value(side.board, name, metric) for side in sides) for name in names}
    means = {name: fmean(known) for name, some in values.items() if (known := [v for v in some if v is not None])}
    sign = 1 if better == "higher" else -1
    order = sorted(names, key=lambda name: -sign * means[name] if name in means else float("inf"))
    best = values[order[0]]
    found: list[FoldedApproach] = []
    for name in order:
        known = [value for value in values[name] if value is not None]
        pairs = [(own, top) for own, top in zip(values[name], best, strict=True) if own is not None and top is not None]
        found.append(
            FoldedApproach(
                name=name,
                values=values[name],
                mean=means.get(name),
                spread=stdev(known) if len(known) > 1 else None,
                behind=sum(sign * (top - own) > 0 for own, top in pairs),
                recommended=sum(side.board["recommended"] == name for side in sides),
            )
        )
    return tuple(found)


def _value(board: dict[str, Any], name: str, metric: str) -> float | None:
    row = next((row for row in board["approaches"] if row["name"] == name), None)
    measured = row["metrics"].get(metric) if row and row["metrics"] else None
    return float(measured["value"]) if measured else None
