"""An encoder with a head for its kind of task (``heads/``), trained: ``full``, ``lora``, ``head`` and more."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Any

from metier.approaches.heads import HEADS, HeadSystem, Reader
from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.approaches.system import Built
from metier.approaches.tuning import distilling, fine_tuning, formats
from metier.approaches.tuning.augmenting import check_augment, with_made_rows
from metier.approaches.tuning.beforehand import beforehand
from metier.approaches.tuning.joint_heads import joint_head
from metier.approaches.tuning.selecting import balanced, check_selection, selected
from metier.approaches.tuning.splitting import check_splitting
from metier.approaches.tuning.starting import beginning
from metier.approaches.tuning.together import others_of
from metier.core import Problem, Record, Task
from metier.core.artifacts import read_json, write_json
from metier.core.said import Said
from metier.core.tasks import form_of
from metier.data import Dataset
from metier.models import EncoderModel, load_module
from metier.training import WeightsSettings, check_method


class Classifier:
    """Trains encoders for every kind of task that has a head."""

    def applies(self, task: Task) -> str:
        """Works for kinds of task with a head."""
        if task.kind in HEADS.names():
            return ""
        told = "An encoder has a head for %(kinds)s; this task is answered with %(title)s."
        return Said(told, kinds=tuple(HEADS.names()), title=Said(form_of(task.kind).title))

    def check(self, settings: ApproachSettings, task: Task | None, resources: Resources) -> list[Problem]:
        """Needs weights to train; has no prompt."""
        problems: list[Problem] = []
        if settings.prompt is not None:
            problems.append(_problem("prompt", "no prompt: an encoder is not asked, it classifies", "a prompt"))
        if settings.retrieval is not None:
            problems.append(_problem("retrieval", "no retrieval: an encoder reads no passages", "retrieval"))
        problems += check_augment(settings, task, resources)
        if settings.weights is None:
            problems.append(_problem("weights", "weights to train, such as {method: full}", "none: its head is new"))
            return problems
        if task and form_of(task.kind).numeric and settings.weights.label_smoothing:
            expected, got = "no smoothed targets: a number is none of several", str(settings.weights.label_smoothing)
            problems.append(_problem("weights.label_smoothing", expected, got))
        if task and task.kind != "extract" and settings.weights.tagging != "bio":
            expected, got = "no tagging scheme: this task has no pieces of a text", settings.weights.tagging
            problems.append(_problem("weights.tagging", expected, got))
        problems += check_selection(settings.weights, task)
        windows = task is not None and task.kind in HEADS.names() and HEADS.get(task.kind).tokens
        problems += check_splitting(settings.weights, task, windows=windows)
        problems += distilling.check(settings.weights.distill, resources.source(settings.model), resources)
        return problems + check_method(settings.weights, resources.source(settings.model))

    def build(
        self, name: str, settings: ApproachSettings, dataset: Dataset, resources: Resources, folder: Path
    ) -> Built:
        """Train, then fit on validation what the head has to fit, with the model as saved."""
        assert settings.weights is not None, "checked before"
        source, task, head = resources.source(settings.model), dataset.task, HEADS.get(dataset.task.kind)
        begun = beginning(settings.weights, source, resources, folder)
        weights, source = begun.settings, begun.source
        started = time.perf_counter()
        compute = formats.base_compute(weights, resources.compute, source.profile.family)
        plain = EncoderModel(source, compute)
        longest = fine_tuning.window(weights, plain.max_tokens)
        reader = Reader(plain, task, longest, resources.reporter, weights.tagging)
        own, left_out = selected(dataset.train, weights, resources)
        made = with_made_rows(own, settings.augment, dataset, resources, folder)
        asked = settings.prompting
        taught = distilling.taught(made.examples, weights.distill, asked, task, resources, beforehand(folder))
        settled = head.settle(reader, taught.examples)
        even = balanced(taught.examples, weights, seed=resources.seed)
        rows = (
            even.weighed(head.rows(reader, even.examples, settled))
            .held_to(weights.too_long)
            .beside([*taught.left_out, *even.left_out])
        )
        others = others_of(settings, dataset.validation, resources)
        joint = joint_head(reader, head.outputs(task, settled), others)
        rows, together = joint.joined(rows)
        tuned = fine_tuning.tune(
            lambda: load_module(source, compute, num_labels=joint.all_outputs, tokens=head.tokens),
            plain.tokenizer,
            rows,
            head.rows(reader, dataset.validation, settled),
            begun,
            resources=resources,
            folder=folder,
            answers=(*head_kind(task, weights), *task.labels),
            finish=partial(joint.finish, seed=resources.seed) if others else None,
        )
        stored: dict[str, Any] = {"model": settings.model, "max_length": reader.max_length, "state": settled}
        write_json(folder / "classifier.json", stored)
        state = head.fit(self.load(folder, task, resources).reader, dataset, settled)
        write_json(folder / "classifier.json", stored | {"state": state})
        notes = *made.notes, *taught.notes, *even.notes, *(together if tuned.settings.epochs else ())
        count = rows.learnt if tuned.settings.epochs else 0
        seconds = {**made.seconds, "train": tuned.seconds}
        record = Record(
            approach=name,
            summary=Said(
                "%(method)s fine-tuning of the encoder %(model)s with %(head)s%(begun)s.",
                method=weights.method,
                model=source.name,
                head=Said(head.summary),
                begun=begun.in_words,
            ),
            seconds={**seconds, "rest": max(0.0, time.perf_counter() - started - sum(seconds.values()))},
            trainable_parameters=tuned.trainable_parameters,
            total_parameters=tuned.total_parameters,
            trained_examples=count,
            trained_tokens=sum(one.trained for one in rows.tokens) if tuned.settings.epochs else 0,
            skipped=rows.skipped,
            notes=(resources.compute.note, *head.notes(state), *notes, *tuned.notes),
            settings=settings.model_copy(update={"weights": tuned.settings}).model_dump(),
            seed=resources.seed,
            curve=tuned.curve,
            forgetting=tuned.forgetting,
            augmentation=made.augmentation,
            teaching=taught.teaching,
            # Made rows hold nothing of their own.
            rows_in_weights=min(tuned.rows, max(len(own) + rows.others, begun.rows)),
        )
        return Built(record, tuple(rows.tokens + left_out) if tuned.settings.epochs else ())

    def load(self, folder: Path, task: Task, resources: Resources) -> HeadSystem:
        """The saved weights over their base, behind the head of the kind of task."""
        stored, head = read_json(folder / "classifier.json"), HEADS.get(task.kind)
        state = stored["state"]
        weights = folder / "weights"
        model = EncoderModel(
            formats.answering_source(weights, resources.source(stored["model"])),
            resources.compute,
            weights=weights,
            outputs=head.outputs(task, state),
            tokens=head.tokens,
        )
        return HeadSystem(Reader(model, task, stored["max_length"], resources.reporter), head, state)


def head_kind(task: Task, weights: WeightsSettings) -> tuple[str, ...]:
    """What a head's numbers mean beside the labels: an earlier head is taken on only where this is the same."""
    return (task.kind, weights.tagging) if weights.tagging != "bio" else (task.kind,)


def _problem(path: str, expected: str, got: str) -> Problem:
    return Problem(where="recipe", path=path, expected=expected, got=got, remedy="change this approach")


kind = Classifier()
