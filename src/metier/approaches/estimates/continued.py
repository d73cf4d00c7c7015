"""Raw text: training on windows of documents, and foretelling documents, both on slices of the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metier.approaches.estimating import (
    ASKED,
    Asking,
    Bench,
    Estimate,
    answer_seconds,
    answering_terms,
    asked,
    load_seconds,
    some_of,
)
from metier.approaches.estimating_replay import beside
from metier.approaches.estimating_training import Training, estimate_training
from metier.approaches.kinds.continued import asked_of
from metier.approaches.settings import ApproachSettings
from metier.approaches.tuning import fine_tuning, formats
from metier.approaches.tuning.documents import document_rows
from metier.approaches.tuning.likelihood import for_words, foretold, text_class, text_model
from metier.approaches.tuning.rows import drawn
from metier.core import Example
from metier.models import ModelSource
from metier.models.slicing.slices import Outputs
from metier.training import METHODS, WeightsSettings, resolved
from metier.training.estimating.probing import Setup

CUT = 2000
"""Characters of a document that a slice foretells to be measured; longer ones take as much more."""


def estimate(settings: ApproachSettings, bench: Bench) -> Estimate:
    """Train where it is asked for, then foretell the test documents."""
    source = for_words(bench.resources.source(settings.model))
    outputs = Outputs(0, words=True) if source.profile.family == "encoder" else None
    weights = resolved(asked_of(source, settings.weights), source.profile.family) if settings.weights else None
    training = _training(weights, source, outputs, bench) if weights else None
    asking = _asking(weights, source, outputs, bench)
    compute = formats.answering_format(weights, bench.resources.compute)
    answering = answering_terms(bench, source, compute, asking, outputs=outputs)
    return Estimate(
        memory=max(training.memory if training else {}, answering, key=lambda terms: sum(terms.values())),
        build={**(training.seconds if training else {}), "load": load_seconds(source)},
        answer=answer_seconds(asking, bench, source),
        tokens=training.tokens if training else {},
        tokens_per_micro_batch=training.tokens_per_micro_batch if training else None,
        trained=training.trained if training else 0,
        notes=training.notes if training else (),
    )


def _training(weights: WeightsSettings, source: ModelSource, outputs: Outputs | None, bench: Bench) -> Training:
    known, resources = bench.known, bench.resources
    compute = formats.base_compute(weights, resources.compute, source.profile.family)
    model = text_model(source, compute)
    longest = fine_tuning.window(weights, model.max_tokens)
    documents, share = some_of(drawn(known.train, weights.max_rows, seed=resources.seed)[0])
    held_out, held_out_share = some_of(known.validation)
    rows = document_rows(model, documents, max_length=longest)
    objective, pad = fine_tuning.objective_of(weights, rows), model.tokenizer.pad_token_id
    more = beside(rows, weights, model.tokenizer, bench, share=share)
    training = estimate_training(
        bench,
        Setup(source, compute, weights, objective, pad, resources.seed, outputs, rows.padded),
        more.rows,
        document_rows(model, held_out, max_length=longest).rows,
        shares=(share, held_out_share),
        measured=more.measured,
    )
    return training._replace(notes=more.notes)


def _asking(weights: WeightsSettings | None, source: ModelSource, outputs: Outputs | None, bench: Bench) -> Asking:
    """What foretelling a document of usual length takes."""
    compute, resources = formats.answering_format(weights, bench.resources.compute), bench.resources

    def prepare(module: Any) -> Any:
        if weights is None or not METHODS.get(weights.method).frozen_base:
            return module
        return METHODS.get(weights.method).prepare(module, weights, source.profile)

    def predict(module: Any, rows: Sequence[Example]) -> object:
        model = text_class(source).with_module(source, compute, module)
        return foretold(model, [row.input[:CUT] for row in rows], reporter=resources.reporter)

    found = asked(predict, bench, source, compute, prepare=prepare, outputs=outputs)
    documents = list(bench.known.validation or bench.known.train)
    measured = sum(len(each.input[:CUT]) for each in documents[:ASKED]) / len(documents[:ASKED])
    times = sum(len(each.input) for each in documents) / len(documents) / max(1.0, measured)
    return found._replace(one=times * found.one, each=times * found.each)
