"""What an approach reads beside the run's data: a change of it must make the approach anew."""

from __future__ import annotations

from pathlib import Path

from metier.approaches.grounding import more_questions
from metier.approaches.settings import ApproachSettings
from metier.approaches.sweeping.space import applied
from metier.approaches.tuning import augmenting, distilling, replaying, rewards, together


def outside_inputs(settings: ApproachSettings, *, folder: Path, model: str) -> list[str]:
    """Hashes of the files that an approach's settings name, and those that its sweep may put in their place.

    Args:
        settings: of the approach, checked.
        folder: where relative paths start.
        model: the recipe's.
    """
    spans = settings.sweep.over if settings.sweep else {}
    others = [applied(settings, {path: one}) for path, span in spans.items() if isinstance(span, list) for one in span]
    return list(dict.fromkeys(name for one in (settings, *others) for name in _inputs(one, model, folder)))


def _inputs(settings: ApproachSettings, model: str, folder: Path) -> list[str]:
    asked = more_questions.inputs(settings.retrieval, folder)
    if settings.weights is None:
        return asked
    weights = settings.weights
    return [
        *asked,
        *replaying.inputs(weights.replay, folder),
        *rewards.inputs(settings.rewards, folder),
        *distilling.inputs(weights.distill, folder),
        *augmenting.inputs(settings.augment, folder, model),
        *together.inputs(settings.tasks, folder),
    ]
