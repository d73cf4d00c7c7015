"""``metier check``: what can be known before running."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from metier import approaches, data, evaluation
from metier.comparison.choosing import choose_approaches, panel_lines
from metier.comparison.metrics import chosen_metrics
from metier.comparison.problems import check, resources_for
from metier.comparison.recipe import load_recipe
from metier.comparison.running import everything, ledger_lines
from metier.core import Silent
from metier.core.artifacts import plain


class Checked(NamedTuple):
    """What a run of the recipe would do.

    Attributes:
        task: the task, resolved.
        summary: what the data room found: evidence, totals, splits, warnings.
        approaches: name to the reason why it would not run; empty where it would.
        resolvable_gap: the difference that the test set can resolve, in the metric's unit.
        lines: all of this as a person reads it.
    """

    task: Any
    summary: Any
    approaches: dict[str, str]
    resolvable_gap: float
    lines: list[str]


def check_recipe(recipe: Path, *, overrides: Sequence[str] = ()) -> Checked:
    """Read a recipe and its data, split it in memory, and train nothing.

    Raises:
        RecipeError: the recipe is wrong.
        DataError: the data is not as it says.
    """
    loaded = load_recipe(recipe, overrides)
    check(loaded, where=str(recipe))
    settings = loaded.recipe
    prepared = data.audited(data.prepare(settings.task, settings.data, folder=loaded.folder, seed=settings.seed))
    loaded, panel = choose_approaches(loaded, prepared.task, prepared.train, prepared.validation)
    check(loaded, where=str(recipe), task=prepared.task)
    settings = loaded.recipe
    metrics = chosen_metrics(settings, prepared.task, folder=loaded.folder)
    resources = resources_for(loaded, Silent())
    named = everything(loaded, prepared.task)
    reasons = {name: approaches.applies(name, each, prepared.task, resources) for name, each in named.items()}
    gap = evaluation.resolvable_gap(len(prepared.test), confidence=settings.evaluate.confidence)
    summary: Any = plain(prepared.summary)
    lines = ["What the data is", *(f"  {sentence}" for sentence in summary["evidence"]), "", "What happens to it"]
    lines += ledger_lines(summary)
    lines += [f"  ! {sentence}" for sentence in summary["warnings"]]
    lines += ["", "What deserves a look", *(data.finding_lines(summary["findings"]) or ["  nothing was found"])]
    lines += [
        "",
        "What would run",
        f"  task      {prepared.task.kind}, measured by {', '.join(m.name for m in metrics)}",
    ]
    lines += [f"  {name:<18}{f'not: {why}' if why else 'yes'}" for name, why in reasons.items()]
    lines += panel_lines(panel) if panel else []
    points = f"{100 * gap:.1f} points"
    lines += ["", f"The {len(prepared.test)} test rows can tell apart differences of about {points}; less is a tie."]
    return Checked(plain(prepared.task), summary, reasons, gap, lines)
