"""Training rows with their right passage among distracting ones (RAFT, Zhang et al. 2024).

What a search finds for a training row is often only right passages, or only wrong ones: weights trained on that learn
to copy, or to ignore what they are given. Here most rows see their right passage among the wrong ones that the search
ranks highest, in an order of chance, and the others see wrong ones alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import NamedTuple

from metier.approaches.grounding.context import Grounding
from metier.approaches.grounding.gold import right_passages, wrong_passages
from metier.core import Example, Passage, Task, derive
from metier.core.said import Said
from metier.core.tasks import form_of
from metier.retrieval import RaftSettings, RetrievalSettings


class Distracted(NamedTuple):
    """Training rows with what they see.

    Attributes:
        rows: in their order.
        note: a sentence for the record.
    """

    rows: tuple[Example, ...]
    note: str


def distracted(
    grounding: Grounding, rows: Sequence[Example], task: Task, *, column: str | None, seed: int
) -> Distracted:
    """Give rows whose right passages are known these among distracting ones, or distracting ones alone.

    Args:
        grounding: over the documents, with ``raft`` in its settings.
        rows: solved rows with the passages that were found for them; where the right ones are not known, these stay.
        task: of the rows.
        column: names the right documents of a row; None: they are not known.
        seed: draws for each row by its id, whatever the other rows are.
    """
    settings, index = grounding.settings, grounding.index
    raft, answers = settings.raft, form_of(task.kind).free_text
    assert raft is not None, "the caller looked"
    right = right_passages(index, rows, column=column, answers=answers)
    wrong = wrong_passages(index, rows, right, column=column, answers=answers)
    told: Counter[str] = Counter()
    changed: list[Example] = []
    for row, gold, others in zip(rows, right, wrong, strict=True):
        if not gold:
            told["unknown"] += 1
            changed.append(row)
            continue
        draw = Random(derive(seed, "raft", row.id))
        if draw.random() < raft.right or not others:
            told["among"] += 1
            seen = [*gold, *others][: settings.k]
            draw.shuffle(seen)
            changed.append(replace(row, passages=tuple(seen)))
        else:
            told["alone"] += 1
            changed.append(_without(row, others[: settings.k], settings, raft))
    return Distracted(tuple(changed), _note(told, raft))


def _without(row: Example, others: Sequence[Passage], settings: RetrievalSettings, raft: RaftSettings) -> Example:
    target = settings.abstain if raft.otherwise == "abstain" else row.target
    return replace(row, passages=tuple(others), target=target)


def _note(told: Counter[str], raft: RaftSettings) -> str:
    abstain, answer = Said("they learn to say that it is not there"), Said("they learn their answer")
    return Said(
        "Training rows with the right passage among distracting ones: %(among)s; with distracting ones alone: "
        "%(alone)s (%(others)s); with what was found, as the right one is not known: %(unknown)s.",
        among=f"{told['among']:,}",
        alone=f"{told['alone']:,}",
        others=abstain if raft.otherwise == "abstain" else answer,
        unknown=f"{told['unknown']:,}",
    )
