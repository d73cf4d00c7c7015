"""``metier check``: what can be known before running."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from metier import approaches, data
from metier.approaches.estimating import Known
from metier.comparison import wording
from metier.comparison.planning.choosing import choose_approaches, panel_lines
from metier.comparison.planning.estimating import Expected, details, expect, table, totals_of
from metier.comparison.planning.hosted_questions import Asked, hosted_questions
from metier.comparison.planning.hosted_questions import lines as table_of
from metier.comparison.planning.power import foreseen
from metier.comparison.planning.preparing import audit_data, document_lines, documents_of, ledger_lines, read_data
from metier.comparison.planning.problems import check
from metier.comparison.recipe import load_recipe
from metier.comparison.resources import resources_for
from metier.comparison.running import everything
from metier.comparison.scoring.metrics import chosen_metrics
from metier.core import Reporter, Silent
from metier.core.artifacts import plain


class Checked(NamedTuple):
    """What a run of the recipe would do.

    Attributes:
        task: the task, resolved.
        summary: what the data room found: evidence, totals, splits, warnings.
        approaches: name to the reason why it would not run; empty where it would.
        resolvable_gap: the difference that the test set can resolve; None where the primary metric is no share, so
            that it is not known before anything has run.
        expected: name to what the approach will take; empty without estimates.
        totals: of these, the largest memory and the sums of time and money; empty without estimates.
        hosted: what hosted models would be asked, by whom and for how much, at most; empty where none is.
        lines: all of this as a person reads it.
    """

    task: Any
    summary: Any
    approaches: dict[str, str]
    resolvable_gap: float | None
    expected: dict[str, Expected]
    totals: dict[str, Any]
    hosted: list[Asked]
    lines: list[str]


def check_recipe(
    recipe: Path, *, overrides: Sequence[str] = (), estimates: bool = False, reporter: Reporter | None = None
) -> Checked:
    """Read a recipe and its data, split it in memory, and train nothing.

    Args:
        recipe: the YAML file.
        overrides: ``a.b=value`` entries that replace settings of the recipe.
        estimates: also say what each approach will take in memory, time and money on this machine; a few seconds each.
        reporter: told of the progress of estimates. None: nobody.

    Raises:
        RecipeError: the recipe is wrong.
        DataError: the data is not as it says.
    """
    loaded = load_recipe(recipe, overrides)
    check(loaded, where=str(recipe))
    documents = documents_of(loaded)
    prepared = audit_data(loaded, read_data(loaded), documents=documents)
    loaded, panel = choose_approaches(loaded, prepared.task, prepared.train, prepared.validation)
    check(loaded, where=str(recipe), read=prepared)
    settings = loaded.recipe
    metrics = chosen_metrics(settings, prepared.task, folder=loaded.folder)
    resources = resources_for(loaded, Silent())
    named = everything(loaded, prepared.task)
    reasons = {name: approaches.applies(name, each, prepared.task, resources) for name, each in named.items()}
    compared = len([name for name, why in reasons.items() if not why])
    confidence = settings.evaluate.confidence
    power = foreseen(prepared.summary, metrics[0], approaches=compared, confidence=confidence)
    summary: Any = plain(prepared.summary)
    lines = ["What the data is", *(f"  {sentence}" for sentence in summary["evidence"]), "", "What happens to it"]
    lines += ledger_lines(summary)
    lines += [f"  ! {sentence}" for sentence in summary["warnings"]]
    if documents is not None:
        lines += ["", "What the documents are", *document_lines(documents, prepared.validation or prepared.train)]
    lines += ["", "What deserves a look", *(data.finding_lines(summary["findings"]) or ["  nothing was found"])]
    lines += [
        "",
        "What would run",
        f"  task      {prepared.task.kind}, measured by {', '.join(m.name for m in metrics)}",
    ]
    found: dict[str, Expected] = {}
    timed = settings.evaluate
    known = Known(
        prepared.task,
        prepared.train,
        prepared.validation,
        len(prepared.test),
        latency_queries=timed.latency_queries,
        load_queries=timed.load_queries,
    )
    if estimates:
        found = expect(named, known, settings, resources, reporter or Silent())
        lines += ["", "What it would take on this machine", *table(found, reasons, currency=settings.prices.currency)]
        lines += details(found)
    else:
        lines += [f"  {name:<18}{f'not: {why}' if why else 'yes'}" for name, why in reasons.items()]
    lines += panel_lines(panel) if panel else []
    applying = {name: each for name, each in named.items() if not reasons[name]}
    hosted = hosted_questions(applying, known, settings, resources, loaded.folder)
    asked = table_of(hosted, settings.prices.currency)
    lines += ["", "What hosted models would be asked, at most", *asked] if asked else []
    apart = power.resolves or "are sealed"
    apart += "" if power.gap is None or wording.resolves_nothing(power.gap, wording.SHARE) else "; less is a tie"
    lines += ["", f"The {power.rows} test rows{power.of_groups} {apart}."]
    totals = totals_of(found, hosted) if found else {}
    return Checked(plain(prepared.task), summary, reasons, power.gap, found, totals, hosted, lines)
