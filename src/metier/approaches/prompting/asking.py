"""A language model that is asked with a prompt: the System behind zero-shot, few-shot and fine-tuned generation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any, NamedTuple

from metier.approaches.fitting import fit
from metier.approaches.grounding.context import Grounded, Grounding, with_note
from metier.approaches.grounding.rewriting import Spent
from metier.approaches.prompting.reasoning import Drawn, Thought, counted, draws, mean_scores, voted
from metier.approaches.resources import Resources
from metier.core import Example, ModelError, Passage, Prediction, Problem, Task, derive
from metier.core.tasks import TaskForm, form_of
from metier.models import CausalModel, Drawing, Grammar, LanguageModel, sample
from metier.prompts import SELECTORS, Calibration, Prompt, PromptSettings, cited
from metier.retrieval import caller_of, may_read


def contexts_of(passages: Sequence[Passage]) -> tuple[str, ...]:
    """The passages' texts below their titles."""
    return tuple(f"{one.title}\n{one.text}" if one.title else one.text for one in passages)


class Asked(NamedTuple):
    """A rendered question.

    Attributes:
        ids: token ids of the whole prompt.
        cut: tokens of the example that were left out to fit the window.
        dropped: demonstrations that were left out to fit it.
        passages: those that are in it, most relevant first.
    """

    ids: list[int]
    cut: int
    dropped: int
    passages: tuple[Passage, ...] = ()

    @property
    def contexts(self) -> tuple[str, ...]:
        """The passages' texts below their titles."""
        return contexts_of(self.passages)

    @property
    def context_ids(self) -> tuple[str, ...]:
        """The passages' ids."""
        return tuple(one.id for one in self.passages)


class Scored(NamedTuple):
    """Labels of examples under a model.

    Attributes:
        drawn: the examples, with the thoughts of each draw.
        asked: how each was asked, by draw.
        scores: log-probabilities, [examples, labels].
    """

    drawn: list[Drawn]
    asked: list[list[Asked]]
    scores: Any


@dataclass(frozen=True)
class PromptedSystem:
    """Asks the model, with passages where it has a grounding; scores labels to choose one, else generates."""

    model: LanguageModel
    task: Task
    prompt: Prompt
    settings: PromptSettings
    pool: Sequence[Example]
    calibration: Calibration
    resources: Resources
    grounding: Grounding | None = None

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """Labels with calibrated probabilities, or generated text."""
        grounded = self.grounded(examples)
        answers = (self._chosen if self._form.chooses else self._generate)(grounded.examples)
        return [spent.added_to(answer) for spent, answer in zip(grounded.spent, answers, strict=True)]

    def _chosen(self, examples: Sequence[Example]) -> list[Prediction]:
        scored = self._scored(examples, label="answer")
        answers = self._answers()
        found: list[Prediction] = []
        for place, row in enumerate(self.calibration.probabilities(scored.scores)):
            every, best = [asked[place] for asked in scored.asked], int(row.argmax())
            answer = Prediction(
                id=examples[place].id,
                text=self.task.labels[best],
                scores={label: float(share) for label, share in zip(self.task.labels, row, strict=True)},
                tokens_in=sum(len(one.ids) for one in every),
                tokens_out=len(answers[best]),
                cut=max(one.cut for one in every),
                dropped=max(one.dropped for one in every),
                contexts=every[0].contexts,
                context_ids=every[0].context_ids,
            )
            for drawn in scored.drawn:
                answer = counted(answer, drawn.thoughts[place])
            found.append(answer)
        return found

    def _scored(self, examples: Sequence[Example], *, label: str) -> Scored:
        """Log-probabilities of the labels, before calibration: the mean over thoughts, where it thinks."""
        drawn = draws(examples, self.settings.reason, self._think)
        asked = [self.ask(one.examples) for one in drawn]
        answers, reporter = self._answers(), self.resources.reporter
        every = [self.model.score([one.ids for one in some], answers, reporter=reporter, label=label) for some in asked]
        return Scored(drawn, asked, mean_scores(every))

    def _think(self, examples: Sequence[Example], number: int) -> list[Thought]:
        """The likeliest thought about each example; with several draws, one drawn at random."""
        reason = self.settings.reason
        assert reason is not None
        assert isinstance(self.model, CausalModel), "checked before"
        asked = self.ask(examples, answer=reason.tokens)
        prompts, reporter = [one.ids for one in asked], self.resources.reporter
        drawing = Drawing(
            max_new_tokens=reason.tokens,
            pad=self.model.tokenizer.pad_token_id,
            temperature=reason.temperature if reason.samples > 1 else 0.0,
            stops=tuple(self.model.stop_ids()),
        )
        seed = derive(self.resources.seed, "thought", number)
        written = sample(self.model.module, prompts, drawing, seed=seed, reporter=reporter, label="think")
        return [
            Thought(self.model.decode(ids), len(one.ids), len(ids), one.cut, one.dropped)
            for one, ids in zip(asked, written, strict=True)
        ]

    @property
    def _form(self) -> TaskForm:
        return form_of(self.task.kind)

    def label_scores(self, examples: Sequence[Example], *, label: str) -> Any:
        """Uncalibrated log-probabilities of the labels, [len(examples), labels]."""
        return self._scored(self.grounded(examples).examples, label=label).scores

    def grounded(self, examples: Sequence[Example]) -> Grounded:
        """The examples with passages, where the System has documents."""
        if self.grounding is None:
            return Grounded([*examples], [Spent()] * len(examples))
        return self.grounding.ground(examples, self.model)

    def _generate(self, examples: Sequence[Example]) -> list[Prediction]:
        """Generated answers; where nothing was found that the asker may read, the answer that says so."""
        abstain = self.grounding.settings.abstain if self.grounding and self._form.free_text else None
        if abstain is not None and any(not example.passages for example in examples):
            answered = iter(self._written([example for example in examples if example.passages]))
            unknown = [None if example.passages else Prediction(id=example.id, text=abstain) for example in examples]
            return [one or next(answered) for one in unknown]
        return self._written(examples)

    def _written(self, examples: Sequence[Example]) -> list[Prediction]:
        """Generated answers; where it thinks several times, those that most thoughts lead to."""
        every = [
            [counted(answer, thought) for answer, thought in zip(self._once(one.examples), one.thoughts, strict=True)]
            for one in draws(examples, self.settings.reason, self._think)
        ]
        return [voted(answers) for answers in zip(*every, strict=True)]

    def _once(self, examples: Sequence[Example]) -> list[Prediction]:
        asked = self.ask(examples)
        form = self.settings.answer.grammar() if self.settings.answer else None
        held: Grammar | list[Grammar] | None = form if self.settings.answer and self.settings.answer.constrain else None
        if self._form.lark is not None:
            held = [Grammar.lark(self._form.lark(self.task.labels, example.input)) for example in examples]
        written = self.model.generate(
            [one.ids for one in asked],
            max_new_tokens=self.settings.max_new_tokens,
            reporter=self.resources.reporter,
            label="answer",
            grammar=held,
        )
        cites = self.grounding is not None and self.grounding.settings.cite and self._form.free_text
        answers = [
            cited(answer.text, one.passages) if cites else (answer.text, ())
            for one, answer in zip(asked, written, strict=True)
        ]
        understood = [
            self._form.read(text, example.input, self.task.labels)
            for example, (text, _) in zip(examples, answers, strict=True)
        ]
        return [
            Prediction(
                id=example.id,
                text=reading.target,
                tokens_in=len(one.ids),
                tokens_out=answer.tokens,
                cut=one.cut,
                unfinished=answer.unfinished,
                dropped=one.dropped,
                unparseable=not reading.whole or (form is not None and not form.matches(text)),
                citations=citations,
                contexts=one.contexts,
                context_ids=one.context_ids,
            )
            for example, one, answer, (text, citations), reading in zip(
                examples, asked, written, answers, understood, strict=True
            )
        ]

    def _answers(self) -> list[list[int]]:
        """Token ids of each label's wording, as the model is scored with them."""
        words = [self.prompt.label_words[label] for label in self.task.labels]
        return self.model.label_ids(self.prompt.messages(Example(id="", input="a")), words)

    def ask(self, examples: Sequence[Example], *, answer: int | None = None) -> list[Asked]:
        """Each prompt, made to fit the window beside an answer of so many tokens. None: as long as it may become.

        Raises:
            ModelError: there is no room for any input beside the instruction and the answer.
        """
        shown = demonstrations(self.settings, self.pool, examples, self.resources)
        if answer is None:
            answer = max(map(len, self._answers())) if self._form.chooses else self.settings.max_new_tokens
        room = self.model.room(answer)
        return [self._fit(example, few, room) for example, few in zip(examples, shown, strict=True)]

    def _fit(self, example: Example, shown: Sequence[Example], room: int) -> Asked:
        prompt = with_note(self.prompt, self.grounding.settings if self.grounding else None, self.task)

        def ids_of(asked: Example, few: Sequence[Example]) -> list[int]:
            return self.model.prompt(prompt.messages(asked, few))

        ids = ids_of(example, shown)
        if len(ids) <= room:
            return Asked(ids, 0, 0, example.passages)
        fitted = fit(self.model, example, shown, room=room, length=lambda asked, few: len(ids_of(asked, few)))
        if not fitted.fits:
            raise ModelError([_no_room(self.model, room)])
        dropped = len(shown) - len(fitted.shown)
        return Asked(ids_of(fitted.example, fitted.shown), fitted.cut, dropped, fitted.example.passages)


def _no_room(model: LanguageModel, room: int) -> Problem:
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
    """What is shown before each example, of the rows that its readers may see; nothing for zero-shot prompts."""
    if not settings.demonstrations:
        return [[] for _ in examples]
    if any(row.readers is not None for row in pool):
        return _by_readers(settings, pool, examples, resources)
    choose = SELECTORS.get(settings.choose)
    chosen = choose(pool, examples, count=settings.demonstrations, seed=resources.seed, embed=resources.embed)
    if settings.order == "reversed":
        return [shown[::-1] for shown in chosen]
    if settings.order == "mixed":
        return [Random(derive(resources.seed, "order")).sample(shown, len(shown)) for shown in chosen]
    return chosen


def _by_readers(
    settings: PromptSettings, pool: Sequence[Example], examples: Sequence[Example], resources: Resources
) -> list[list[Example]]:
    """Choose for all examples of one asker at a time, from a pool that holds nothing else than they may read."""
    found: dict[int, list[Example]] = {}
    for asker in dict.fromkeys(caller_of(example.readers) for example in examples):
        places = [i for i, example in enumerate(examples) if caller_of(example.readers) == asker]
        readable = [replace(row, readers=None) for row in pool if may_read(row.readers, asker)]
        shown = demonstrations(settings, readable, [examples[i] for i in places], resources) if readable else []
        found.update(zip(places, shown or [[] for _ in places], strict=True))
    return [found[i] for i in range(len(examples))]
