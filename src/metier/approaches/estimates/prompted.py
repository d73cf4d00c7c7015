"""A language model that is asked, and perhaps trained before: both on slices of it, with the user's own rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from metier.approaches.estimating import (
    ASKED,
    Asking,
    Bench,
    Estimate,
    answer_seconds,
    answering_terms,
    asked,
    embedding,
    grounded,
    load_seconds,
    some_of,
)
from metier.approaches.estimating_replay import beside, teaching_terms
from metier.approaches.estimating_together import Sampled, sampled
from metier.approaches.estimating_training import Training, estimate_training, row_notes
from metier.approaches.grounding.context import with_note
from metier.approaches.prompting.asking import PromptedSystem, demonstrations
from metier.approaches.prompting.calibrating import ROWS as CALIBRATED
from metier.approaches.prompting.searching import trials_and_rows
from metier.approaches.prompting.sensitivity import OTHER_WORDINGS, rows_tried
from metier.approaches.prompting.wording import learns_answers, prompt_for, worded
from metier.approaches.settings import ApproachSettings
from metier.approaches.tuning import fine_tuning, formats
from metier.approaches.tuning.rows import answer_rows, drawn
from metier.approaches.tuning.selecting import growth
from metier.approaches.tuning.splitting import halving
from metier.approaches.tuning.together import joined
from metier.core import Example
from metier.core.tasks import form_of
from metier.models import Compute, ModelSource, language_class, language_model
from metier.models.causal import TOKENS_A_BATCH
from metier.models.slicing.slices import config_of
from metier.prompts import Calibration, PromptSettings
from metier.retrieval import RetrievalSettings
from metier.training import METHODS, WeightsSettings, resolved
from metier.training.estimating.probing import Setup

_SHORT, _LONG = 1, 9
"""Generated tokens of the two measurements that tell reading a prompt from writing a token."""
SELF_CHECK_SECONDS = 0.5
"""Whether label trees are exact for the architecture: once when built, once when answering."""


def estimate(settings: ApproachSettings, bench: Bench) -> Estimate:
    """Train where it is asked for, then calibrate, try other wordings, search, and answer."""
    known = bench.known
    system = _system(settings, bench)
    source = system.model.source
    weights = resolved(settings.weights, source.profile.family) if settings.weights else None
    learnt = _learnt(settings, weights, bench) if weights else None
    training = _training(system, weights, settings, learnt, bench) if weights and learnt else None
    asking, notes = _asking(system, weights, settings.retrieval, source, bench)
    answering = answering_terms(bench, source, formats.answering_format(weights, bench.resources.compute), asking)
    build = dict(training.seconds) if training else {}
    build["load"] = load_seconds(source) * (2 if training else 1) + SELF_CHECK_SECONDS
    build |= _building(settings, system, asking, bench)
    notes += training.notes if training else ()
    if learnt and learnt.answered:
        build["other tasks"] = asking.rows(learnt.answered)
        notes.append("Answers to other tasks after training are taken to be like those to the run's own.")
    answer = answer_seconds(asking, bench, source)
    answer["load"] += SELF_CHECK_SECONDS
    shown = settings.prompting.choose
    if system.settings.demonstrations and shown in ("nearest", "diverse"):
        each = embedding(bench).each
        build["embed"] = each * (len(known.train) + len(known.validation))
        answer["embed"] = each * (len(known.train) + known.test)
    if reason := system.settings.reason:
        notes.append(
            f"Thoughts are not in it: {reason.samples} of up to {reason.tokens} written tokens for each question, and "
            "as much while it is calibrated, searched for and worded otherwise."
        )
    if settings.retrieval:
        notes.append(
            "Reading and indexing the documents, oracle runs, and what choose, tune and rerank take are not in it; "
            "passages are counted at their longest."
        )
    lengths = [len(one) for one in _prompts(system, settings.retrieval, bench)]
    tokens = dict(training.tokens) if training else {}
    return Estimate(
        memory=max(
            training.memory if training else {},
            answering,
            teaching_terms(weights, bench) if weights else {},
            key=lambda terms: sum(terms.values()),
        ),
        build=build,
        answer=answer,
        tokens=tokens | {"a_query": round(sum(lengths) / max(1, len(lengths)))},
        tokens_per_micro_batch=training.tokens_per_micro_batch if training else None,
        trained=training.trained if training else 0,
        notes=tuple(notes),
    )


def _system(settings: ApproachSettings, bench: Bench) -> PromptedSystem:
    """As it would be built, with demonstrations drawn at random: which ones does not matter here."""
    resources, task = bench.resources, bench.known.task
    trained = learns_answers(settings.weights)
    how = worded(settings.prompting, task, trained=trained, folder=resources.recipe_folder)
    prompt = prompt_for(task, how, trained=trained)
    return PromptedSystem(
        model=language_model(resources.source(settings.model), resources.compute),
        task=task,
        prompt=with_note(prompt, settings.retrieval, task),
        settings=how.model_copy(update={"choose": "random"}),
        pool=tuple(bench.known.train) if how.demonstrations else (),
        calibration=Calibration.identity(len(task.labels)),
        resources=resources,
    )


def _learnt(settings: ApproachSettings, weights: WeightsSettings, bench: Bench) -> Sampled:
    return sampled(drawn(bench.known.train, weights.max_rows, seed=bench.resources.seed)[0], settings, bench)


def _training(
    system: PromptedSystem, weights: WeightsSettings, settings: ApproachSettings, learnt: Sampled, bench: Bench
) -> Training:
    known, resources, source = bench.known, bench.resources, system.model.source
    compute = formats.base_compute(weights, resources.compute, source.profile.family)
    longest = fine_tuning.window(weights, source.max_tokens)

    def rows_of(examples: Sequence[Example]) -> Any:
        some = grounded(examples, settings.retrieval)
        shown = demonstrations(system.settings, known.train, some, resources)
        pairs = weights.preference is not None
        return answer_rows(
            system.model,
            system.prompt,
            some,
            shown,
            max_length=longest,
            pairs=pairs,
            turns=weights.turns,
            halve=halving(system.task, weights),
        )

    held_out, held_out_share = some_of(known.validation)
    theirs = {
        other.name: other.rows(system.model, resources.recipe_folder, max_length=longest) for other in learnt.others
    }
    rows = joined(rows_of(learnt.own), learnt.others, theirs, max_length=longest).rows
    more = beside(rows, weights, system.model.tokenizer, bench, share=learnt.share)
    training = estimate_training(
        bench,
        Setup(
            source,
            compute,
            weights,
            fine_tuning.objective_of(weights, rows),
            system.model.tokenizer.pad_token_id,
            resources.seed,
        ),
        more.rows,
        rows_of(held_out).rows,
        shares=(learnt.share / growth(learnt.own, settings), held_out_share),
        measured=more.measured,
    )
    return training._replace(notes=(*row_notes(rows, weights, max_length=longest), *more.notes))


def _prompts(system: PromptedSystem, retrieval: RetrievalSettings | None, bench: Bench) -> list[list[int]]:
    rows = grounded(list(bench.known.validation or bench.known.train)[:ASKED], retrieval)
    shown = demonstrations(system.settings, system.pool, rows, system.resources)
    return [system.model.prompt(system.prompt.messages(row, few)) for row, few in zip(rows, shown, strict=True)]


def _asking(
    system: PromptedSystem,
    weights: WeightsSettings | None,
    retrieval: RetrievalSettings | None,
    source: ModelSource,
    bench: Bench,
) -> tuple[Asking, list[str]]:
    """What answering takes: as it is for labels, prompt and tokens apart for generated text."""
    compute = formats.answering_format(weights, bench.resources.compute)

    def prepare(module: Any) -> Any:
        if weights is None or not METHODS.get(weights.method).frozen_base:
            return module
        return METHODS.get(weights.method).prepare(module, weights, source.profile)

    models = lru_cache(maxsize=1)(lambda module: language_class(source).with_module(source, compute, module))

    def predict(module: Any, rows: Sequence[Example], settings: PromptSettings) -> object:
        return replace(system, model=models(module), settings=settings).predict(grounded(rows, retrieval))

    def measured(settings: PromptSettings) -> Asking:
        return asked(lambda module, rows: predict(module, rows, settings), bench, source, compute, prepare=prepare)

    if form_of(system.task.kind).chooses:
        return measured(system.settings), []
    tokens, note = _writing(system, bench, trained=weights is not None)
    short, long = (measured(system.settings.model_copy(update={"max_new_tokens": count})) for count in (_SHORT, _LONG))
    further = (tokens - _SHORT) / (_LONG - _SHORT)
    one = short.one + further * max(0.0, long.one - short.one)
    many = short.rows(ASKED) + further * max(0.0, long.rows(ASKED) - short.rows(ASKED))
    each = max(0.0, many - one) / (ASKED - 1)
    cache = _cache_bytes(source, compute) * TOKENS_A_BATCH
    return long._replace(one=one, each=each, tensors=long.tensors + cache), [note]


def _writing(system: PromptedSystem, bench: Bench, *, trained: bool) -> tuple[int, str]:
    """Tokens of an answer: trained models end where training rows end, others write until they are stopped."""
    most = system.settings.max_new_tokens
    if not trained:
        return most, f"Its answers are taken to run to prompt.max_new_tokens ({most}): at most."
    lengths = sorted(len(system.model.encode(row.target or "")) for row in list(bench.known.train)[:200])
    usual = min(most, lengths[9 * len(lengths) // 10] + 1 if lengths else most)
    return usual, f"Its answers are taken to have {usual} tokens, as nine tenths of the training rows have at most."


def _cache_bytes(source: ModelSource, compute: Compute) -> float:
    """Keys and values that one token leaves in all layers."""
    config = config_of(source)
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return 2.0 * config.num_hidden_layers * heads * width * compute.torch_dtype.itemsize


def _building(settings: ApproachSettings, system: PromptedSystem, asking: Asking, bench: Bench) -> dict[str, float]:
    """Search, calibration and other wordings, as :mod:`metier.approaches.kinds.prompted` does them."""
    known, found = bench.known, dict[str, float]()
    if settings.prompt and settings.prompt.search:
        calls = trials_and_rows(settings.prompt.search, len(known.train), len(known.validation))
        found["prompt search"] = sum(asking.rows(rows) for rows in calls)
    if form_of(known.task.kind).chooses:
        found["calibrate"] = asking.rows(min(CALIBRATED, len(known.validation)))
    tried = rows_tried(system.settings, known.task, len(known.validation))
    found["other wordings"] = (1 + OTHER_WORDINGS) * asking.rows(tried)
    return found
