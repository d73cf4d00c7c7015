"""A language model that is asked with a prompt; its weights may have been trained with the same prompt."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from metier.approaches.grounding.checks import check_retrieval
from metier.approaches.grounding.context import (
    note_facts,
    open_grounding,
    passages_in_words,
    with_note,
)
from metier.approaches.grounding.oracles import ask_oracles
from metier.approaches.grounding.retrieving import make_ready
from metier.approaches.kinds.majority import NOTHING_ANSWERED
from metier.approaches.prompting.asking import PromptedSystem, demonstrations
from metier.approaches.prompting.calibrating import calibrate
from metier.approaches.prompting.checks import check_prompt
from metier.approaches.prompting.reasoning import check_reason
from metier.approaches.prompting.rewriting import check_rewriting
from metier.approaches.prompting.searching import search
from metier.approaches.prompting.sensitivity import sensitivity
from metier.approaches.prompting.wording import (
    check_template,
    demonstrations_in_words,
    learns_answers,
    prompt_for,
    prompt_in_words,
    worded,
)
from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.approaches.system import Built
from metier.approaches.tuning import distilling, fine_tuning, formats, judging, replaying
from metier.approaches.tuning.augmenting import check_augment, with_made_rows
from metier.approaches.tuning.beforehand import beforehand
from metier.approaches.tuning.marking import marked_rows, with_undesirable
from metier.approaches.tuning.rows import answer_rows, prompt_rows
from metier.approaches.tuning.selecting import balanced, check_selection, selected
from metier.approaches.tuning.splitting import check_splitting, halving
from metier.approaches.tuning.starting import beginning
from metier.approaches.tuning.together import Other, joined, measured, others_of
from metier.core import Example, Problem, Record, Task, example_of
from metier.core.artifacts import read_json, write_json
from metier.core.said import Said
from metier.core.tasks import form_of
from metier.data import Dataset
from metier.models import LanguageModel, language_model, load_module
from metier.prompts import Calibration, Prompt, PromptSettings
from metier.retrieval import RetrievalSettings
from metier.training import check_method

_SEARCH_TRAINED = Problem(
    where="recipe",
    path="prompt.search",
    expected="a search in an approach without weights: trained weights know one prompt, the one they were trained with",
    got="search beside weights",
    remedy="search in an approach of its own, then write its prompt (search.json) into this one",
)
_CHOICE_TRAINED = Problem(
    where="recipe",
    path="retrieval.choose",
    expected="a choice in an approach without weights: trained weights know the passages that they were trained with",
    got="choose beside weights",
    remedy="choose in an approach of its own, then write its settings (retrieval-search.json) into this one",
)


class Prompted:
    """Prompting and fine-tuning of causal and of encoder-decoder models."""

    def applies(self, task: Task) -> str:
        """Works for every task that has answers."""
        return NOTHING_ANSWERED if task.kind == "continue" else ""

    def check(self, settings: ApproachSettings, task: Task | None, resources: Resources) -> list[Problem]:
        """Selector, label words and method must exist."""
        asked = settings.prompting
        problems = check_prompt(asked, task) + check_template(asked, task, folder=resources.recipe_folder)
        problems += check_augment(settings, task, resources) + check_rewriting(settings)
        problems += check_retrieval(settings.retrieval, resources, settings.weights)
        problems += check_reason(asked.reason, settings.weights, resources.source(settings.model).profile.family)
        if settings.weights is None:
            return problems
        if settings.prompt and settings.prompt.search:
            problems.append(_SEARCH_TRAINED)
        if settings.retrieval and settings.retrieval.choose:
            problems.append(_CHOICE_TRAINED)
        problems += replaying.check(settings.weights.replay, resources)
        problems += distilling.check(settings.weights.distill, resources.source(settings.model), resources)
        problems += judging.check(settings.rewards, task, resources) + check_selection(settings.weights, task)
        problems += check_splitting(settings.weights, task, windows=False)
        return problems + check_method(settings.weights, resources.source(settings.model))

    def build(
        self, name: str, settings: ApproachSettings, dataset: Dataset, resources: Resources, folder: Path
    ) -> Built:
        """Index and train as the recipe says; then calibrate label scores on validation, with the model as saved."""
        trained = settings.weights is not None
        told_answers = learns_answers(settings.weights)
        asked = worded(settings.prompting, dataset.task, trained=told_answers, folder=resources.recipe_folder)
        prompt = prompt_for(dataset.task, asked, trained=told_answers)
        ready = make_ready(
            settings.retrieval,
            dataset,
            resources,
            folder,
            train=trained,
            ask=lambda: self._plain(settings, asked, prompt, dataset, resources),
        )
        settings, ground = settings.model_copy(update={"retrieval": ready.settings}), ready.ground
        started, rows = time.perf_counter(), ground.dataset
        told = with_note(prompt, settings.retrieval, dataset.task)
        others = others_of(settings, rows.validation, resources)
        built = self._train(name, settings, asked, told, rows, others, resources, folder) if trained else None
        plain = self._plain(settings, asked, prompt, dataset, resources, folder / "weights" if trained else None)
        system = replace(plain, grounding=ground.grounding)
        notes = [resources.compute.note, *ground.notes, *measured(others, plain)]
        if system.model.plain_template:
            notes.append(
                Said("The model has no chat template; a plain one (### Input / ### Answer) is used throughout.")
            )
        found = None
        if asked.search:
            system, found = search(system, rows, asked.search, folder=folder, hosted=settings.hosted)
            notes.append(str(found))
            started = time.perf_counter()  # the search has counted its own time, that before a kill included
        if form_of(dataset.task.kind).chooses:
            system = replace(system, calibration=calibrate(system, rows.validation))
            notes.append(
                Said(
                    "Label scores calibrated on validation: %(method)s, temperature %(temperature)s.",
                    method=system.calibration.method,
                    temperature=f"{system.calibration.temperature:.2f}",
                )
            )
        _save(system, settings, folder, trained=trained)
        spent = time.perf_counter() - started
        spread = sensitivity(system, rows.validation, trained=told_answers)
        oracles = ask_oracles(system, rows.validation, column=ground.column)
        if oracles:
            note_facts(folder, oracles=oracles)
            notes.append(str(oracles))
        record = built.record if built else self._prompting_record(name, settings, system)
        seconds = {**ground.seconds, **record.seconds} | _rest(spent, record)
        seconds |= {"prompt search": found.seconds} if found else {}
        seconds |= {"other wordings": spread.seconds} if spread else {}
        seconds |= {"oracle passages": oracles.seconds} if oracles else {}
        notes += [str(spread)] if spread else []
        in_weights = max(record.rows_in_weights, ready.pairs)
        record = replace(
            record,
            rows_in_weights=in_weights,
            seconds=seconds,
            notes=(*record.notes, *notes),
            sensitivity=spread,
            search=found,
        )
        ground.close()
        return Built(record, built.tokens if built else ())

    def _plain(
        self,
        settings: ApproachSettings,
        asked: PromptSettings,
        prompt: Prompt,
        dataset: Dataset,
        resources: Resources,
        weights: Path | None = None,
    ) -> PromptedSystem:
        """The System before it is grounded and calibrated."""
        return PromptedSystem(
            model=_model(settings.model, resources, weights),
            task=dataset.task,
            prompt=prompt,
            settings=asked,
            pool=dataset.train if asked.demonstrations else (),
            calibration=Calibration.identity(len(dataset.task.labels)),
            resources=resources,
        )

    def _prompting_record(self, name: str, settings: ApproachSettings, system: PromptedSystem) -> Record:
        return Record(
            approach=name,
            summary=Said(
                "Prompts %(model)s with %(prompt)s and %(shown)s%(passages)s.",
                model=system.model.source.name,
                prompt=prompt_in_words(system.settings),
                shown=demonstrations_in_words(system.settings),
                passages=passages_in_words(settings.retrieval),
            ),
            total_parameters=sum(p.numel() for p in system.model.module.parameters()),
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
        others: Sequence[Other],
        resources: Resources,
        folder: Path,
    ) -> Built:
        assert settings.weights is not None
        source = resources.source(settings.model)
        begun = beginning(settings.weights, source, resources, folder)
        weights, source = begun.settings, begun.source
        compute = formats.base_compute(weights, resources.compute, source.profile.family)
        model = language_model(source, compute)
        longest = fine_tuning.window(weights, model.max_tokens)
        own, left_out = selected(dataset.train, weights, resources)
        made = with_made_rows(own, settings.augment, dataset, resources, folder)

        def prepared(some: Sequence[Example]):
            shown = demonstrations(asked, dataset.train, some, resources)
            if judged:
                return prompt_rows(model, prompt, some, shown, max_length=longest, judged=judged)
            if weights.preference is not None and weights.preference.loss == "kto":
                return marked_rows(model, prompt, some, shown, max_length=longest)
            pairs = weights.preference is not None
            halve = halving(dataset.task, weights)
            turns = weights.turns
            return answer_rows(model, prompt, some, shown, max_length=longest, pairs=pairs, turns=turns, halve=halve)

        taught = distilling.taught(
            made.examples,
            weights.distill,
            settings.prompting,
            dataset.task,
            resources,
            beforehand(folder),
            retrieval=settings.retrieval,
        )
        even = balanced(taught.examples, weights, seed=resources.seed)
        solved = [*even.examples, *dataset.validation] if weights.reinforce else []
        judged = judging.judged(settings, dataset.task, prompt, solved, model, resources, folder)
        learnt, checked = with_undesirable(even.examples, dataset, weights, seed=resources.seed)
        bad = len(learnt) - len(even.examples)
        rows = even.weighed(prepared(learnt)).held_to(weights.too_long).beside([*taught.left_out, *even.left_out])
        beside = {other.name: other.rows(model, resources.recipe_folder, max_length=longest) for other in others}
        together = joined(rows, others, beside, max_length=longest)
        rows, held_out = together.rows, prepared(checked)
        tuned = fine_tuning.tune(
            lambda: load_module(source, compute),
            model.tokenizer,
            rows,
            held_out,
            begun,
            resources=resources,
            folder=folder,
        )
        notes = *made.notes, *taught.notes, *even.notes, *(together.notes if tuned.settings.epochs else ())
        count = len(rows.rows) if tuned.settings.epochs else 0
        record = Record(
            approach=name,
            summary=Said(
                "%(method)s fine-tuning of %(model)s on %(rows)s rows%(passages)s%(begun)s, %(loss)s.",
                method=weights.method,
                model=source.name,
                rows=str(count),
                passages=passages_in_words(settings.retrieval),
                begun=begun.in_words,
                loss=judging.in_words(settings, judged),
            ),
            seconds={**made.seconds, "train": tuned.seconds},
            trainable_parameters=tuned.trainable_parameters,
            total_parameters=tuned.total_parameters,
            trained_examples=count,
            trained_tokens=sum(row.trained_tokens for row in rows.rows),
            skipped=rows.skipped,
            settings=settings.model_copy(update={"weights": tuned.settings}).model_dump(),
            seed=resources.seed,
            curve=tuned.curve,
            forgetting=tuned.forgetting,
            augmentation=made.augmentation,
            teaching=taught.teaching,
            notes=(Said("Rows in training: %(layout)s.", layout=tuned.layout), *notes, *tuned.notes),
            # Made rows hold nothing of their own.
            rows_in_weights=min(tuned.rows, max(len(own) + bad + rows.others, begun.rows)),
            rows_in_prompts=len(dataset.train) if asked.demonstrations else 0,
        )
        return Built(record, tuple(rows.tokens + left_out) if tuned.settings.epochs else ())

    def load(self, folder: Path, task: Task, resources: Resources) -> PromptedSystem:
        """The base with the saved weights, prompt, pool and calibration."""
        stored = read_json(folder / "prompted.json")
        calibration = stored["calibration"]
        retrieval = RetrievalSettings.model_validate(stored["retrieval"]) if stored["retrieval"] else None
        return PromptedSystem(
            model=_model(stored["model"], resources, folder / "weights" if stored["trained"] else None),
            task=task,
            prompt=Prompt(**stored["prompt"]),
            settings=PromptSettings.model_validate(stored["settings"]),
            pool=tuple(example_of(row) for row in stored["pool"]),
            calibration=Calibration(**calibration),
            resources=resources,
            grounding=open_grounding(retrieval, resources, folder) if retrieval else None,
        )


def _model(name: str | None, resources: Resources, weights: Path | None) -> LanguageModel:
    source = resources.source(name)
    if weights is None:
        return language_model(source, resources.compute)
    compute = formats.answering_compute(weights, resources.compute)
    return language_model(formats.answering_source(weights, source), compute, weights=weights)


def _save(system: PromptedSystem, settings: ApproachSettings, folder: Path, *, trained: bool) -> None:
    """Write all of the System but its weights."""
    write_json(
        folder / "prompted.json",
        {
            "model": settings.model,
            "retrieval": settings.retrieval,
            "trained": trained,
            "settings": system.settings,
            "prompt": system.prompt,
            "pool": system.pool,
            "calibration": system.calibration,
        },
    )


def _rest(spent: float, record: Record) -> dict[str, float]:
    """Seconds that went into loading and calibrating."""
    part = "rest" if "train" in record.seconds else "calibrate"
    return {part: max(0.0, spent - sum(record.seconds.values()))}


kind = Prompted()
