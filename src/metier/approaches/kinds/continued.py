"""Continued pretraining: a model that learns raw text, or foretells it as it is.

Unsupervised adaptation to a domain (Gururangan et al. 2020, arXiv 2004.10964): causal models learn the next token of
packed documents, encoders hidden words, encoder-decoder models hidden stretches (where their tokenizer has marks
for these, as T5's has). What comes of it is measured in bits a byte on documents that were held out.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.approaches.system import Built
from metier.approaches.tuning import fine_tuning, formats
from metier.approaches.tuning.documents import document_rows
from metier.approaches.tuning.likelihood import TextModel, for_words, foretold, text_model
from metier.approaches.tuning.selecting import check_selection, selected
from metier.approaches.tuning.splitting import check_splitting
from metier.approaches.tuning.starting import beginning
from metier.core import Example, NotApplicableError, Prediction, Problem, Record, Task
from metier.core.artifacts import read_json, write_json
from metier.core.said import Said
from metier.data import Dataset
from metier.models import (
    CausalModel,
    ModelSource,
    document_marks,
    has_word_head,
    load_module,
    load_tokenizer,
    num_parameters,
    span_marks,
)
from metier.training import METHODS, WeightsSettings, check_method

MASKED_EPOCHS = 3.0
"""Of encoders where the recipe is silent; a method's own number is for the few rows of a classifier."""
WORDS = ("masked words",)
"""What the outputs of an encoder's head stand for; weights that have learnt the same go on with their head."""
WRITTEN = 64
"""Tokens that a causal model goes on with where it is asked to write."""

_HAS_ANSWERS = "It learns raw text (task.kind: continue), and this task has answers."


@dataclass(frozen=True)
class ContinuedSystem:
    """Foretells documents; a causal model can also go on with them."""

    model: TextModel
    resources: Resources

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """Bits that each document takes."""
        texts = [example.input for example in examples]
        found = foretold(self.model, texts, reporter=self.resources.reporter)
        return [
            Prediction(id=example.id, text="", tokens_in=each.tokens, bits=each.bits, bytes=len(example.input.encode()))
            for example, each in zip(examples, found, strict=True)
        ]

    def go_on(self, examples: Sequence[Example]) -> list[Prediction]:
        """As :meth:`predict`, with what a causal model writes next; encoders write nothing."""
        found = self.predict(examples)
        if not isinstance(self.model, CausalModel):
            return found
        begin = document_marks(self.model.tokenizer).begin
        room = self.model.max_tokens - WRITTEN - len(begin)
        asked = [[*begin, *self.model.encode(example.input)[-room:]] for example in examples]
        written = self.model.generate(asked, max_new_tokens=WRITTEN, reporter=self.resources.reporter)
        return [
            replace(each, text=answer.text, tokens_out=answer.tokens, unfinished=answer.unfinished)
            for each, answer in zip(found, written, strict=True)
        ]


class Continued:
    """Learns raw text, or measures the base."""

    def applies(self, task: Task) -> str:
        """Works for ``continue``."""
        return "" if task.kind == "continue" else Said(_HAS_ANSWERS)

    def check(self, settings: ApproachSettings, task: Task | None, resources: Resources) -> list[Problem]:
        """Has no prompt and no retrieval; encoders learn hidden words with methods that have a place for their head."""
        problems = [
            _problem(part, f"no {part}: raw text is read as it is", f"a {part} section")
            for part in ("prompt", "retrieval", "augment", "rewards")
            if getattr(settings, part) is not None
        ]
        source = resources.source(settings.model)
        problems += _unmarked(source)
        if settings.weights is None:
            return problems
        problems += [
            _problem(f"weights.{part}", "none: raw text is no answer", f"a {part} section")
            for part in ("preference", "reinforce", "distill")
            if getattr(settings.weights, part) is not None
        ]
        if settings.weights.head_learning_rate is not None:
            expected = "learning_rate alone: what foretells words is no new head"
            problems.append(
                _problem("weights.head_learning_rate", expected, f"{settings.weights.head_learning_rate:g}")
            )
        problems += check_selection(settings.weights, task)
        problems += check_splitting(settings.weights, task, windows=True)
        problems += check_method(settings.weights, source) or _unfit(settings.weights, source)
        return problems

    def build(
        self, name: str, settings: ApproachSettings, dataset: Dataset, resources: Resources, folder: Path
    ) -> Built:
        """Train on windows of the documents; the base as it is needs nothing but its name.

        Raises:
            NotApplicableError: an encoder without a head for masked words is to be measured as it is, or an
                encoder-decoder model has no marks for hidden stretches.
        """
        source = resources.source(settings.model)
        write_json(folder / "continued.json", {"model": settings.model, "trained": settings.weights is not None})
        if unmarked := _unmarked(source):
            raise NotApplicableError(unmarked)
        if settings.weights is not None:
            return self._train(name, settings, settings.weights, dataset, resources, folder)
        if source.profile.family == "encoder" and not has_word_head(source):
            raise NotApplicableError([_no_head(source)])
        total = num_parameters(self.load(folder, dataset.task, resources).model.module)
        return Built(
            Record(
                approach=name,
                summary=Said("%(model)s unchanged: how well it foretells the documents as it is.", model=source.name),
                total_parameters=total,
                notes=(resources.compute.note,),
                settings=settings.model_dump(),
                seed=resources.seed,
            )
        )

    def _train(
        self,
        name: str,
        settings: ApproachSettings,
        asked: WeightsSettings,
        dataset: Dataset,
        resources: Resources,
        folder: Path,
    ) -> Built:
        started = time.perf_counter()
        plain = resources.source(settings.model)
        encoder = plain.profile.family == "encoder"
        begun = beginning(asked_of(plain, asked), for_words(plain), resources, folder)
        weights, source = begun.settings, begun.source
        compute = formats.base_compute(weights, resources.compute, source.profile.family)
        model = text_model(source, compute)
        longest = fine_tuning.window(weights, model.max_tokens)
        documents, left_out = selected(dataset.train, weights, resources)
        rows = document_rows(model, documents, max_length=longest)
        tuned = fine_tuning.tune(
            partial(load_module, source, compute, words=True),
            model.tokenizer,
            rows,
            document_rows(model, dataset.validation, max_length=longest),
            begun,
            resources=resources,
            folder=folder,
            answers=WORDS if encoder else (),
        )
        learnt = rows.learnt if tuned.settings.epochs else 0
        notes = [resources.compute.note, Said("Rows in training: %(layout)s.", layout=tuned.layout), *tuned.notes]
        if encoder and not has_word_head(plain) and not begun.keeps_head(WORDS):
            notes.append(Said("The encoder came without a head for masked words; a new one was trained beside it."))
        record = Record(
            approach=name,
            summary=Said(
                "Continued pretraining of %(model)s (%(method)s) on %(n)s documents in %(windows)s windows%(begun)s: "
                "%(what)s.",
                model=source.name,
                method=weights.method,
                n=str(learnt),
                windows=str(len(rows.rows)),
                begun=begun.in_words,
                what=_foretold(source.profile.family),
            ),
            seconds={"train": tuned.seconds, "rest": max(0.0, time.perf_counter() - started - tuned.seconds)},
            trainable_parameters=tuned.trainable_parameters,
            total_parameters=tuned.total_parameters,
            trained_examples=learnt,
            trained_tokens=sum(row.trained_tokens for row in rows.rows),
            skipped=rows.skipped,
            notes=tuple(notes),
            settings=settings.model_copy(update={"weights": tuned.settings}).model_dump(),
            seed=resources.seed,
            curve=tuned.curve,
            rows_in_weights=tuned.rows,
        )
        return Built(record, tuple(rows.tokens + left_out) if tuned.settings.epochs else ())

    def load(self, folder: Path, task: Task, resources: Resources) -> ContinuedSystem:
        """The base, with the saved weights where some were trained."""
        stored = read_json(folder / "continued.json")
        weights = folder / "weights" if stored["trained"] else None
        source = for_words(resources.source(stored["model"]))
        if weights is None:
            return ContinuedSystem(text_model(source, resources.compute), resources)
        compute = formats.answering_compute(weights, resources.compute)
        return ContinuedSystem(
            text_model(formats.answering_source(weights, source), compute, weights=weights), resources
        )


def asked_of(source: ModelSource, settings: WeightsSettings) -> WeightsSettings:
    """The settings of a training on raw text, where the recipe is silent and a method's own number is for rows."""
    if source.profile.family != "encoder" or settings.epochs is not None:
        return settings
    return settings.model_copy(update={"epochs": MASKED_EPOCHS})


def _unfit(settings: WeightsSettings, source: ModelSource) -> list[Problem]:
    """Methods that an encoder has for labels alone."""
    if source.profile.family != "encoder":
        return []
    method = METHODS.get(settings.method)
    if "virtual_tokens" in method.uses:
        got = f"{settings.method!r}: PEFT knows no virtual tokens before masked words"
    elif settings.method == "head":
        got = "'head', which trains the head of a classifier"
    elif not source.profile.masked_head and not has_word_head(source) and method.frozen_base:
        got = f"{settings.method!r}, beside which no head for masked words is known in the profile of this model"
    else:
        return []
    expected = "a method for masked words"
    return [_problem("weights.method", expected, got, remedy="use method: full or lora")]


def _unmarked(source: ModelSource) -> list[Problem]:
    """Encoder-decoder models without marks for hidden stretches."""
    if source.profile.family != "seq2seq" or len(span_marks(load_tokenizer(source))) > 1:
        return []
    expected = "a tokenizer with marks for hidden stretches (<extra_id_0>, ...), as T5's has, or a causal model"
    return [_problem("model", expected, f"{source.name!r}, which has none", remedy="choose another model")]


def _no_head(source: ModelSource) -> Problem:
    expected = "an encoder with a head for masked words, which is measured as it is"
    return _problem("model", expected, f"{source.name!r}, which came without one", remedy="train it (weights)")


def _problem(path: str, expected: str, got: str, remedy: str = "leave it out") -> Problem:
    return Problem(where="recipe", path=path, expected=expected, got=got, remedy=remedy)


def _foretold(family: str) -> Said:
    """What a model learns to foretell."""
    if family == "causal":
        return Said("the next token")
    return Said("hidden words") if family == "encoder" else Said("hidden stretches")


kind = Continued()
