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

from metier.approaches import tuning
from metier.approaches.asking import Asked, PromptedSystem, demonstrations
from metier.approaches.asking_hosted import HostedSystem
from metier.approaches.build import FLOORS, kind_of
from metier.approaches.grounding import Grounding, build_grounding, with_note
from metier.approaches.heads import HEADS
from metier.approaches.prompting import listing, prompt_for, worded
from metier.approaches.resources import Resources
from metier.approaches.rows import causal_rows, drawn
from metier.approaches.settings import ApproachSettings
from metier.core import Example, ModelError, Task
from metier.core.tasks import form_of
from metier.models import CausalModel, HostedModel
from metier.models.loading import load_tokenizer
from metier.prompts import Calibration
from metier.training import Row

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
    kind = kind_of(name, settings, resources)
    if kind == "classifier":
        return _classified(name, settings, task, examples, resources)
    if kind == "hosted":
        return _sent(name, settings, task, pool, examples, resources)
    with TemporaryDirectory() as folder:
        grounding = None
        if settings.retrieval is not None:
            grounding, _ = build_grounding(settings.retrieval, resources, Path(folder))
            examples = grounding.ground(examples)
        try:
            if settings.weights is not None:
                return _trained(name, settings, task, pool, examples, resources)
            return _asked(name, settings, task, pool, examples, resources, grounding)
        finally:
            if grounding:
                grounding.index.store.close()


def _trained(
    name: str,
    settings: ApproachSettings,
    task: Task,
    pool: Sequence[Example],
    examples: Sequence[Example],
    resources: Resources,
) -> list[Shown]:
    assert settings.weights is not None
    source = resources.source(settings.model)
    asked = worded(settings.prompt, task, trained=True, folder=resources.recipe_folder)
    weights = tuning.resolve(settings.weights, source)
    tokens = CausalModel(source, resources.compute)  # its weights are never asked for
    prompt = with_note(prompt_for(task, asked, trained=True), settings.retrieval, task)
    prepared = causal_rows(
        tokens,
        prompt,
        examples,
        demonstrations(asked, pool, examples, resources),
        max_length=tuning.window(weights, tokens.max_tokens),
        pairs=weights.preference is not None,
    )
    rows = {row.id: row for row in prepared.rows}
    left_out = {count.id: count.why for count in prepared.tokens if not count.trained}
    left_out |= {count.id: count.why for count in drawn(pool, weights.max_rows, seed=resources.seed)[1]}
    return [_trained_row(name, example.id, rows.get(example.id), left_out, tokens.tokenizer) for example in examples]


def _trained_row(name: str, id: str, row: Row | None, left_out: dict[str, str], tokenizer: Any) -> Shown:
    if row is None:
        return Shown(approach=name, id=id, left_out=left_out.get(id, "it has nothing to learn from"))
    pieces = _pieces(row.ids, row.weights, tokenizer)
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
        tokens=len(row.ids),
        learnt=row.trained_tokens,
        cut=row.cut,
        left_out=left_out.get(id, ""),
    )


def _pieces(ids: Sequence[int], weights: Sequence[float], tokenizer: Any) -> list[Piece]:
    """Runs of tokens with the same weight, read back as text."""
    found: list[Piece] = []
    for weight, run in groupby(zip(ids, weights, strict=True), key=lambda pair: pair[1]):
        text = tokenizer.decode([token for token, _ in run], clean_up_tokenization_spaces=False)
        found.append(Piece(part="learnt" if weight else "read", text=text, weight=weight))
    return found


def _asked(
    name: str,
    settings: ApproachSettings,
    task: Task,
    pool: Sequence[Example],
    examples: Sequence[Example],
    resources: Resources,
    grounding: Grounding | None,
) -> list[Shown]:
    asked = worded(settings.prompt, task, trained=False, folder=resources.recipe_folder)
    tokens = CausalModel(resources.source(settings.model), resources.compute)
    system = PromptedSystem(
        model=tokens,  # to put a question needs no weights
        task=task,
        prompt=prompt_for(task, asked, trained=False),
        settings=asked,
        pool=tuple(pool) if asked.demonstrations else (),
        calibration=Calibration.identity(len(task.labels)),
        resources=resources,
        grounding=grounding,
    )
    try:
        questions = system.ask(examples)
    except ModelError as error:
        problem = error.problems[0]
        return [Shown(approach=name, id=example.id, left_out=problem.got) for example in examples]
    return [_question(name, example, one, system) for example, one in zip(examples, questions, strict=True)]


def _question(name: str, example: Example, one: Asked, system: PromptedSystem) -> Shown:
    text = system.model.tokenizer.decode(one.ids, clean_up_tokenization_spaces=False)
    return Shown(
        approach=name,
        id=example.id,
        pieces=(Piece(part="read", text=text), Piece(part="expected", text=system.prompt.wording(example))),
        tokens=len(one.ids),
        cut=one.cut,
        dropped=one.dropped + len(example.passages) - len(one.passages),
    )


def _classified(
    name: str, settings: ApproachSettings, task: Task, examples: Sequence[Example], resources: Resources
) -> list[Shown]:
    """Texts with the encoder's own special tokens; what the head learns stands behind them.

    Heads on tokens read long texts in windows, so that nothing is cut.
    """
    assert settings.weights is not None, "checked before"
    source = resources.source(settings.model)
    weights, tokenizer = tuning.resolve(settings.weights, source), load_tokenizer(source)
    windows = HEADS.get(task.kind).tokens
    longest = tuning.window(weights, source.max_tokens)
    found: list[Shown] = []
    for example in examples:
        ids: list[int] = tokenizer(example.input, truncation=False, verbose=False)["input_ids"]
        whole = len(ids)
        if not windows:
            ids = tokenizer(example.input, truncation=True, max_length=longest)["input_ids"]
        text = tokenizer.decode(ids, clean_up_tokenization_spaces=False)
        learnt = Piece(part="learnt", text=form_of(task.kind).shown(example.target or ""), weight=1.0)
        pieces = (Piece(part="read", text=text), learnt)
        count = len(ids) if windows else 1
        cut = whole - len(ids)
        found.append(Shown(approach=name, id=example.id, pieces=pieces, tokens=len(ids), learnt=count, cut=cut))
    return found


def _sent(
    name: str,
    settings: ApproachSettings,
    task: Task,
    pool: Sequence[Example],
    examples: Sequence[Example],
    resources: Resources,
) -> list[Shown]:
    """What would leave this machine; nothing does."""
    assert settings.hosted is not None, "checked before"
    asked = worded(listing(settings.prompt), task, trained=False, folder=resources.recipe_folder)
    system = HostedSystem(
        model=HostedModel(settings.model or resources.model, settings.hosted),
        task=task,
        prompt=prompt_for(task, asked, trained=False),
        settings=asked,
        pool=tuple(pool) if asked.demonstrations else (),
        calibration=Calibration.identity(len(task.labels)),
        resources=resources,
    )
    found: list[Shown] = []
    for example, (messages, cut, dropped, _) in zip(examples, system.ask(examples), strict=True):
        text = "\n".join(f"[{turn.role}] {turn.content}" for turn in messages)
        pieces = (Piece(part="read", text=text), Piece(part="expected", text=system.prompt.wording(example)))
        tokens = system.model.count(messages)
        found.append(Shown(approach=name, id=example.id, pieces=pieces, tokens=tokens, cut=cut, dropped=dropped))
    return found
