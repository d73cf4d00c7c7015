"""What holds the answers of a System with retrieval back: the retriever, its use of the context, or the generator.

The same validation rows are answered four times: without passages; with those found; with the right ones first among
those found, as a perfect retriever would hand them over; and with the right ones alone. What an answer gains from
one to the next is what the part between them costs, and what is missing at the end is the generator's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import numpy as np

from metier.approaches.grounding.gold import right_passages
from metier.approaches.prompting.asking import PromptedSystem
from metier.approaches.prompting.asking_hosted import HostedSystem
from metier.approaches.prompting.trials import Trial, attempt, metric_of, worth
from metier.core import Example, Passage, Score, Silent, Task, derive, step
from metier.core.said import Said, joined
from metier.core.tasks import form_of
from metier.prompts import Calibration
from metier.retrieval import RetrievalSettings

ROWS = {True: 32, False: 24}
"""Validation rows that are asked, unless the recipe says otherwise: one label; what is written."""
WAYS = ("none", "found", "right first", "right alone")
"""What a row is answered with, from one run to the next."""
PARTS = ("retriever", "context use", "generator")
_RESAMPLES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Oracles:
    """What the four runs showed.

    Attributes:
        metric: what was measured, on validation.
        rows: how many rows were asked; their right passages are known.
        unknown: validation rows whose right passages are not known.
        values: the value by what the rows were answered with (:data:`WAYS`).
        lost: what each part costs (:data:`PARTS`), with the 95% interval of the paired difference; together with the
            value of ``found`` they make 1.
        holds_back: the part that costs most; None where nothing is lost.
        tokens_in: tokens read for this.
        tokens_out: tokens written for this.
        seconds: wall time of this.
    """

    metric: str
    rows: int
    unknown: int
    values: Mapping[str, float]
    lost: Mapping[str, Score]
    holds_back: str | None
    tokens_in: int
    tokens_out: int
    seconds: float

    def __str__(self) -> str:
        """A sentence for a person."""
        none, found, first, alone = (self.values[way] for way in WAYS)
        told = Said(
            "Validation (%(rows)s rows, %(metric)s): %(none)s without passages, %(found)s with those found, %(first)s "
            "with the right ones first among them, %(alone)s with the right ones alone.",
            rows=str(self.rows),
            metric=self.metric,
            none=f"{none:.3f}",
            found=f"{found:.3f}",
            first=f"{first:.3f}",
            alone=f"{alone:.3f}",
        )
        if self.holds_back is None:
            return told
        lost = self.lost[self.holds_back]
        most = Said(
            "What holds the answers back most is %(part)s: %(points)s points (%(low)s to %(high)s) of the %(missing)s "
            "that are missing.",
            part=Said(f"the {self.holds_back}"),
            points=f"{100 * lost.value:.1f}",
            low=f"{100 * lost.low:.1f}",
            high=f"{100 * lost.high:.1f}",
            missing=f"{100 * (1 - found):.1f}",
        )
        return joined([told, most])


def ask_oracles(
    system: PromptedSystem | HostedSystem, validation: Sequence[Example], *, column: str | None
) -> Oracles | None:
    """Answer validation rows with none, the found and the right passages.

    Args:
        system: as it was built, with a grounding.
        validation: solved rows with the passages that were found for them.
        column: names the right documents of a row; None: they are not known.

    Returns:
        what came of it; None where the recipe says 0 rows, or no row's right passages are known.
    """
    grounding, task = system.grounding, system.task
    if grounding is None or not validation or not (most := rows_asked(grounding.settings, task)):
        return None
    shuffled = Random(derive(system.resources.seed, "oracles")).sample(list(validation), len(validation))
    right = right_passages(grounding.index, shuffled, column=column, answers=form_of(task.kind).free_text)
    known = [(example, gold) for example, gold in zip(shuffled, right, strict=True) if gold]
    asked = known[:most]
    if not asked:
        return None
    items: dict[str, Any] = {}
    spent = Trial()
    quiet = replace(
        system,
        resources=replace(system.resources, reporter=Silent()),
        calibration=Calibration.identity(len(task.labels)),
    )
    with step(system.resources.reporter, "oracle passages", len(WAYS), unit="runs") as bar:
        for way in WAYS:
            rows = [
                replace(example, passages=_given(way, example, gold, grounding.settings.k)) for example, gold in asked
            ]
            asker = replace(quiet, grounding=None) if way == "none" else quiet
            trial = attempt(asker, rows, task)
            items[way] = worth(trial, rows, task, calibrated=system.settings.calibrate != "none").items
            spent = spent + replace(trial, scores=(), values=())
            bar.advance()
    lost = _lost(items, seed=system.resources.seed)
    worst = max(PARTS, key=lambda part: lost[part].value)
    return Oracles(
        metric=metric_of(task),
        rows=len(asked),
        unknown=len(shuffled) - len(known),
        values={way: round(float(item.mean()), 4) for way, item in items.items()},
        lost=lost,
        holds_back=worst if lost[worst].value > 0 else None,
        tokens_in=spent.tokens_in,
        tokens_out=spent.tokens_out,
        seconds=round(spent.seconds, 2),
    )


def rows_asked(settings: RetrievalSettings, task: Task) -> int:
    """Validation rows that are answered so, where there are so many: the recipe's number, else :data:`ROWS`."""
    return ROWS[form_of(task.kind).chooses] if settings.oracles is None else settings.oracles


def _given(way: str, example: Example, right: tuple[Passage, ...], k: int) -> tuple[Passage, ...]:
    """The passages of a row in one of the runs."""
    if way == "none":
        return ()
    if way == "found":
        return example.passages
    right = right[:k]
    if way == "right alone":
        return right
    names = {passage.id for passage in right}
    return (*right, *(passage for passage in example.passages if passage.id not in names))[: max(k, len(right))]


def _lost(items: Mapping[str, Any], *, seed: int) -> dict[str, Score]:
    """What each part costs, a row's values taken together: paired bootstrap, percentiles."""
    parts = {
        "retriever": items["right first"] - items["found"],
        "context use": items["right alone"] - items["right first"],
        "generator": 1 - items["right alone"],
    }
    random = np.random.default_rng(derive(seed, "oracles"))
    places = random.integers(0, len(items["found"]), (_RESAMPLES, len(items["found"])))
    lost: dict[str, Score] = {}
    for part, values in parts.items():
        low, high = np.percentile(values[places].mean(axis=1), [2.5, 97.5])
        value = float(values.mean())
        lost[part] = Score(value=round(value, 4), low=round(min(low, value), 4), high=round(max(high, value), 4))
    return lost
