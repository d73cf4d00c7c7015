"""Rows of tasks that an approach learns beside the run's own, as its model will see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from metier.approaches.rendering import Shown, shown_rows
from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.approaches.tuning.together import others_of
from metier.core import Example, derive

_OF_THE_RUN = {"prompt": None, "retrieval": None, "augment": None, "tasks": None}
"""Parts of an approach that its other tasks have nothing of: each is asked in its own words."""
_OWN_ROWS = {"max_rows": None, "balance": None, "turns": "all", "too_long": "cut"}
"""Settings of ``weights`` that are about the run's own rows."""


def shown_beside(
    name: str,
    settings: ApproachSettings,
    validation: Sequence[Example],
    resources: Resources,
    *,
    split: str,
    rows: int | None,
) -> dict[str, list[Shown]]:
    """Some rows of each other task, by ``APPROACH/TASK``; empty where there are none.

    Args:
        name: of the approach.
        settings: its settings.
        validation: the run's own: what stands there is not learnt.
        resources: models, seed, the recipe's folder.
        split: ``train`` or ``validation``.
        rows: how many of each task, drawn by the seed. None: all.
    """
    if settings.weights is None:
        return {}
    alike = settings.model_copy(update={**_OF_THE_RUN, "weights": settings.weights.model_copy(update=_OWN_ROWS)})
    found: dict[str, list[Shown]] = {}
    for other in others_of(settings, validation, resources):
        pool = other.train if split == "train" else list(other.validation)
        if rows is not None and rows < len(pool):
            places = sorted(Random(derive(resources.seed, "render")).sample(range(len(pool)), rows))
            pool = [pool[place] for place in places]
        called = f"{name}/{other.name}"
        seen = shown_rows(called, alike, other.task, other.train, pool, resources)
        found[called] = [replace(one, id=f"{other.name}/{one.id}") for one in seen]
    return found
