"""A hosted model that is asked with a prompt: labels are read out of what it writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from metier.approaches.asking import demonstrations
from metier.approaches.resources import Resources
from metier.core import Example, Message, ModelError, Prediction, Problem, Task
from metier.core.tasks import form_of
from metier.models import Grammar, HostedModel, Reply
from metier.prompts import NO_LABEL, Calibration, Prompt, PromptSettings, parse_label


@dataclass(frozen=True)
class HostedSystem:
    """Asks the service; every answer is a text. ``calibration`` is the identity: there are no scores to correct."""

    model: HostedModel
    task: Task
    prompt: Prompt
    settings: PromptSettings
    pool: tuple[Example, ...]
    calibration: Calibration
    resources: Resources

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """Labels, or texts."""
        asked = self.ask(examples)
        replies = self.model.complete(
            [messages for messages, _, _ in asked],
            max_new_tokens=self.settings.max_new_tokens,
            reporter=self.resources.reporter,
            label="answer",
            response_format=self._response_format(),
        )
        form = self.settings.answer.grammar() if self.settings.answer else None
        return [
            self._prediction(example, reply, cut, dropped, form)
            for example, reply, (_, cut, dropped) in zip(examples, replies, asked, strict=True)
        ]

    def ask(self, examples: Sequence[Example]) -> list[tuple[tuple[Message, ...], int, int]]:
        """Each conversation as it is sent, with the tokens and the demonstrations that were left out to fit."""
        shown = demonstrations(self.settings, self.pool, examples, self.resources)
        return [self._fit(example, few) for example, few in zip(examples, shown, strict=True)]

    def _response_format(self) -> dict[str, Any] | None:
        """OpenAI's way to ask for a JSON schema; the other forms have none."""
        form, answer = form_of(self.task.kind), self.settings.answer
        if form.schema is not None:
            return _schema_format(form.schema(self.task.labels))
        if answer is None or answer.json_schema is None or not answer.constrain:
            return None
        return _schema_format(answer.json_schema)

    def _prediction(self, example: Example, reply: Reply, cut: int, dropped: int, form: Grammar | None) -> Prediction:
        kind = form_of(self.task.kind)
        reading = kind.read(reply.text, example.input, self.task.labels)
        text, unparseable = reading.target, not reading.whole or (form is not None and not form.matches(reply.text))
        if kind.chooses:
            label = parse_label(reply.text, self.prompt.label_words)
            text, unparseable = label or NO_LABEL, label is None
        return Prediction(
            id=example.id,
            text=text,
            tokens_in=reply.tokens_in,
            tokens_out=reply.tokens_out,
            cut=cut,
            unfinished=reply.unfinished,
            dropped=dropped,
            unparseable=unparseable,
        )

    def _fit(self, example: Example, shown: Sequence[Example]) -> tuple[tuple[Message, ...], int, int]:
        """The conversation, tokens of the input that were left out, and demonstrations that were.

        Tokens are estimated; demonstrations give way first (the first ones first), then the end of the input.

        Raises:
            ModelError: there is no room for any input beside the instruction and the answer.
        """
        room = self.model.max_tokens - self.settings.max_new_tokens
        few, asked, cut = list(shown), example, 0
        while (over := self.model.count(messages := self.prompt.messages(asked, few)) - room) > 0:
            if few:
                few = few[1:]
                continue
            if not asked.input:
                raise ModelError([_no_room(self.model, self.settings.max_new_tokens)])
            text = asked.input.encode()[: -3 * over].decode(errors="ignore")
            asked, cut = replace(asked, input=text), cut + over
        return messages, cut, len(shown) - len(few)


def _schema_format(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}}


def _no_room(model: HostedModel, answer: int) -> Problem:
    return Problem(
        where=f"model {model.source.name!r}",
        path="hosted.window",
        expected="room for instruction, history, input and answer",
        got=f"a window of {model.max_tokens:,} tokens, of which the answer may take {answer:,}",
        remedy="raise hosted.window if the model has a larger one, lower prompt.max_new_tokens, or shorten the prompt",
    )
