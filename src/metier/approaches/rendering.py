"""Rows as a model will see them: chat template applied, each approach's prompt, and which tokens are learnt.

Tokenizers are loaded and no weights (but the embedder's, where demonstrations or passages are chosen by likeness).
What is shown is made by the functions that make training rows and questions, and read back from their token ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from metier.approaches.build import FLOORS, kind_of
from metier.approaches.grounding.context import Grounding, build_grounding, with_note
from metier.approaches.grounding.distracting import distracted
from metier.approaches.heads import HEADS
from metier.approaches.prompting.asking import PromptedSystem, demonstrations
from metier.approaches.prompting.asking_hosted import HostedSystem
from metier.approaches.prompting.wording import listing, prompt_for, worded
from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.approaches.tuning import fine_tuning
from metier.approaches.tuning.documents import document_rows
from metier.approaches.tuning.likelihood import for_words, text_model
from metier.approaches.tuning.marking import marked_rows, paired
from metier.approaches.tuning.rows import answer_rows
from metier.approaches.tuning.selecting import selected
from metier.approaches.tuning.splitting import halving, whole_rows
from metier.core import Example, ModelError, Task
from metier.core.tasks import form_of
from metier.models import HostedModel, encode_document, language_model
from metier.models.loading import load_tokenizer
from metier.prompts import Calibration, Prompt, PromptSettings
from metier.retrieval import gold_column
from metier.training import Row, WeightsSettings, resolved

Part = Literal["read", "learnt", "expected", "rejected"]
"""Of a text: only read; learnt (its tokens carry loss); the right answer, which the model is to find; an answer that it
is to learn to avoid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A run of text.

    Attributes:
        part: what it is to the model.
        text: special tokens written out.
        weight: share of the loss that each of its tokens carries, 0 to 1.
    """

    part: Part
    text: str
    weight: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One row as one approach sees it.

    Attributes:
        approach: its name.
        id: the row's.
        pieces: the text, in order; empty where the row is left out.
        tokens: length in tokens, of what is read and learnt; of hosted models an estimate.
        learnt: tokens that carry loss.
        cut: tokens of the input that were left out to fit.
        dropped: demonstrations and passages that were.
        left_out: why the row is not used at all; empty where it is.
    """

    approach: str
    id: str
    pieces: tuple[Piece, ...] = ()
    tokens: int = 0
    learnt: int = 0
    cut: int = 0
    dropped: int = 0
    left_out: str = ""


def shows(name: str, settings: ApproachSettings, resources: Resources) -> bool:
    """Whether rows of this approach can be shown: floors have neither prompt nor tokens."""
    return name not in FLOORS and kind_of(name, settings, resources) in {"prompted", "classifier", "hosted"}


def shown_rows(
    name: str,
    settings: ApproachSettings,
    task: Task,
    pool: Sequence[Example],
    examples: Sequence[Example],
    resources: Resources,
) -> list[Shown]:
    """Each example as the approach sees it: as a training row where weights are trained, else as a question.

    Args:
        name: of the approach; one for which :func:`shows` is true.
        settings: its settings.
        task: what is asked.
        pool: the training rows, which demonstrations are chosen from.
        examples: what to show.
        resources: models, embedder, documents.
    """
    view = _View(name, settings, task, tuple(pool), resources)
    found = _seen(view, examples, kind_of(name, settings, resources, task.kind))
    distill = settings.weights and settings.weights.distill
    return [_taught(one, distill.teacher) for one in found] if distill and distill.by == "answers" else found


def _seen(view: _View, examples: Sequence[Example], kind: str) -> list[Shown]:
    settings, resources = view.settings, view.resources
    if kind == "continued":
        return view.read(examples)
    if kind == "classifier":
        return view.classified(examples)
    if settings.retrieval is None:
        return view.shown(examples, kind, None)
    with TemporaryDirectory() as folder:
        grounding, _ = build_grounding(settings.retrieval, resources, Path(folder))
        try:
            return view.shown(view.grounded(examples, grounding), kind, grounding)
        finally:
            grounding.index.store.close()


@dataclass(frozen=True, slots=True)
class _View:
    """One approach, looking at rows; ``examples`` have their passages."""

    name: str
    settings: ApproachSettings
    task: Task
    pool: Sequence[Example]
    resources: Resources

    def grounded(self, examples: Sequence[Example], grounding: Grounding) -> Sequence[Example]:
        """The examples with their passages, as training sees them where weights are trained."""
        rows = grounding.ground(examples).examples
        if self.settings.weights is None or grounding.settings.raft is None:
            return rows
        column = gold_column(rows, {entry.id for entry in grounding.index.store.catalogue()})
        return distracted(grounding, rows, self.task, column=column, seed=self.resources.seed).rows

    def shown(self, examples: Sequence[Example], kind: str, grounding: Grounding | None) -> list[Shown]:
        """As training rows where weights are trained on right answers, else as questions."""
        weights = self.settings.weights
        if weights is not None and weights.reinforce is not None:
            left_out = self._not_drawn(weights)
            return [
                replace(one, left_out=left_out.get(one.id, one.left_out)) for one in self._asked(examples, grounding)
            ]
        if weights is not None:
            return self._trained(examples, weights)
        return self._sent(examples, grounding) if kind == "hosted" else self._asked(examples, grounding)

    def _trained(self, examples: Sequence[Example], wanted: WeightsSettings) -> list[Shown]:
        source = self.resources.source(self.settings.model)
        asked = worded(self.settings.prompting, self.task, trained=True, folder=self.resources.recipe_folder)
        weights = resolved(wanted, source.profile.family)
        tokens = language_model(source, self.resources.compute)  # its weights are never asked for
        prompt = with_note(prompt_for(self.task, asked, trained=True), self.settings.retrieval, self.task)
        shown = demonstrations(asked, self.pool, examples, self.resources)
        longest = fine_tuning.window(weights, tokens.max_tokens)
        if weights.preference is not None and weights.preference.loss == "kto":
            prepared = marked_rows(tokens, prompt, examples, shown, max_length=longest)
            rows = paired(prepared.rows)
        else:
            pairs = weights.preference is not None
            halve = halving(self.task, weights)
            prepared = answer_rows(
                tokens, prompt, examples, shown, max_length=longest, pairs=pairs, turns=weights.turns, halve=halve
            )
            rows = whole_rows(prepared.rows, [example.id for example in examples])
        left_out = {count.id: count.why for count in prepared.tokens if not count.trained}
        left_out |= self._not_drawn(weights)
        return [
            _trained_row(self.name, example.id, rows.get(example.id), left_out, tokens.tokenizer)
            for example in examples
        ]

    def _not_drawn(self, weights: WeightsSettings) -> dict[str, str]:
        """Why rows are not trained on, by id, where ``max_rows`` leaves some out."""
        return {one.id: one.why for one in selected(self.pool, weights, self.resources)[1]}

    def _asked(self, examples: Sequence[Example], grounding: Grounding | None) -> list[Shown]:
        asked = worded(self.settings.prompting, self.task, trained=False, folder=self.resources.recipe_folder)
        model = language_model(self.resources.source(self.settings.model), self.resources.compute)
        system = PromptedSystem(model=model, **self._parts(asked, grounding))  # to put a question needs no weights
        try:
            questions = system.ask(examples)
        except ModelError as error:
            problem = error.problems[0]
            return [Shown(approach=self.name, id=example.id, left_out=problem.got) for example in examples]
        return [
            self._question(
                example,
                system.model.tokenizer.decode(one.ids, clean_up_tokenization_spaces=False),
                system.prompt,
                tokens=len(one.ids),
                cut=one.cut,
                dropped=one.dropped + len(example.passages) - len(one.passages),
            )
            for example, one in zip(examples, questions, strict=True)
        ]

    def _sent(self, examples: Sequence[Example], grounding: Grounding | None) -> list[Shown]:
        """What would leave this machine; nothing does."""
        assert self.settings.hosted is not None, "checked before"
        asked = worded(listing(self.settings.prompting), self.task, trained=False, folder=self.resources.recipe_folder)
        model = HostedModel(self.settings.model or self.resources.model, self.settings.hosted)
        system = HostedSystem(model=model, **self._parts(asked, grounding))
        return [
            self._question(
                example,
                "\n".join(f"[{turn.role}] {turn.content}" for turn in one.messages),
                system.prompt,
                tokens=model.count(one.messages),
                cut=one.cut,
                dropped=one.dropped + len(example.passages) - len(one.passages),
            )
            for example, one in zip(examples, system.ask(examples), strict=True)
        ]

    def _parts(self, asked: PromptSettings, grounding: Grounding | None) -> dict[str, Any]:
        """What a System that is asked has beside its model."""
        return {
            "task": self.task,
            "prompt": prompt_for(self.task, asked, trained=False),
            "settings": asked,
            "pool": self.pool if asked.demonstrations else (),
            "calibration": Calibration.identity(len(self.task.labels)),
            "resources": self.resources,
            "grounding": grounding,
        }

    def _question(self, example: Example, text: str, prompt: Prompt, *, tokens: int, cut: int, dropped: int) -> Shown:
        pieces = (Piece(part="read", text=text), Piece(part="expected", text=prompt.wording(example)))
        return Shown(approach=self.name, id=example.id, pieces=pieces, tokens=tokens, cut=cut, dropped=dropped)

    def read(self, examples: Sequence[Example]) -> list[Shown]:
        """Raw text: causal models learn every token of it, others those that a step hides from them."""
        source = for_words(self.resources.source(self.settings.model))
        model, weights = text_model(source, self.resources.compute), self.settings.weights
        longest = fine_tuning.window(resolved(weights, source.profile.family), model.max_tokens) if weights else 0
        found: list[Shown] = []
        for example in examples:
            rows = document_rows(model, [example], max_length=longest).rows if weights else []
            pieces = [piece for row in rows for piece in _pieces(row.ids, row.weights, model.tokenizer)]
            learnt, tokens = sum(row.trained_tokens for row in rows), sum(len(row.ids) for row in rows)
            if not weights:
                pieces = [Piece(part="read", text=example.input)]
                tokens = len(encode_document(model.tokenizer, example.input))
            found.append(Shown(approach=self.name, id=example.id, pieces=tuple(pieces), tokens=tokens, learnt=learnt))
        return found

    def classified(self, examples: Sequence[Example]) -> list[Shown]:
        """Texts with the encoder's own special tokens; what the head learns stands behind them.

        Heads on tokens read long texts in windows, so that nothing is cut.
        """
        assert self.settings.weights is not None, "checked before"
        source = self.resources.source(self.settings.model)
        weights, tokenizer = resolved(self.settings.weights, source.profile.family), load_tokenizer(source)
        windows = HEADS.get(self.task.kind).tokens
        longest = fine_tuning.window(weights, source.max_tokens)
        found: list[Shown] = []
        for example in examples:
            ids: list[int] = tokenizer(example.input, truncation=False, verbose=False)["input_ids"]
            whole = len(ids)
            if not windows:
                ids = tokenizer(example.input, truncation=True, max_length=longest)["input_ids"]
            text = tokenizer.decode(ids, clean_up_tokenization_spaces=False)
            learnt = Piece(part="learnt", text=form_of(self.task.kind).shown(example.target or ""), weight=1.0)
            pieces = (Piece(part="read", text=text), learnt)
            count = len(ids) if windows else 1
            cut = whole - len(ids)
            found.append(
                Shown(approach=self.name, id=example.id, pieces=pieces, tokens=len(ids), learnt=count, cut=cut)
            )
        return found


def _trained_row(name: str, id: str, row: Row | None, left_out: dict[str, str], tokenizer: Any) -> Shown:
    if row is None:
        return Shown(approach=name, id=id, left_out=left_out.get(id, "it has nothing to learn from"))
    pieces = [Piece(part="read", text=_text(row.source, tokenizer))] if row.source else []
    pieces += _pieces(row.ids, row.weights, tokenizer)
    if row.desirable is False:
        pieces = [replace(piece, part="rejected") if piece.part == "learnt" else piece for piece in pieces]
    if row.rejected:
        pieces += [
            replace(piece, part="rejected")
            for piece in _pieces(row.rejected, row.rejected_weights, tokenizer)
            if piece.part == "learnt"
        ]
    return Shown(
        approach=name,
        id=id,
        pieces=tuple(pieces),
        tokens=len(row.source) + len(row.ids),
        learnt=row.trained_tokens,
        cut=row.cut,
        left_out=left_out.get(id, ""),
    )


def _taught(shown: Shown, teacher: str) -> Shown:
    """The row with a teacher's answer in place of its target; nobody is asked for it here."""
    read = tuple(piece for piece in shown.pieces if piece.part == "read")
    answer = Piece(part="learnt", text=f"[what {teacher} answers]", weight=1.0)
    return replace(shown, pieces=(*read, answer)) if shown.pieces else shown


def _pieces(ids: Sequence[int], weights: Sequence[float], tokenizer: Any) -> list[Piece]:
    """Runs of tokens with the same weight, read back as text."""
    found: list[Piece] = []
    for weight, run in groupby(zip(ids, weights, strict=True), key=lambda pair: pair[1]):
        text = _text([token for token, _ in run], tokenizer)
        found.append(Piece(part="learnt" if weight else "read", text=text, weight=weight))
    return found


def _text(ids: Sequence[int], tokenizer: Any) -> str:
    """Token ids read back."""
    return tokenizer.decode(ids, clean_up_tokenization_spaces=False)
