"""A model behind an OpenAI-compatible address, asked with a prompt. Texts leave this machine; the record says so."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from metier.approaches.grounding.checks import check_retrieval
from metier.approaches.grounding.context import note_facts, open_grounding, passages_in_words
from metier.approaches.grounding.oracles import ask_oracles
from metier.approaches.grounding.retrieving import make_ready
from metier.approaches.prompting.asking_hosted import HostedSystem
from metier.approaches.prompting.checks import check_prompt
from metier.approaches.prompting.rewriting import check_rewriting
from metier.approaches.prompting.searching import search
from metier.approaches.prompting.sensitivity import sensitivity
from metier.approaches.prompting.wording import (
    check_template,
    demonstrations_in_words,
    listing,
    prompt_for,
    prompt_in_words,
    worded,
)
from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.approaches.system import Built
from metier.approaches.tuning.augmenting import check_augment
from metier.core import Problem, Record, Task, example_of
from metier.core.artifacts import read_json, write_json
from metier.core.said import Said
from metier.data import Dataset
from metier.models import HostedModel, HostedSettings, check_hosted
from metier.prompts import Calibration, Prompt, PromptSettings
from metier.retrieval import RetrievalSettings


class Hosted:
    """Zero-shot, few-shot and searched prompts for hosted models."""

    def applies(self, task: Task) -> str:
        """Works for every task that is answered with a label or a text."""
        return Said("A service does not say how likely it finds a text.") if task.kind == "continue" else ""

    def check(self, settings: ApproachSettings, task: Task | None, resources: Resources) -> list[Problem]:
        """Address and key must be there (nothing is asked yet); weights cannot be trained."""
        name = settings.model or resources.model
        asked = settings.prompting
        problems = check_hosted(name, settings.hosted, os.environ) + check_prompt(asked, task)
        problems += check_augment(settings, task, resources) + check_rewriting(settings)
        problems += check_template(asked, task, folder=resources.recipe_folder)
        problems += check_retrieval(settings.retrieval, resources)
        if settings.weights is None:
            return problems
        expected, got = "no weights: those of a hosted model are not ours to train", "weights"
        remedy = "name a model of your own, or leave weights out"
        return [*problems, Problem(where="recipe", path="weights", expected=expected, got=got, remedy=remedy)]

    def build(
        self, name: str, settings: ApproachSettings, dataset: Dataset, resources: Resources, folder: Path
    ) -> Built:
        """Compose the prompt, search for a better one where the recipe says so, and try other wordings."""
        assert settings.hosted is not None, "checked before"
        task = dataset.task
        asked = worded(listing(settings.prompting), task, trained=False, folder=resources.recipe_folder)
        model_name = settings.model or resources.model
        prompt = prompt_for(task, asked, trained=False)
        plain = HostedSystem(
            model=HostedModel(model_name, settings.hosted),
            task=task,
            prompt=prompt,
            settings=asked,
            pool=dataset.train if asked.demonstrations else (),
            calibration=Calibration.identity(len(task.labels)),
            resources=resources,
        )
        ready = make_ready(settings.retrieval, dataset, resources, folder, train=False, ask=lambda: plain)
        settings, rows = settings.model_copy(update={"retrieval": ready.settings}), ready.ground.dataset
        system = replace(plain, grounding=ready.ground.grounding)
        notes = [_what_is_sent(settings), *ready.ground.notes]
        seconds = {**ready.ground.seconds}
        found = None
        if asked.search:
            system, found = search(system, rows, asked.search, folder=folder, hosted=settings.hosted)
            notes.append(str(found))
            seconds["prompt search"] = found.seconds
        write_json(
            folder / "hosted.json",
            {
                "model": model_name,
                "hosted": settings.hosted,
                "retrieval": settings.retrieval,
                "settings": system.settings,
                "prompt": system.prompt,
                "pool": system.pool,
            },
        )
        if spread := sensitivity(system, rows.validation, trained=False):
            notes.append(str(spread))
            seconds["other wordings"] = spread.seconds
        if oracles := ask_oracles(system, rows.validation, column=ready.ground.column):
            note_facts(folder, oracles=oracles)
            notes.append(str(oracles))
            seconds["oracle passages"] = oracles.seconds
        ready.ground.close()
        record = _record(name, settings, system)
        record = replace(record, rows_in_weights=ready.pairs)
        return Built(replace(record, seconds=seconds, notes=tuple(notes), sensitivity=spread, search=found))

    def load(self, folder: Path, task: Task, resources: Resources) -> HostedSystem:
        """The prompt and the way to the service; the key comes from the environment."""
        stored = read_json(folder / "hosted.json")
        retrieval = RetrievalSettings.model_validate(stored["retrieval"]) if stored["retrieval"] else None
        return HostedSystem(
            model=HostedModel(stored["model"], HostedSettings.model_validate(stored["hosted"])),
            task=task,
            prompt=Prompt(**stored["prompt"]),
            settings=PromptSettings.model_validate(stored["settings"]),
            pool=tuple(example_of(row) for row in stored["pool"]),
            calibration=Calibration.identity(len(task.labels)),
            resources=resources,
            grounding=open_grounding(retrieval, resources, folder) if retrieval else None,
        )


def _what_is_sent(settings: ApproachSettings) -> str:
    assert settings.hosted is not None
    host = urlsplit(settings.hosted.address).hostname
    if settings.retrieval:
        told = "Every text that it answers, every passage found for it, and every demonstration, is sent to %(host)s."
        return Said(told, host=str(host))
    return Said("Every text that it answers, and every demonstration, is sent to %(host)s.", host=str(host))


def _record(name: str, settings: ApproachSettings, system: HostedSystem) -> Record:
    return Record(
        approach=name,
        summary=Said(
            "Asks the hosted model %(model)s with %(prompt)s and %(shown)s%(passages)s.",
            model=system.model.source.name,
            prompt=prompt_in_words(system.settings),
            shown=demonstrations_in_words(system.settings),
            passages=passages_in_words(settings.retrieval),
        ),
        settings=settings.model_dump(),
        seed=system.resources.seed,
        rows_in_prompts=len(system.pool),
    )


kind = Hosted()
