"""What made rows, other tasks, balanced or chosen rows are worth: an approach beside the same one without them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from metier import evaluation
from metier.approaches import ApproachSettings
from metier.comparison.recipe import Recipe

PARTS = ("augment", "tasks", "weights.balance", "weights.select", "weights.replay", "weights.distill")
"""Settings whose worth is told where an approach without them stands beside the one with them."""


def worth(recipe: Recipe, measured: Mapping[str, evaluation.Measured], metric: str) -> list[dict[str, Any]]:
    """Paired differences on the test set, with intervals, of approaches that differ in one of :data:`PARTS` alone.

    Args:
        recipe: gives the approaches' settings, confidence and seed.
        measured: the approaches that are done.
        metric: name of the primary metric.

    Returns:
        one entry for each such pair: ``approach``, ``without``, ``part``, ``difference``, ``low``, ``high``, ``p``
        (times the number of pairs) and ``significant``.
    """
    known = {name: recipe.approaches[name] for name in measured if name in recipe.approaches}
    pairs = [
        (name, other, part)
        for part in PARTS
        for name, settings in known.items()
        if (plain := _without(settings, part)) != settings
        for other in [next((one for one, its in known.items() if its == plain), None)]
        if other is not None
    ]
    found: list[dict[str, Any]] = []
    for name, other, part in pairs:
        compared = evaluation.compare_pair(
            measured[name],
            measured[other],
            metric,
            tests=len(pairs),
            confidence=recipe.evaluate.confidence,
            seed=recipe.seed,
        )
        value = compared.difference
        found.append(
            {"approach": name, "without": other, "part": part}
            | {"difference": value.value, "low": value.low, "high": value.high}
            | {"p": compared.p, "significant": compared.significant}
        )
    return found


def _without(settings: ApproachSettings, part: str) -> ApproachSettings:
    """The same settings with a part as it is when nobody names it."""
    if part in ("augment", "tasks"):
        return settings.model_copy(update={part: None})
    weights, name = settings.weights, part.removeprefix("weights.")
    if weights is None:
        return settings
    default = type(weights).model_fields[name].default
    return settings.model_copy(update={"weights": weights.model_copy(update={name: default})})
