"""``metier data render``: rows of a recipe as each of its approaches sees them. Nothing is trained or asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any, Literal, NamedTuple

from metier import approaches, data
from metier.approaches import FLOORS
from metier.approaches.rendering import Shown, shown_rows, shows
from metier.approaches.rendering_together import shown_beside
from metier.comparison.planning.preparing import read_data
from metier.comparison.planning.problems import check
from metier.comparison.recipe import Loaded, load_recipe
from metier.comparison.resources import resources_for
from metier.core import Example, Problem, RecipeError, Reporter, Silent, UserError, derive
from metier.core.names import listed, suggestion
from metier.data import Prepared


class Looked(NamedTuple):
    """What became of the rows of one approach that were looked at.

    Attributes:
        approach: its name; ``APPROACH/TASK`` for a task that it learns beside the run's own.
        rows: how many were looked at.
        cut: how many lost a part of their input.
        dropped: how many lost demonstrations or passages.
        left_out: how many are not used at all.
        tokens: of all of them together.
        learnt: those that carry loss.
    """

    approach: str
    rows: int
    cut: int
    dropped: int
    left_out: int
    tokens: int
    learnt: int


class Rendering(NamedTuple):
    """Rows as approaches see them.

    Attributes:
        split: where they are from.
        shown: row by row, each as every approach sees it; then those of tasks that are learnt beside.
        looked: one entry for each approach.
        unused: rows that were asked for and are not in use, each with its id and the reason.
    """

    split: str
    shown: list[Shown]
    looked: list[Looked]
    unused: list[tuple[str, str]]


def render_recipe(
    recipe: Path,
    *,
    names: Sequence[str] = (),
    split: Literal["train", "validation"] = "train",
    rows: int = 2,
    ids: Sequence[str] = (),
    losing: bool = False,
    overrides: Sequence[str] = (),
    reporter: Reporter | None = None,
) -> Rendering:
    """Show rows as the model will see them.

    Args:
        recipe: the YAML file.
        names: approaches; none: all that have a prompt or tokens.
        split: where rows are drawn from; the test set stays sealed.
        rows: how many are drawn, by the recipe's seed.
        ids: rows by their id (``tickets.csv:17``) instead.
        losing: look at every row of the split, and show the first ``rows`` of each approach that lose something.
        overrides: ``a.b=value`` entries that replace settings of the recipe.
        reporter: told of the progress.

    Raises:
        RecipeError: the recipe is wrong, or has no approach of that name.
        UserError: no such row.
    """
    loaded = load_recipe(recipe, overrides)
    check(loaded, where=str(recipe))
    chosen = _chosen(loaded, names, where=str(recipe))
    settings = loaded.recipe
    reporter = _Bars(reporter) if reporter else Silent()
    prepared = read_data(loaded, reporter)
    check(loaded, where=str(recipe), read=prepared)
    examples, unused = _examples(prepared, split, rows, ids, all_rows=losing, seed=settings.seed)
    resources = resources_for(loaded, reporter)
    found: dict[str, list[Shown]] = {}
    for name in chosen:
        entry = settings.approaches[name]
        if not approaches.applies(name, entry, prepared.task, resources):
            found[name] = shown_rows(name, entry, prepared.task, prepared.train, examples, resources)
            if not ids:
                count = None if losing else rows
                found |= shown_beside(name, entry, prepared.validation, resources, split=split, rows=count)
    looked = [_looked(name, some) for name, some in found.items()]
    if losing:
        found = {name: [one for one in some if _loses(one)][:rows] for name, some in found.items()}
    order = {example.id: place for place, example in enumerate(examples)}
    shown = sorted((one for some in found.values() for one in some), key=lambda one: order.get(one.id, len(order)))
    return Rendering(split, shown, looked, unused)


class _Bars:
    """Passes progress on and keeps to itself what ``metier check`` is there to say."""

    def __init__(self, then: Reporter) -> None:
        self._then = then

    def event(self, kind: str, **data: Any) -> None:
        if kind not in {"say", "warn"}:
            self._then.event(kind, **data)


def _chosen(loaded: Loaded, names: Sequence[str], *, where: str) -> list[str]:
    """The approaches to show.

    Raises:
        RecipeError: there is none of that name, or none at all.
    """
    resources = resources_for(loaded, Silent())
    known = [name for name, entry in loaded.recipe.approaches.items() if shows(name, entry, resources)]
    wrong = [name for name in names if name not in known]
    if known and not wrong:
        return list(names) or known
    remedy = suggestion(wrong[0], known) if known and wrong else "add one, such as zero-shot: {}"
    if wrong and wrong[0] in FLOORS:
        remedy = f"a floor has neither prompt nor tokens; {suggestion('', known)}"
    problem = Problem(
        where=where,
        path="approaches",
        expected="an approach that is asked or trained",
        got=listed(wrong) if wrong else "none",
        remedy=remedy,
    )
    raise RecipeError([problem])


def _examples(
    prepared: Prepared, split: str, rows: int, ids: Sequence[str], *, all_rows: bool, seed: int
) -> tuple[list[Example], list[tuple[str, str]]]:
    """The rows to look at, and those that were asked for and are not in use, with the reason."""
    pool = prepared.train if split == "train" else prepared.validation
    if ids:
        return _by_id(prepared, ids)
    if all_rows or len(pool) <= rows:
        return list(pool), []
    places = sorted(Random(derive(seed, "render")).sample(range(len(pool)), rows))
    return [pool[place] for place in places], []


def _by_id(prepared: Prepared, ids: Sequence[str]) -> tuple[list[Example], list[tuple[str, str]]]:
    open_rows = {example.id: example for example in (*prepared.train, *prepared.validation)}
    fates = {row.id: row for row in prepared.ledger}
    problems = [
        Problem(
            where="--row",
            expected="the id of an input row, such as " + repr(next(iter(fates), "tickets.csv:1")),
            got=repr(id),
            remedy="take the file's name, a colon and the row's number, from 1",
        )
        for id in ids
        if id not in fates
    ]
    if problems:
        raise UserError(problems)
    unused = [
        (id, "it is in the test set, which stays sealed" if fates[id].split == "test" else _fate(fates[id]))
        for id in ids
        if id not in open_rows
    ]
    return [open_rows[id] for id in ids if id in open_rows], unused


def _fate(row: data.LedgerRow) -> str:
    return f"{row.status.replace('_', ' ')}: {row.why}"


def _loses(one: Shown) -> bool:
    return bool(one.cut or one.dropped or one.left_out)


def _looked(name: str, some: Sequence[Shown]) -> Looked:
    return Looked(
        approach=name,
        rows=len(some),
        cut=sum(one.cut > 0 for one in some),
        dropped=sum(one.dropped > 0 for one in some),
        left_out=sum(bool(one.left_out) for one in some),
        tokens=sum(one.tokens for one in some),
        learnt=sum(one.learnt for one in some),
    )
