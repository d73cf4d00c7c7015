"""What judges the answers that a model writes by itself in training: the approach's rewards, made ready."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.approaches.tuning import reward_model, rewards
from metier.approaches.tuning.beforehand import beforehand
from metier.approaches.tuning.reward_settings import Chosen
from metier.approaches.tuning.rows import Judged
from metier.core import Example, Problem, Task
from metier.core.artifacts import hash_value
from metier.core.said import Said
from metier.core.tasks import form_of
from metier.models import CausalModel, LanguageModel
from metier.prompts import Prompt


def check(chosen: Sequence[Chosen] | None, task: Task | None, resources: Resources) -> list[Problem]:
    """What is wrong with an approach's rewards, found without loading anything."""
    problems = rewards.check(chosen, task, folder=resources.recipe_folder)
    for one in rewards.learnt_among(chosen):
        problems += reward_model.check(one, resources, path="rewards")
    return problems


def judged(
    settings: ApproachSettings,
    task: Task,
    prompt: Prompt,
    examples: Sequence[Example],
    model: LanguageModel,
    resources: Resources,
    folder: Path,
) -> Judged | None:
    """What answers are held to; None where an approach learns from right ones.

    Args:
        settings: of the approach.
        task: gives kind and labels.
        prompt: how the model is asked.
        examples: all that it will be asked, with their right answers.
        model: that is trained.
        resources: models, the recipe's folder.
        folder: the approach's; reward models are made in it.
    """
    reinforce = settings.weights and settings.weights.reinforce
    if not reinforce:
        return None
    asked = settings.prompting
    learnt = [
        reward_model.reward_model(one, resources, beforehand(folder) / f"reward-{hash_value(one)[:12]}")
        for one in rewards.learnt_among(settings.rewards)
    ]
    found = rewards.rewards_for(settings.rewards, task, prompt, examples, folder=resources.recipe_folder, learnt=learnt)
    question = prompt.messages(Example(id="", input="a"))
    words = [prompt.label_words[label] for label in task.labels] if form_of(task.kind).chooses else []
    longest = max((len(model.answer(question, word)) for word in words), default=asked.max_new_tokens)
    assert isinstance(model, CausalModel), "checked before"
    stops = model.stop_ids()
    del model.module  # it was loaded for its end marks alone
    return Judged(found, stops, reinforce.answer_tokens or longest, tuple(one.note for one in learnt))


def in_words(settings: ApproachSettings, judged: Judged | None) -> str:
    """What is learnt from, at the end of a sentence."""
    reinforce = settings.weights and settings.weights.reinforce
    if judged is None or not reinforce:
        return Said("loss on answers only")
    names = [metric.name for metric in judged.rewards.metrics]
    rewards = (*names, *(Said("a reward model") for _ in judged.rewards.learnt))
    return Said("by %(loss)s from rewards (%(rewards)s) of its own answers", loss=reinforce.loss, rewards=rewards)
