"""A causal model that is asked with a prompt; its weights may have been trained with the same prompt."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np

from metier.approaches import tuning
from metier.approaches.asking import PromptedSystem, demonstrations
from metier.approaches.resources import Resources
from metier.approaches.rows import LONGEST, causal_rows, drawn
from metier.approaches.settings import ApproachSettings
from metier.approaches.system import Built
from metier.core import Example, Problem, Record, Task, derive, example_of
from metier.core.artifacts import read_json, write_json
from metier.core.names import listed, suggestion
from metier.data import Dataset
from metier.models import CausalModel, load_module
from metier.prompts import CONTENT_FREE, SELECTORS, Calibration, Prompt, PromptSettings, compose, fit, plain_label_words

CALIBRATION_ROWS = 200
"""Validation rows that label scores are calibrated on, at most."""


class Prompted:
    """Prompting and fine-tuning of causal models."""

    def applies(self, task: Task) -> str:
        """Works for every task."""
        return ""

    def check(self, settings: ApproachSettings, labels: Sequence[str], resources: Resources) -> list[Problem]:
        """Selector, label words and method must exist."""
        prompt = settings.prompt or PromptSettings()
        problems: list[Problem] = []
        if prompt.choose not in SELECTORS.names():
            problems.append(
                Problem(
                    where="recipe",
                    path="prompt.choose",
                    expected="one of " + ", ".join(SELECTORS.names()),
                    got=repr(prompt.choose),
                    remedy=suggestion(prompt.choose, SELECTORS.names()),
                )
            )
        if labels:
            problems += _wording_problems(prompt.label_words, labels)
        if settings.weights is None:
            return problems
        return problems + tuning.check(settings.weights, resources.source(settings.model), path="weights")

    def build(
        self, name: str, settings: ApproachSettings, dataset: Dataset, resources: Resources, folder: Path
    ) -> Built:
        """Train where the recipe says so; then calibrate label scores on validation, with the model as saved."""
        started = time.perf_counter()
        asked = settings.prompt or PromptSettings()
        prompt = compose(
            dataset.task,
            instruction=asked.instruction,
            list_labels=asked.list_labels,
            label_words=asked.label_words,
            trained=settings.weights is not None,
            question=asked.question,
        )
        built = self._train(name, settings, asked, prompt, dataset, resources, folder) if settings.weights else None
        pool = dataset.train if asked.demonstrations else ()
        stored = {"model": settings.model, "settings": asked, "prompt": prompt, "pool": pool}
        stored |= {"trained": built is not None, "calibration": None}
        write_json(folder / "prompted.json", stored)
        notes = [resources.compute.note]
        system = self.load(folder, dataset.task, resources)
        if system.model.plain_template:
            notes.append("The model has no chat template; a plain one (### Input / ### Answer) is used throughout.")
        if dataset.task.labels:
            calibration = _calibrate(system, dataset, resources.seed)
            write_json(folder / "prompted.json", stored | {"calibration": calibration})
            how = f"{calibration.method}, temperature {calibration.temperature:.2f}"
            notes.append(f"Label scores calibrated on validation: {how}.")
        if built is None:
            return Built(self._prompting_record(name, settings, system, notes, time.perf_counter() - started))
        rest = max(0.0, time.perf_counter() - started - built.record.seconds["train"])
        record = replace(built.record, seconds={**built.record.seconds, "rest": rest}, notes=tuple(notes))
        return Built(record, built.tokens)

    def _prompting_record(
        self, name: str, settings: ApproachSettings, system: PromptedSystem, notes: Sequence[str], seconds: float
    ) -> Record:
        count = system.settings.demonstrations
        shown = f"{count} demonstrations ({system.settings.choose})" if count else "no demonstrations"
        return Record(
            approach=name,
            summary=f"Prompts {system.model.source.name} with {shown}.",
            seconds={"calibrate": seconds},
            total_parameters=sum(p.numel() for p in system.model.module.parameters()),
            notes=tuple(notes),
            settings=settings.model_dump(),
            seed=system.resources.seed,
            rows_in_prompts=len(system.pool),
        )

    def _train(
        self,
        name: str,
        settings: ApproachSettings,
        asked: PromptSettings,
        prompt: Prompt,
        dataset: Dataset,
        resources: Resources,
        folder: Path,
    ) -> Built:
        assert settings.weights is not None
        source = resources.source(settings.model)
        weights = tuning.resolve(settings.weights, source)
        compute = tuning.base_compute(weights, resources.compute)
        model = CausalModel(source, compute)
        longest = min(weights.max_length or LONGEST, model.max_tokens)
        examples, left_out = drawn(dataset.train, weights.max_rows, seed=resources.seed)

        def prepared(some: Sequence[Example]):
            shown = demonstrations(asked, dataset.train, some, resources)
            return causal_rows(model, prompt, some, shown, max_length=longest)

        rows, held_out = prepared(examples), prepared(dataset.validation)
        tuned = tuning.tune(
            lambda: load_module(source, compute),
            model.tokenizer,
            rows,
            held_out,
            weights,
            source,
            resources=resources,
            folder=folder,
        )
        record = Record(
            approach=name,
            summary=f"{weights.method} fine-tuning of {source.name} on {len(rows.rows)} rows, loss on answers only.",
            seconds={"train": tuned.seconds},
            trainable_parameters=tuned.trainable_parameters,
            total_parameters=tuned.total_parameters,
            trained_examples=len(rows.rows),
            trained_tokens=sum(row.trained_tokens for row in rows.rows),
            skipped=rows.skipped,
            settings=settings.model_copy(update={"weights": weights}).model_dump(),
            seed=resources.seed,
            curve=tuned.curve,
            rows_in_weights=len(rows.rows),
            rows_in_prompts=len(dataset.train) if asked.demonstrations else 0,
        )
        return Built(record, tuple(rows.tokens + left_out))

    def load(self, folder: Path, task: Task, resources: Resources) -> PromptedSystem:
        """The base with the saved weights, prompt, pool and calibration."""
        stored = read_json(folder / "prompted.json")
        weights = folder / "weights" if stored["trained"] else None
        calibration = stored["calibration"]
        return PromptedSystem(
            model=CausalModel(resources.source(stored["model"]), resources.compute, weights=weights),
            task=task,
            prompt=Prompt(**stored["prompt"]),
            settings=PromptSettings.model_validate(stored["settings"]),
            pool=tuple(example_of(row) for row in stored["pool"]),
            calibration=Calibration(**calibration) if calibration else Calibration.identity(len(task.labels)),
            resources=resources,
        )


def _wording_problems(words: Mapping[str, str], labels: Sequence[str]) -> list[Problem]:
    """Wordings of labels that do not exist, that are empty, or that two labels would share."""
    problems: list[Problem] = []

    def add(expected: str, got: str, remedy: str) -> None:
        path = "prompt.label_words"
        problems.append(Problem(where="recipe", path=path, expected=expected, got=got, remedy=remedy))

    if unknown := [label for label in words if label not in labels]:
        add("labels of the data", listed(unknown), suggestion(unknown[0], labels))
    if empty := [label for label in words if not words[label].strip()]:
        add("a wording that is not empty", f"an empty one for {listed(empty)}", "write a word, or leave the label out")
    by_wording: defaultdict[str, list[str]] = defaultdict(list)
    for label, word in (plain_label_words(labels) | {k: v for k, v in words.items() if k in labels}).items():
        by_wording[word.strip()].append(label)
    for word, same in by_wording.items():
        if word and len(same) > 1:
            add("a wording of its own for each label", f"{word!r} for {listed(same)}", "change one of them")
    return problems


def _calibrate(system: PromptedSystem, dataset: Dataset, seed: int) -> Calibration:
    chosen = list(dataset.validation)
    if len(chosen) > CALIBRATION_ROWS:
        chosen = Random(derive(seed, "calibration")).sample(chosen, CALIBRATION_ROWS)
    scores = system.label_scores(chosen, label="calibrate")
    targets = np.array([dataset.task.labels.index(example.target or "") for example in chosen])
    method, nothing = system.settings.calibrate, None
    if method in ("auto", "contextual"):
        empty = [Example(id=f"content-free {i}", input=text) for i, text in enumerate(CONTENT_FREE)]
        nothing = system.label_scores(empty, label="calibrate")
    return fit(scores, targets, method=method, content_free=nothing)


kind = Prompted()
