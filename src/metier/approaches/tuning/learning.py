"""What a training minimises, put together from the recipe: the objective, what it compares with, what it prepares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from metier.approaches.resources import Resources
from metier.approaches.tuning.distilling import lesson
from metier.approaches.tuning.rows import Judged, Prepared
from metier.core import TrainingError, derive
from metier.core.artifacts import hash_value, read_json, write_json
from metier.core.names import listed
from metier.core.said import Said
from metier.models import Drawing, ModelSource
from metier.training import (
    OBJECTIVES,
    Anchored,
    Lesson,
    Moved,
    Objective,
    Plan,
    PreferenceSettings,
    ReinforceSettings,
    Rollouts,
    Row,
    Start,
    WeightsSettings,
    distillation_objective,
    preference_objective,
    reinforcement_objective,
    unpaired_objective,
    with_reference,
)

_REWARDED = "The training curve shows minus the mean reward: of drawn answers, and on validation of the likeliest ones."

_ONE_KIND = (
    "kto learns from good and from bad answers, and the training rows have one kind alone. Mark answers in a column "
    "'desirable' (true or false), give rejected answers in a column 'rejected', or choose another preference loss."
)


_OF_THE_START = (
    *("the model's files", "what it begins from", "device", "precision"),
    *("weights.method", "weights.init", "weights.new_tokens"),
)
"""What decides about the model at the start, of the facts of a training."""


class Learning(NamedTuple):
    """How a module is trained.

    Attributes:
        objective: the loss.
        plan: the training's, with what the objective needs around it.
        rows: what is learnt from, with what the model at the start thinks of it where the objective asks.
        validation: what is chosen by, likewise.
        notes: what the record should say of it, in sentences.
    """

    objective: Objective
    plan: Plan
    rows: list[Row]
    validation: list[Row]
    notes: tuple[str, ...] = ()


def learning(  # noqa: PLR0913 - one call, whose every argument is named where it is made
    module: Any,
    settings: WeightsSettings,
    source: ModelSource,
    plan: Plan,
    rows: Prepared,
    validation: Prepared,
    *,
    tokenizer: Any,
    resources: Resources,
    kept: Path | None = None,
) -> Learning:
    """What ``settings`` ask for.

    Args:
        module: prepared by its method, before any step.
        settings: resolved.
        source: the base.
        plan: with the method's course.
        rows: what is learnt from.
        validation: what is chosen by.
        tokenizer: the model's.
        resources: seed, device and reporter.
        kept: a folder for what is computed once before training, found there by the next one. None: nothing is kept.
    """
    replay = settings.replay
    start = Start(module) if _compares(settings) else None
    if start is not None and replay is not None and replay.l2:
        plan = replace(plan, course=Anchored(plan.course, start, replay.l2, new=source.profile.head))
    both = rows.rows, validation.rows
    if settings.preference:
        return _preferring(module, settings.preference, plan, both, resources, kept)
    if settings.reinforce and rows.judged:
        rollouts = _rollouts(settings.reinforce, rows.judged, start, plan, tokenizer, resources)
        plan = replace(plan, preparation=rollouts, repeats=settings.reinforce.updates)
        judged = reinforcement_objective(settings.reinforce, budget=rows.judged.tokens)
        return Learning(judged, plan, *both, notes=(*rows.judged.notes, Said(_REWARDED)))
    plain = plain_objective(settings, rows)
    if settings.distill and settings.distill.by == "logits":
        bound = lesson(settings.distill, plan, rows.rows[0], resources)
        return Learning(distillation_objective(bound), replace(plan, probe=plain), *both)
    if start is not None and replay is not None and replay.kl:
        bound = Lesson(start, soft=replay.kl, replayed_only=replay.replays)
        return Learning(distillation_objective(bound), replace(plan, probe=plain), *both)
    return Learning(plain, plan, *both)


def plain_objective(settings: WeightsSettings, rows: Prepared) -> Objective:
    """The loss of right answers, with what the rows bind and the recipe's smoothing."""
    smoothing = {"smoothing": settings.label_smoothing} if settings.label_smoothing else {}
    return partial(OBJECTIVES.get(rows.objective), **rows.bound, **smoothing)


def _preferring(
    module: Any,
    settings: PreferenceSettings,
    plan: Plan,
    both: tuple[list[Row], list[Row]],
    resources: Resources,
    kept: Path | None,
) -> Learning:
    unpaired = settings.loss == "kto"
    if unpaired and len({row.desirable for row in both[0]}) < 2:
        raise TrainingError(_ONE_KIND)
    objective = preference_objective(PreferenceSettings() if unpaired else settings)
    learnt, checked = both
    if settings.needs_reference:
        learnt, checked = (_referred(module, some, objective, plan, resources, kept) for some in both)
    if unpaired:
        moved = Moved(pad=plan.pad, tokens=plan.tokens_per_micro_batch)
        plan = replace(plan, probe=objective, preparation=moved)
        objective = unpaired_objective(settings)
    return Learning(objective, plan, learnt, checked)


def _referred(
    module: Any, rows: list[Row], objective: Objective, plan: Plan, resources: Resources, kept: Path | None
) -> list[Row]:
    """Rows with what the model at the start thinks of them, which no setting of the loss or of the steps changes."""
    start = {name: plan.facts.get(name) for name in _OF_THE_START}
    file = kept / f"reference-{hash_value([start, plan.layout, rows])[:12]}.json" if kept else None
    if file is not None and file.is_file():
        return [replace(row, reference=tuple(pair)) for row, pair in zip(rows, read_json(file), strict=True)]
    found = with_reference(module, rows, objective, plan, compute=resources.compute, reporter=resources.reporter)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_json(file, [row.reference for row in found])
    return found


def unestimated(settings: WeightsSettings | None) -> str:
    """Why a training cannot be measured beforehand on slices of its model; empty where it can."""
    if settings is None:
        return ""
    parts = {
        "reinforce": settings.reinforce is not None,
        "distill.by: logits": settings.distill is not None and settings.distill.by == "logits",
        "replay.kl": settings.replay is not None and settings.replay.kl > 0,
        "kto": settings.preference is not None and settings.preference.loss == "kto",
    }
    parts = [name for name, wanted in parts.items() if wanted]
    return f"Not estimated: there is no estimate yet for trainings with {listed(parts)}." if parts else ""


def _compares(settings: WeightsSettings) -> bool:
    """Whether the model at the start has a part in the loss of every step."""
    replay, reinforce = settings.replay, settings.reinforce
    return bool((replay and (replay.kl or replay.l2)) or (reinforce and reinforce.kl))


def _rollouts(
    settings: ReinforceSettings, judged: Judged, start: Start | None, plan: Plan, tokenizer: Any, resources: Resources
) -> Rollouts:
    def judge(ids: Sequence[str], answers: Sequence[tuple[int, ...]]) -> list[float]:
        texts = [str(tokenizer.decode(tokens, skip_special_tokens=True)).strip() for tokens in answers]
        return judged.rewards.of(ids, texts)

    drawing = Drawing(
        max_new_tokens=judged.tokens, pad=plan.pad, temperature=settings.temperature, stops=tuple(judged.stops)
    )
    return Rollouts(
        settings,
        drawing,
        judge,
        start=start if settings.kl else None,
        seed=derive(resources.seed, "reinforce"),
        tokens=plan.tokens_per_micro_batch,
        reporter=resources.reporter,
    )
