"""A hosted model that is asked with a prompt: labels are read out of what it writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from metier.approaches.grounding.context import Grounding, with_note
from metier.approaches.prompting.asking import contexts_of, demonstrations
from metier.approaches.prompting.reasoning import Thought, counted, draws, voted
from metier.approaches.resources import Resources
from metier.core import Example, Message, ModelError, Passage, Prediction, Problem, Task
from metier.core.tasks import form_of
from metier.models import Grammar, HostedModel, Reply
from metier.prompts import NO_LABEL, Calibration, Prompt, PromptSettings, cited, parse_label


@dataclass(frozen=True)
class HostedSystem:
    """Asks the service; every answer is a text. ``calibration`` is the identity: there are no scores to correct."""

    model: HostedModel
    task: Task
    prompt: Prompt
    settings: PromptSettings
    pool: Sequence[Example]
    calibration: Calibration
    resources: Resources
    grounding: Grounding | None = None

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """Labels, or texts; where nothing was found that the asker may read, the answer that says so."""
        if self.grounding is None:
            return self._answered(examples)
        grounded = self.grounding.ground(examples, self.model)
        answers = self._resting_on(self.grounding, grounded.examples)
        return [spent.added_to(answer) for spent, answer in zip(grounded.spent, answers, strict=True)]

    def _resting_on(self, grounding: Grounding, examples: Sequence[Example]) -> list[Prediction]:
        abstain = grounding.settings.abstain if form_of(self.task.kind).free_text else None
        if abstain is None:
            return self._answered(examples)
        answered = iter(self._answered([example for example in examples if example.passages]))
        return [next(answered) if one.passages else Prediction(id=one.id, text=abstain) for one in examples]

    def _answered(self, examples: Sequence[Example]) -> list[Prediction]:
        """Answers of the service; where it thinks several times, those that most thoughts lead to."""
        every = [
            [counted(answer, thought) for answer, thought in zip(self._once(one.examples), one.thoughts, strict=True)]
            for one in draws(examples, self.settings.reason, self._think)
        ]
        return [voted(answers) for answers in zip(*every, strict=True)]

    def _think(self, examples: Sequence[Example], number: int) -> list[Thought]:
        """A thought about each example; the same question is asked anew in each draw."""
        reason = self.settings.reason
        assert reason is not None
        asked = self.ask(examples, answer=reason.tokens)
        replies = self.model.complete(
            [one.messages for one in asked],
            max_new_tokens=reason.tokens,
            reporter=self.resources.reporter,
            label="think",
            temperature=reason.temperature if reason.samples > 1 else None,
        )
        return [
            Thought(reply.text, reply.tokens_in, reply.tokens_out, one.cut, one.dropped)
            for one, reply in zip(asked, replies, strict=True)
        ]

    def _once(self, examples: Sequence[Example]) -> list[Prediction]:
        asked = self.ask(examples)
        replies = self.model.complete(
            [one.messages for one in asked],
            max_new_tokens=self.settings.max_new_tokens,
            reporter=self.resources.reporter,
            label="answer",
            response_format=self._response_format(),
        )
        form = self.settings.answer.grammar() if self.settings.answer else None
        return [
            self._prediction(example, reply, one, form)
            for example, reply, one in zip(examples, replies, asked, strict=True)
        ]

    def ask(self, examples: Sequence[Example], *, answer: int | None = None) -> list[Asked]:
        """Each conversation as it is sent, with what was left out to fit beside an answer of so many tokens."""
        shown = demonstrations(self.settings, self.pool, examples, self.resources)
        room = self.model.max_tokens - (self.settings.max_new_tokens if answer is None else answer)
        return [self._fit(example, few, room) for example, few in zip(examples, shown, strict=True)]

    def _response_format(self) -> dict[str, Any] | None:
        """OpenAI's way to ask for a JSON schema; the other forms have none."""
        form, answer = form_of(self.task.kind), self.settings.answer
        if form.schema is not None:
            return _schema_format(form.schema(self.task.labels))
        if answer is None or answer.json_schema is None or not answer.constrain:
            return None
        return _schema_format(answer.json_schema)

    def _prediction(self, example: Example, reply: Reply, asked: Asked, form: Grammar | None) -> Prediction:
        kind = form_of(self.task.kind)
        cites = self.grounding is not None and self.grounding.settings.cite and kind.free_text
        answer, citations = cited(reply.text, asked.passages) if cites else (reply.text, ())
        reading = kind.read(answer, example.input, self.task.labels)
        text, unparseable = reading.target, not reading.whole or (form is not None and not form.matches(answer))
        if kind.chooses:
            label = parse_label(reply.text, self.prompt.label_words)
            text, unparseable = label or NO_LABEL, label is None
        return Prediction(
            id=example.id,
            text=text,
            tokens_in=reply.tokens_in,
            tokens_out=reply.tokens_out,
            cut=asked.cut,
            unfinished=reply.unfinished,
            dropped=asked.dropped,
            unparseable=unparseable,
            citations=citations,
            contexts=contexts_of(asked.passages),
            context_ids=tuple(one.id for one in asked.passages),
        )

    def _fit(self, example: Example, shown: Sequence[Example], room: int) -> Asked:
        """The conversation, made to fit the window by an estimate of its tokens.

        Demonstrations give way first (the first ones first), then passages (the last ones first), then the end of the
        input.

        Raises:
            ModelError: there is no room for any input beside the instruction and the answer.
        """
        prompt = with_note(self.prompt, self.grounding.settings if self.grounding else None, self.task)
        few, asked, cut = list(shown), example, 0
        while (over := self.model.count(messages := prompt.messages(asked, few)) - room) > 0:
            if few:
                few = few[1:]
                continue
            if asked.passages:
                asked = replace(asked, passages=asked.passages[:-1])
                continue
            if not asked.input:
                raise ModelError([_no_room(self.model, self.settings.max_new_tokens)])
            text = asked.input.encode()[: -3 * over].decode(errors="ignore")
            asked, cut = replace(asked, input=text), cut + over
        return Asked(messages, cut, len(shown) - len(few), asked.passages)


class Asked(NamedTuple):
    """A conversation that fits: tokens of the input and demonstrations that were left out, passages that are in it."""

    messages: tuple[Message, ...]
    cut: int
    dropped: int
    passages: tuple[Passage, ...]


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
