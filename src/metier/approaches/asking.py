"""A causal model that is asked with a prompt: the System behind zero-shot, few-shot and fine-tuned generation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple

from metier.approaches.fitting import fit
from metier.approaches.resources import Resources
from metier.core import Example, ModelError, Prediction, Problem, Task, derive
from metier.models import CausalModel
from metier.prompts import SELECTORS, Calibration, Prompt, PromptSettings


class Asked(NamedTuple):
    """A rendered question.

    Attributes:
        ids: token ids of the whole prompt.
        cut: tokens of the example that were left out to fit the window.
        dropped: demonstrations that were left out to fit it.
    """

    ids: list[int]
    cut: int
    dropped: int


@dataclass(frozen=True)
class PromptedSystem:
    """Asks the model; scores labels for ``classify``, generates otherwise."""

    model: CausalModel
    task: Task
    prompt: Prompt
    settings: PromptSettings
    pool: tuple[Example, ...]
    calibration: Calibration
    resources: Resources

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """Labels with calibrated probabilities, or generated text."""
        asked = self._ask(examples)
        if not self.task.labels:
            return self._generate(examples, asked)
        answers = self._answers()
        prompts = [one.ids for one in asked]
        scores = self.model.score(prompts, answers, reporter=self.resources.reporter, label="answer")
        shares = self.calibration.probabilities(scores)
        return [
            Prediction(
                id=example.id,
                text=self.task.labels[int(row.argmax())],
                scores={label: float(share) for label, share in zip(self.task.labels, row, strict=True)},
                tokens_in=len(one.ids),
                tokens_out=len(answers[int(row.argmax())]),
                cut=one.cut,
                dropped=one.dropped,
            )
            for example, one, row in zip(examples, asked, shares, strict=True)
        ]

    def label_scores(self, examples: Sequence[Example], *, label: str) -> Any:
        """Uncalibrated log-probabilities of the labels, [len(examples), labels]."""
        asked = [one.ids for one in self._ask(examples)]
        return self.model.score(asked, self._answers(), reporter=self.resources.reporter, label=label)

    def _generate(self, examples: Sequence[Example], asked: Sequence[Asked]) -> list[Prediction]:
        form = self.settings.answer.grammar() if self.settings.answer else None
        written = self.model.generate(
            [one.ids for one in asked],
            max_new_tokens=self.settings.max_new_tokens,
            reporter=self.resources.reporter,
            label="answer",
            grammar=form if self.settings.answer and self.settings.answer.constrain else None,
        )
        return [
            Prediction(
                id=example.id,
                text=answer.text,
                tokens_in=len(one.ids),
                tokens_out=answer.tokens,
                cut=one.cut,
                unfinished=answer.unfinished,
                dropped=one.dropped,
                unparseable=form is not None and not form.matches(answer.text),
            )
            for example, one, answer in zip(examples, asked, written, strict=True)
        ]

    def _answers(self) -> list[list[int]]:
        """Token ids of each label's wording; with the end mark where one label begins another."""
        words = [self.prompt.label_words[label] for label in self.task.labels]
        plain = [self.model.encode(word) for word in words]
        heads = {tuple(ids[:end]) for ids in plain for end in range(1, len(ids))}
        if not any(tuple(ids) in heads for ids in plain):
            return plain
        question = self.prompt.messages(Example(id="", input="a"))
        return [self.model.answer(question, word) for word in words]

    def _ask(self, examples: Sequence[Example]) -> list[Asked]:
        """Each prompt, made to fit the window.

        Raises:
            ModelError: there is no room for any input beside the instruction and the answer.
        """
        shown = demonstrations(self.settings, self.pool, examples, self.resources)
        answer = max(map(len, self._answers())) if self.task.labels else self.settings.max_new_tokens
        room = self.model.max_tokens - answer
        return [self._fit(example, few, room) for example, few in zip(examples, shown, strict=True)]

    def _fit(self, example: Example, shown: Sequence[Example], room: int) -> Asked:
        def ids_of(asked: Example, few: Sequence[Example]) -> list[int]:
            return self.model.prompt(self.prompt.messages(asked, few))

        ids = ids_of(example, shown)
        if len(ids) <= room:
            return Asked(ids, 0, 0)
        fitted = fit(self.model, example, shown, room=room, length=lambda asked, few: len(ids_of(asked, few)))
        if not fitted.fits:
            raise ModelError([_no_room(self.model, room)])
        return Asked(ids_of(fitted.example, fitted.shown), fitted.cut, len(shown) - len(fitted.shown))


def _no_room(model: CausalModel, room: int) -> Problem:
    return Problem(
        where=f"model {model.source.name!r}",
        path="prompt",
        expected=f"an instruction of less than {max(0, room):,} tokens",
        got=f"one that leaves no room for an input: the window is {model.max_tokens:,} tokens, the answer included",
        remedy="shorten the instruction, lower prompt.max_new_tokens, or choose a model with a larger window",
    )


def demonstrations(
    settings: PromptSettings, pool: Sequence[Example], examples: Sequence[Example], resources: Resources
) -> list[list[Example]]:
    """What is shown before each example; nothing for zero-shot prompts."""
    if not settings.demonstrations:
        return [[] for _ in examples]
    choose = SELECTORS.get(settings.choose)
    chosen = choose(pool, examples, count=settings.demonstrations, seed=resources.seed, embed=resources.embed)
    if settings.order == "reversed":
        return [shown[::-1] for shown in chosen]
    if settings.order == "mixed":
        return [Random(derive(resources.seed, "order")).sample(shown, len(shown)) for shown in chosen]
    return chosen
