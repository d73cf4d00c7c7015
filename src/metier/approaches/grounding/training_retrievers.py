"""Training of an approach's embedder and reranker on its own questions; kept only where validation is found better."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from metier.approaches.grounding.context import Grounding, index_documents, read_documents
from metier.approaches.grounding.more_questions import COLUMN, more_questions
from metier.approaches.grounding.pairs import Pair, found_right, mine
from metier.approaches.grounding.retrievers import (
    EMBEDDER,
    RERANKER,
    embedder_of,
    encode_pair,
    prefixes_of,
    reranker_of,
    reranker_source,
)
from metier.approaches.resources import Resources
from metier.approaches.tuning import fine_tuning, formats
from metier.approaches.tuning.beginning import Beginning
from metier.approaches.tuning.rows import Prepared
from metier.core import DataError, Example, Problem, Score, derive, say
from metier.core.artifacts import hash_value
from metier.core.said import Said, joined
from metier.core.tasks import form_of
from metier.data import Dataset
from metier.models import EncoderModel, ModelSource, load_module
from metier.retrieval import Index, PairTraining, RerankSettings, RetrievalSettings, gold_column
from metier.training import Row, WeightsSettings, contrastive_objective, ranking_objective, resolved

FEWEST = 8
"""Of fewer pairs nothing is learnt."""


@dataclass(slots=True)
class TrainedRetriever:
    """What training did.

    Attributes:
        facts: for ``retrieval.json``, by part: ``pairs``, ``before``, ``after``, ``kept``.
        notes: sentences for the record.
        seconds: of each part.
        pairs: training pairs whose content is in weights that were kept.
        by: what it was judged by.
    """

    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    notes: list[str] = field(default_factory=list[str])
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    pairs: int = 0
    by: str = "validation"


class _Work(NamedTuple):
    """What both trainings see."""

    dataset: Dataset
    resources: Resources
    folder: Path
    column: str | None
    answers: bool
    held_out: list[Example]


def train_retriever(
    settings: RetrievalSettings, dataset: Dataset, resources: Resources, folder: Path
) -> TrainedRetriever:
    """Train what ``tune`` and ``rerank`` ask for, on training rows; leaves ``embedder`` and ``reranker`` in ``folder``.

    Raises:
        DataError: there are too few training rows whose right passages are known.
    """
    told = TrainedRetriever()
    _forget(settings, folder)
    if settings.tune is None and settings.rerank is None:
        return told
    collected = read_documents(resources)
    names = {document.id for document in collected.documents}
    more = {
        part: more_questions(asked, resources.recipe_folder, seed=resources.seed)
        for part, asked in (("tune", settings.tune), ("rerank", settings.rerank))
    }
    column, answers = gold_column(dataset.train, names), form_of(dataset.task.kind).free_text
    work = _Work(dataset, resources, folder, column, answers, more["tune"].held_out or more["rerank"].held_out)
    bare = settings.model_copy(update={"rerank": None})

    def indexed(models: Path) -> Grounding:
        name = hash_value(embedder_of(models, resources, settings).fingerprint)[:12]
        return index_documents(collected, bare, resources, folder / "checkpoints" / f"index-{name}", models=models)

    grounding = indexed(folder / "checkpoints")  # the run's own embedder
    before = _judged(work, grounding, told)
    if settings.tune is not None:
        pairs = _pairs(work, grounding, settings.tune, more["tune"].train)
        checked = _checked(work, grounding, settings.tune)
        if len(pairs) < FEWEST:
            raise DataError([_too_few("tune", len(pairs), len(dataset.train))])
        _tune_embedder(work, settings, pairs, checked, told)
        tuned = indexed(folder)
        after = _judged(work, tuned, told)
        if _tell(told, work, EMBEDDER, before, after, len(pairs)):
            grounding.index.store.close()
            grounding, before = tuned, after
        else:
            tuned.index.store.close()
    if settings.rerank is not None and not settings.rerank.train:
        ready = reranker_of(folder, resources, settings)
        index = Index(grounding.index.store, grounding.index.embedder, settings, ready)
        _tell_ready(told, settings.rerank, before, _judged(work, Grounding(index, settings), told))
    elif settings.rerank is not None:
        pairs = _pairs(work, grounding, settings.rerank, more["rerank"].train)
        checked = _checked(work, grounding, settings.rerank)
        if len(pairs) < FEWEST:
            raise DataError([_too_few("rerank", len(pairs), len(dataset.train))])
        _train_reranker(work, settings, pairs, checked, told)
        reranker = reranker_of(folder, resources, settings)
        index = Index(grounding.index.store, grounding.index.embedder, settings, reranker)
        _tell(told, work, RERANKER, before, _judged(work, Grounding(index, settings), told), len(pairs))
    grounding.index.store.close()
    return told


def _forget(settings: RetrievalSettings, folder: Path) -> None:
    """Remove what an earlier recipe trained and this one does not."""
    trained = settings.rerank if settings.rerank and settings.rerank.train else None
    for asked, part in ((settings.tune, EMBEDDER), (trained, RERANKER)):
        if asked is None:
            shutil.rmtree(folder / part, ignore_errors=True)


def _judged(work: _Work, grounding: Grounding, told: TrainedRetriever) -> dict[str, Score]:
    """By validation rows; where their right passages are not known, by questions that were held out."""
    found = found_right(grounding.index, work.dataset.validation, column=work.column, answers=work.answers)
    if found or not work.held_out:
        return found
    told.by = "held-out questions"
    return found_right(grounding.index, work.held_out, column=COLUMN, answers=True)


def _pairs(work: _Work, grounding: Grounding, asked: PairTraining, more: Sequence[Example]) -> list[Pair]:
    """Pairs of training rows and of further questions."""
    own: list[Example] = list(work.dataset.train)
    places = range(len(own) + len(more))
    if asked.max_pairs is not None and len(places) > asked.max_pairs:
        places = Random(derive(work.resources.seed, "pairs")).sample(places, asked.max_pairs)
    rows = [own[place] for place in places if place < len(own)]
    others = [more[place - len(own)] for place in places if place >= len(own)]
    index, negatives = grounding.index, asked.negatives
    found = mine(index, rows, column=work.column, answers=work.answers, negatives=negatives)
    return [*found, *mine(index, others, column=COLUMN, answers=True, negatives=negatives)]


def _checked(work: _Work, grounding: Grounding, asked: PairTraining) -> list[Pair]:
    """Pairs to stop by."""
    rows: list[Example] = list(work.dataset.validation)
    if asked.max_pairs is not None and len(rows) > asked.max_pairs:
        rows = Random(derive(work.resources.seed, "pairs")).sample(rows, asked.max_pairs)
    index, negatives = grounding.index, asked.negatives
    found = mine(index, rows, column=work.column, answers=work.answers, negatives=negatives)
    return found or mine(index, work.held_out, column=COLUMN, answers=True, negatives=negatives)


def _tune_embedder(
    work: _Work, settings: RetrievalSettings, pairs: list[Pair], checked: list[Pair], told: TrainedRetriever
) -> None:
    assert settings.tune is not None
    model = work.resources.encoder
    before = prefixes_of(settings, model.source)
    longest = min(settings.chunk_tokens + model.tokenizer.num_special_tokens_to_add(), model.max_tokens)

    def row(pair: Pair) -> Row:
        said = (before.question + pair.question, *(before.passage + one for one in (pair.right, *pair.wrong)))
        ids, *texts = (tuple(model.encode(text, max_length=longest)[0]) for text in said)
        return Row(id=pair.id, ids=ids, candidates=tuple(texts))

    objective = contrastive_objective(temperature=settings.tune.temperature, pooling=model.source.profile.pooling)

    def load(compute: Any) -> Any:
        module = load_module(model.source, compute)
        if getattr(module, "pooler", None) is not None:
            module.pooler = None  # pooled vectors are means over tokens or first tokens: it would only stand by
        return module

    aim = fine_tuning.Aim(objective, {"objective": "contrastive", "temperature": settings.tune.temperature})
    rows = [row(pair) for pair in pairs], [row(pair) for pair in checked]
    _train(work, settings.tune, EMBEDDER, model.source, load, aim, rows, told)


def _train_reranker(
    work: _Work, settings: RetrievalSettings, pairs: list[Pair], checked: list[Pair], told: TrainedRetriever
) -> None:
    assert settings.rerank is not None
    source = reranker_source(settings.rerank, work.resources)
    model = EncoderModel(source, work.resources.compute)  # for its tokens: its weights are not loaded

    def rows(some: list[Pair]) -> list[Row]:
        return [
            Row(
                id=pair.id,
                ids=(),
                candidates=tuple(tuple(encode_pair(model, pair.question, text)) for text in (pair.right, *pair.wrong)),
            )
            for pair in some
            if pair.wrong
        ]

    def load(compute: Any) -> Any:
        return load_module(source, compute, num_labels=1)

    aim = fine_tuning.Aim(ranking_objective(), {"objective": "ranking"})
    _train(work, settings.rerank, RERANKER, source, load, aim, (rows(pairs), rows(checked)), told)


def _train(
    work: _Work,
    asked: PairTraining,
    part: str,
    source: ModelSource,
    load: Callable[[Any], Any],
    aim: fine_tuning.Aim,
    rows: tuple[list[Row], list[Row]],
    told: TrainedRetriever,
) -> None:
    """One training through the engine, with its checkpoints below the part's folder; ``rows``: train, validation."""
    weights = resolved(
        WeightsSettings(
            method="full",
            epochs=asked.epochs,
            learning_rate=asked.learning_rate,
            batch_size=asked.batch_size,
            order="shuffled",
        ),
        source.profile.family,
    )
    compute = formats.base_compute(weights, work.resources.compute, source.profile.family)
    say(work.resources.reporter, f"  {part}: {len(rows[0]):,} questions with their passages")
    started = time.perf_counter()
    fine_tuning.tune(
        lambda: load(compute),
        EncoderModel(source, work.resources.compute).tokenizer,
        Prepared(rows[0], []),
        Prepared(rows[1], []),
        Beginning(weights, source),
        resources=work.resources,
        folder=work.folder / part,
        aim=aim,
    )
    shutil.rmtree(work.folder / part / "checkpoints", ignore_errors=True)
    told.seconds[f"train {part}"] = time.perf_counter() - started


def _tell(
    told: TrainedRetriever,
    work: _Work,
    part: str,
    before: dict[str, Score],
    after: dict[str, Score],
    pairs: int,
) -> bool:
    """Decide whether a trained part is kept, and write down why."""
    kept = not before or after["mrr"].value > before["mrr"].value
    told.facts[part] = {"pairs": pairs, "before": before, "after": after, "kept": kept}
    if kept:
        told.pairs = max(told.pairs, pairs)
    else:
        shutil.rmtree(work.folder / part, ignore_errors=True)
    trained = "The embedder was trained on %(n)s questions with their passages."
    if part == RERANKER:
        trained = "The reranker was trained on %(n)s questions with their passages."
    said = [Said(trained, n=f"{pairs:,}"), _went(told.by, before, after) if before else ""]
    said.append("" if kept else Said("That is no better, so it is not used."))
    told.notes.append(joined(said))
    return kept


def _tell_ready(
    told: TrainedRetriever, asked: RerankSettings, before: dict[str, Score], after: dict[str, Score]
) -> None:
    """Write down what a reranker that is used as it is does to the ranking."""
    told.facts[RERANKER] = {"model": asked.model, "pairs": 0, "before": before, "after": after, "kept": True}
    said = Said("%(model)s reranks as it is.", model=str(asked.model))
    told.notes.append(joined([said, _went(told.by, before, after) if before else ""]))


def _went(by: str, before: dict[str, Score], after: dict[str, Score]) -> Said:
    return Said(
        "On %(by)s hit@1 went from %(hit)s to %(then)s, MRR from %(mrr)s to %(later)s.",
        by=Said(by),
        hit=f"{before['hit@1'].value:.3f}",
        then=f"{after['hit@1'].value:.3f}",
        mrr=f"{before['mrr'].value:.3f}",
        later=f"{after['mrr'].value:.3f}",
    )


def _too_few(part: str, found: int, rows: int) -> Problem:
    return Problem(
        where="training rows",
        path=f"retrieval.{part}",
        expected=f"at least {FEWEST} questions whose right passages are known: a column that names documents, or "
        "answers that stand word for word in a passage, or a file of questions",
        got=f"{found} among {rows:,} rows",
        remedy="add a column with the file name of the document that answers each row, give the setting questions "
        "(`metier data questions` writes such a file), or leave it out",
    )
