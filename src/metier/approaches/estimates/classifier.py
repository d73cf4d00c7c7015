"""An encoder with a head: its training on slices, its answers on slices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metier.approaches.estimating import (
    Bench,
    Estimate,
    answer_seconds,
    answering_terms,
    asked,
    load_seconds,
    some_of,
)
from metier.approaches.estimating_replay import beside, teaching_terms
from metier.approaches.estimating_together import sampled
from metier.approaches.estimating_training import estimate_training, row_notes
from metier.approaches.heads import HEADS, Reader
from metier.approaches.settings import ApproachSettings
from metier.approaches.tuning import fine_tuning, formats
from metier.approaches.tuning.joint_heads import joint_head
from metier.approaches.tuning.rows import drawn
from metier.approaches.tuning.selecting import growth
from metier.core import Example
from metier.models import EncoderModel
from metier.models.slicing.slices import Outputs
from metier.prompts import Calibration
from metier.training import resolved
from metier.training.estimating.probing import Setup


def estimate(settings: ApproachSettings, bench: Bench) -> Estimate:
    """Train, calibrate on validation, answer."""
    assert settings.weights is not None, "checked before"
    resources, known = bench.resources, bench.known
    source, head = resources.source(settings.model), HEADS.get(known.task.kind)
    weights = resolved(settings.weights, source.profile.family)
    compute = formats.base_compute(weights, resources.compute, source.profile.family)
    tokenizing = EncoderModel(source, compute)
    longest = fine_tuning.window(weights, tokenizing.max_tokens)
    reader = Reader(tokenizing, known.task, longest, resources.reporter, weights.tagging)
    learnt = sampled(drawn(known.train, weights.max_rows, seed=resources.seed)[0], settings, bench)
    held_out, held_out_share = some_of(known.validation)
    settled = head.settle(reader, learnt.own)
    outputs = Outputs(head.outputs(known.task, settled), head.tokens)
    model = EncoderModel(source, compute, outputs=outputs.numbers, tokens=outputs.tokens)
    reader = reader._replace(model=model)
    joint = joint_head(reader, outputs.numbers, learnt.others)
    rows = joint.joined(head.rows(reader, learnt.own, settled)).rows
    objective = fine_tuning.objective_of(weights, rows)
    more = beside(rows, weights, model.tokenizer, bench, share=learnt.share)
    training = estimate_training(
        bench,
        Setup(
            source,
            compute,
            weights,
            objective,
            model.tokenizer.pad_token_id,
            resources.seed,
            outputs._replace(numbers=joint.all_outputs),
        ),
        more.rows,
        head.rows(reader, held_out, settled).rows,
        shares=(learnt.share / growth(learnt.own, settings), held_out_share),
        measured=more.measured,
    )
    unfitted = {"calibration": Calibration.identity(outputs.numbers), "threshold": 0.5, **settled}

    def predict(module: Any, examples: Sequence[Example]) -> object:
        model.module = module
        return head.predict(reader, examples, unfitted)

    asking = asked(predict, bench, source, resources.compute, outputs=outputs)
    answering = answering_terms(bench, source, resources.compute, asking, outputs=outputs)
    return Estimate(
        memory=max(training.memory, answering, teaching_terms(weights, bench), key=lambda terms: sum(terms.values())),
        build={
            **training.seconds,
            "load": 2 * load_seconds(source),
            "calibrate": asking.rows(len(known.validation)),
            "other tasks": asking.rows(2 * learnt.answered),  # once to fit, once to tell
        },
        answer=answer_seconds(asking, bench, source),
        tokens=training.tokens,
        tokens_per_micro_batch=training.tokens_per_micro_batch,
        trained=training.trained,
        notes=(*row_notes(rows, weights, max_length=longest), *more.notes),
    )
