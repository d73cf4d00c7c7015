"""How much a result owes to the luck of its wording: the same approach, asked in other words that mean the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np

from metier.approaches.prompting.asking import PromptedSystem
from metier.approaches.prompting.asking_hosted import HostedSystem
from metier.approaches.prompting.trials import Trial, attempt, metric_of, worth
from metier.core import Example, Sensitivity, Silent, Task, derive, say, step
from metier.core.tasks import form_of
from metier.prompts import PHRASINGS, Calibration, Prompt, PromptSettings, compose

OTHER_WORDINGS = 8
ROWS = {True: 32, False: 12}
"""Validation rows that each wording is tried on, unless the recipe says otherwise: one label; what is written."""
LEAST = 8
"""Fewer validation rows say nothing of wordings, unless the recipe asks for so few."""
AS_ASKED = "as asked"
_SHUFFLES = 500


def sensitivity(
    system: PromptedSystem | HostedSystem, validation: Sequence[Example], *, trained: bool
) -> Sensitivity | None:
    """Ask in other words, with the same demonstrations and label words.

    Args:
        system: as it was built.
        validation: rows are drawn from these.
        trained: whether its weights were trained with its prompt.

    Returns:
        what came of it; None where the recipe says 0 rows, or there are too few.
    """
    task, rows = system.task, list(validation)
    count = rows_tried(system.settings, task, len(rows))
    if not count:
        if system.settings.sensitivity != 0:
            told = f"  other wordings are not tried: {len(rows)} validation rows say nothing of them"
            say(system.resources.reporter, told)
        return None
    if len(rows) > count:
        rows = Random(derive(system.resources.seed, "sensitivity")).sample(rows, count)
    prompts = _wordings(system, trained=trained)
    quiet = replace(system.resources, reporter=Silent())
    items: dict[str, Any] = {}
    spent = Trial()
    with step(system.resources.reporter, "other wordings", len(prompts), unit="wordings") as bar:
        for name, prompt in prompts.items():
            asked = replace(system, prompt=prompt, resources=quiet, calibration=Calibration.identity(len(task.labels)))
            trial = attempt(asked, rows, task)
            items[name] = worth(trial, rows, task, calibrated=system.settings.calibrate != "none").items
            spent = spent + replace(trial, scores=(), values=())
            bar.advance()
    values = {name: float(item.mean()) for name, item in items.items()}
    return Sensitivity(
        metric=metric_of(task),
        rows=len(rows),
        wordings={name: round(value, 4) for name, value in values.items()},
        spread=round(max(values.values()) - min(values.values()), 4),
        by_chance=round(spread_by_chance(np.array([*items.values()]), seed=system.resources.seed), 4),
        tokens_in=spent.tokens_in,
        tokens_out=spent.tokens_out,
        seconds=round(spent.seconds, 2),
    )


def rows_tried(asked: PromptSettings, task: Task, validation: int) -> int:
    """Rows that each wording is tried on, of so many for validation; 0 where these are too few.

    The recipe's number, else :data:`ROWS`.
    """
    wanted = ROWS[form_of(task.kind).chooses] if asked.sensitivity is None else asked.sensitivity
    return min(wanted, validation) if validation >= min(LEAST, wanted) else 0


def _wordings(system: PromptedSystem | HostedSystem, *, trained: bool) -> Mapping[str, Prompt]:
    """The prompt as it is, and eight others (fewer only where phrasings come out the same)."""
    found = {AS_ASKED: system.prompt}
    for phrasing in PHRASINGS:
        prompt = compose(
            system.task,
            instruction=system.settings.instruction,
            list_labels=system.settings.list_labels,
            label_words=system.prompt.label_words,
            trained=trained,
            question=system.settings.question,
            phrasing=phrasing,
            thinks=system.prompt.thinks,
        )
        if prompt not in found.values() and len(found) <= OTHER_WORDINGS:
            found[phrasing.name] = prompt
    return found


def spread_by_chance(items: Any, *, seed: int) -> float:
    """The spread to expect if all wordings were equally good: each row's values dealt anew among the wordings.

    Args:
        items: value of each row under each wording, [wordings, rows].
        seed: of the dealing.
    """
    random = np.random.default_rng(derive(seed, "spread"))
    spreads = []
    for _ in range(_SHUFFLES):
        means = random.permuted(items, axis=0).mean(axis=1)
        spreads.append(means.max() - means.min())
    return float(np.mean(spreads))
