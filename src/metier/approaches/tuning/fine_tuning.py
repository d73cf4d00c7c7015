"""Training for an approach: from what it begins with to ``weights/``, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from metier.approaches.resources import Resources
from metier.approaches.tuning.beforehand import beforehand
from metier.approaches.tuning.beginning import Beginning
from metier.approaches.tuning.distilling import teacher_facts
from metier.approaches.tuning.formats import base_compute
from metier.approaches.tuning.learning import Learning, learning, plain_objective, unestimated
from metier.approaches.tuning.micro_batch import fitting_micro_batch
from metier.approaches.tuning.replaying import Keeping
from metier.approaches.tuning.rows import LONGEST, Prepared
from metier.core import Forgetting, TrainingCurve, derive
from metier.core.artifacts import check_manifest, hash_value, plain, read_json, staged_folder, write_json
from metier.core.said import sentence, sentences, with_messages
from metier.models import ModelSource, num_parameters
from metier.models.slicing.slices import Outputs
from metier.training import (
    METHODS,
    Course,
    HeadRate,
    Objective,
    Plan,
    Scaled,
    Trained,
    WeightsSettings,
    base_with,
    disk_errors,
    in_head,
    more_epochs,
    preference_objective,
    put_adapter,
    read_once,
    renew_head,
    scale_back,
    stands_on,
    train,
    trainable,
    untrained,
    with_epochs,
)
from metier.training.estimating.fitting import most_tokens
from metier.training.estimating.probing import Setup

_OF_THE_MACHINE = ("checkpoint_seconds", "tokens_per_micro_batch")
"""Settings that may change while a training is unfinished: the result does not depend on them."""


class Aim(NamedTuple):
    """An objective of the caller's own.

    Attributes:
        objective: the loss.
        facts: what the weights depend on besides, by the name that a user knows it by.
    """

    objective: Objective
    facts: Mapping[str, Any]


class Tuned(NamedTuple):
    """A finished training, as ``weights/training.json`` keeps it.

    ``rows`` counts the training rows that the weights have learnt from, earlier trainings included.
    """

    curve: TrainingCurve
    seconds: float
    trainable_parameters: int
    total_parameters: int
    settings: WeightsSettings
    layout: str
    notes: tuple[str, ...]
    rows: int
    forgetting: Forgetting | None = None


def window(settings: WeightsSettings, max_tokens: int) -> int:
    """Longest row to train on: the recipe's or 2048, within what a soft prompt leaves of the model's window."""
    return min(settings.max_length or LONGEST, max_tokens - (settings.virtual_tokens or 0))


def tune(  # noqa: PLR0913 - one call, whose every argument is named where it is made
    load: Callable[[], Any],
    tokenizer: Any,
    rows: Prepared,
    validation: Prepared,
    begun: Beginning,
    *,
    resources: Resources,
    folder: Path,
    answers: Sequence[str] = (),
    aim: Aim | None = None,
    finish: Callable[[Any], Sequence[str]] | None = None,
) -> Tuned:
    """Train, and save the weights in the Hugging Face or PEFT layout under ``folder/weights``.

    A finished training with the same key is taken as it is; an unfinished one goes on from its newest checkpoint.

    Args:
        load: gives the fresh base module; called after the seed is set, so that new heads start the same.
        tokenizer: saved beside the weights.
        rows: what to learn from.
        validation: what to choose by.
        begun: settings, base and earlier weights, from :func:`metier.approaches.tuning.starting.beginning`.
        resources: seed, device, reporter.
        folder: the approach's folder.
        answers: what the outputs of an encoder's head stand for; empty for causal models.
        aim: what to train for. None: the objective of the settings and the model's family.
        finish: what is done to the trained module before it is saved, and gives sentences for the record. An encoder's
            head that it changes begins anew.
    """
    import torch

    rows.require_some()
    source = begun.source
    settings = with_epochs(begun.settings, source.profile.family, len(rows.rows))
    longer = more_epochs(begun.settings, settings, source.profile.family)
    begun = begun._replace(settings=settings)
    keeping = Keeping(settings.replay, tokenizer, resources, rows=len(rows.rows))
    facts = {**_facts(begun, rows, validation, resources, answers), **keeping.facts, **(aim.facts if aim else {})}
    key = hash_value(facts)
    target = folder / "weights"
    if check_manifest(target) is None and (done := read_json(target / "training.json"))["key"] == key:
        return _from_json(done)

    torch.manual_seed(derive(resources.seed, "init"))
    method, checkpoints = METHODS.get(settings.method), folder / "checkpoints"
    pad = tokenizer.pad_token_id
    plan = _plan(settings, resources, pad, facts)
    written = beforehand(folder) / f"written-{hash_value([source.fingerprint, resources.compute])[:12]}.json"
    keep_head = finish is None and begun.keeps_head(answers)
    module, base = _module(lambda: keeping.met(load(), plan, written), begun, keep_head=keep_head)
    if method.look:
        method.look(module, settings, rows.rows, pad)
    if aim is None and not unestimated(settings):  # else there is nothing to measure
        compute = base_compute(settings, resources.compute, source.profile.family)
        encoder = source.profile.family == "encoder"
        outputs = _outputs(module, rows) if encoder else None
        goal = objective_of(settings, rows)
        setup = Setup(source, compute, settings, goal, pad, resources.seed, outputs, rows.padded)
        plan = replace(plan, tokens_per_micro_batch=fitting_micro_batch(module, setup, rows.rows, resources.reporter))
    plan = replace(plan, course=_course(module, settings, source), padded=rows.padded)
    learnt = (
        Learning(aim.objective, plan, rows.rows, validation.rows)
        if aim
        else learning(
            module,
            settings,
            source,
            plan,
            rows,
            validation,
            tokenizer=tokenizer,
            resources=resources,
            kept=beforehand(folder),
        )
    )
    trained, scaled = _trained(module, base, learnt, keeping, settings, resources, checkpoints)
    forgetting, notes = keeping.found(module, plan)
    finished = finish(module) if finish else ()
    trained = replace(trained, notes=(*trained.notes, *learnt.notes, *filter(None, [longer]), *notes, *finished))
    done = _as_json(trained, num_parameters(module), settings, key) | {
        "rows": max(rows.learnt if settings.epochs else 0, begun.rows),
        "answers": answers,
        "new_tokens": begun.new_tokens,
        "base_fingerprint": source.fingerprint,
        "below": stands_on(source.path, target) if begun.on_earlier_model and not method.whole else None,
        "scale": scaled._asdict() if scaled else None,
        "forgetting": forgetting,
    }
    with disk_errors(), staged_folder(target) as stage:
        method.save(module, settings, stage)
        (stage / "README.md").unlink(missing_ok=True)  # PEFT's empty model card
        tokenizer.save_pretrained(stage)
        write_json(stage / "training.json", done)
    return _from_json(done)


def _trained(
    module: Any,
    base: Mapping[str, Any],
    learnt: Learning,
    keeping: Keeping,
    settings: WeightsSettings,
    resources: Resources,
    checkpoints: Path,
) -> tuple[Trained, Scaled | None]:
    """Train ``module`` in place, and go back part of the way where the settings say so."""
    around: Any = {"compute": resources.compute, "reporter": resources.reporter}
    objective, plan = learnt.objective, learnt.plan
    if settings.epochs:
        rows = keeping.mixed(learnt.rows)
        once = METHODS.get(settings.method).reads_once and not plan.neftune
        reading = read_once(module, [*rows, *learnt.validation], plan, **around) if once else nullcontext()
        with reading:
            trained = train(module, objective, rows, learnt.validation, plan, folder=checkpoints, **around)
    else:
        module.to(resources.compute.device).eval()
        trained = untrained(module)
    if not settings.scales:
        return trained, None
    scaled = scale_back(module, base, settings.scales, objective, learnt.validation, plan, **around)
    return replace(trained, notes=(*trained.notes, str(scaled))), scaled


class _Module(NamedTuple):
    """A module to train, and what those of its parameters that can be scaled are where nothing has been learnt."""

    module: Any
    base: dict[str, Any]


def _module(load: Callable[[], Any], begun: Beginning, *, keep_head: bool) -> _Module:
    """The module with earlier weights in it."""
    method, profile, origin = METHODS.get(begun.settings.method), begun.source.profile, begun.origin
    module = load()
    if origin and origin.whole and profile.family == "encoder" and not keep_head:
        renew_head(module, profile)
    if origin and not origin.whole and method.whole:
        module = base_with(module, origin, profile, keep_head=keep_head)
    module = method.prepare(module, begun.settings, profile)
    scaled = method.scales if begun.settings.scales else None
    base = (
        {name: p for name, p in trainable(module).items() if scaled(name) and not in_head(name, profile)}
        if scaled
        else {}
    )
    if origin and not origin.whole and not method.whole:
        put_adapter(module, origin, profile, keep_head=keep_head)
    return _Module(module, base)


def _course(module: Any, settings: WeightsSettings, source: ModelSource) -> Course:
    """The method's course, with the head at a rate of its own where the settings say so."""
    course, rate = METHODS.get(settings.method).course(module, settings), settings.head_learning_rate
    if rate is None:
        return course
    assert settings.learning_rate
    return HeadRate(course, rate / settings.learning_rate, lambda name: in_head(name, source.profile))


def _outputs(module: Any, rows: Prepared) -> Outputs:
    """The head of an encoder that is to be trained."""
    if rows.objective == "masked":
        return Outputs(0, words=True)
    return Outputs(module.config.num_labels, bool(rows.rows[0].tags))


def objective_of(settings: WeightsSettings, rows: Prepared) -> Objective:
    """The loss that settings and rows ask for."""
    return preference_objective(settings.preference) if settings.preference else plain_objective(settings, rows)


def _facts(
    begun: Beginning, rows: Prepared, validation: Prepared, resources: Resources, answers: Sequence[str]
) -> dict[str, Any]:
    """All that the weights depend on, by the name that a user knows it by."""
    settings, source = begun.settings, begun.source
    said = plain(settings) | teacher_facts(settings.distill, resources.recipe_folder)
    deciding = {f"weights.{name}": value for name, value in said.items() if name not in _OF_THE_MACHINE}
    earlier = {"what it begins from": [begun.origin.fingerprint, answers]} if begun.origin else {}
    return {
        "model": source.name,
        "the model's files": source.fingerprint,
        **deciding,
        **earlier,
        "seed": resources.seed,
        "device": resources.compute.device,
        "precision": resources.compute.dtype,
        "training rows": len(rows.rows),
        "what is trained on": hash_value(rows.rows),
        "what is validated on": hash_value(validation.rows),
        **({"rewards": hash_value(rows.judged.rewards.facts)} if rows.judged else {}),
    }


def _plan(settings: WeightsSettings, resources: Resources, pad: int, facts: dict[str, Any]) -> Plan:
    assert settings.learning_rate
    assert settings.epochs is not None
    assert settings.batch_size
    return Plan(
        learning_rate=settings.learning_rate,
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        warmup=settings.warmup,
        weight_decay=settings.weight_decay,
        clip=settings.clip,
        patience=settings.patience,
        checkpoint_seconds=settings.checkpoint_seconds,
        tokens_per_micro_batch=most_tokens(settings, resources.compute.device),
        order=settings.order,
        layout=settings.wanted_layout,
        neftune=settings.neftune,
        seed=resources.seed,
        pad=pad,
        facts=facts,
        force=resources.force,
    )


def _as_json(trained: Trained, total: int, settings: WeightsSettings, key: str) -> dict[str, Any]:
    return {
        "key": key,
        "curve": trained.curve,
        "seconds": trained.seconds,
        "trainable_parameters": trained.trainable_parameters,
        "total_parameters": total,
        "settings": settings,
        **with_messages({"layout": trained.layout, "notes": trained.notes}),
    }


def _from_json(done: dict[str, Any]) -> Tuned:
    curve, settings, forgetting = done["curve"], done["settings"], done.get("forgetting")
    if isinstance(curve, dict):
        fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in curve.items()}
        curve = TrainingCurve(**fields)
    return Tuned(
        curve=curve,
        seconds=done["seconds"],
        trainable_parameters=done["trainable_parameters"],
        total_parameters=done["total_parameters"],
        layout=sentence(done, "layout"),
        settings=WeightsSettings.model_validate(settings) if isinstance(settings, dict) else settings,
        notes=sentences(done, "notes"),
        rows=done["rows"],
        forgetting=Forgetting(**forgetting) if isinstance(forgetting, dict) else forgetting,
    )
