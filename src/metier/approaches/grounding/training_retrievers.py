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
from metier.approaches.grounding.pairs import Pair, found_right, mine
from metier.approaches.grounding.retrievers import EMBEDDER, RERANKER, embedder_of, encode_pair, reranker_of
from metier.approaches.resources import Resources
from metier.approaches.tuning import fine_tuning, formats
from metier.approaches.tuning.beginning import Beginning
from metier.approaches.tuning.rows import Prepared
from metier.core import DataError, Problem, Score, derive, say
from metier.core.artifacts import hash_value
from metier.core.tasks import form_of
from metier.data import Dataset
from metier.models import load_module
from metier.retrieval import Index, PairTraining, RetrievalSettings, gold_column
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
    """

    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    notes: list[str] = field(default_factory=list[str])
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    pairs: int = 0


class _Work(NamedTuple):
    """What both trainings see."""

    dataset: Dataset
    resources: Resources
    folder: Path
    column: str | None
    answers: bool


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
    work = _Work(dataset, resources, folder, gold_column(dataset.train, names), form_of(dataset.task.kind).free_text)
    bare = settings.model_copy(update={"rerank": None})

    def indexed(models: Path) -> Grounding:
        name = hash_value(embedder_of(models, resources).fingerprint)[:12]
        return index_documents(collected, bare, resources, folder / "checkpoints" / f"index-{name}", models=models)

    grounding = indexed(folder / "checkpoints")  # the run's own embedder
    before = _judged(work, grounding)
    if settings.tune is not None:
        pairs = _pairs(work, grounding, settings.tune, dataset.train, part="tune")
        checked = _pairs(work, grounding, settings.tune, dataset.validation, part="")
        _tune_embedder(work, settings, pairs, checked, told)
        tuned = indexed(folder)
        after = _judged(work, tuned)
        if _tell(told, work, EMBEDDER, before, after, len(pairs)):
            grounding.index.store.close()
            grounding, before = tuned, after
        else:
            tuned.index.store.close()
    if settings.rerank is not None:
        pairs = _pairs(work, grounding, settings.rerank, dataset.train, part="rerank")
        checked = _pairs(work, grounding, settings.rerank, dataset.validation, part="")
        _train_reranker(work, settings, pairs, checked, told)
        index = Index(grounding.index.store, grounding.index.embedder, settings, reranker_of(folder, resources))
        _tell(told, work, RERANKER, before, _judged(work, Grounding(index, settings)), len(pairs))
    grounding.index.store.close()
    return told


def _forget(settings: RetrievalSettings, folder: Path) -> None:
    """Remove what an earlier recipe trained and this one does not."""
    for asked, part in ((settings.tune, EMBEDDER), (settings.rerank, RERANKER)):
        if asked is None:
            shutil.rmtree(folder / part, ignore_errors=True)


def _judged(work: _Work, grounding: Grounding) -> dict[str, Score]:
    return found_right(grounding.index, work.dataset.validation, column=work.column, answers=work.answers)


def _pairs(work: _Work, grounding: Grounding, asked: PairTraining, examples: Sequence[Any], *, part: str) -> list[Pair]:
    """Pairs of rows; ``part`` names the setting that needs some, empty where none are needed."""
    if asked.max_pairs is not None and len(examples) > asked.max_pairs:
        examples = Random(derive(work.resources.seed, "pairs")).sample(list(examples), asked.max_pairs)
    found = mine(grounding.index, examples, column=work.column, answers=work.answers, negatives=asked.negatives)
    if part and len(found) < FEWEST:
        raise DataError([_too_few(part, len(found), len(examples))])
    return found


def _tune_embedder(
    work: _Work, settings: RetrievalSettings, pairs: list[Pair], checked: list[Pair], told: TrainedRetriever
) -> None:
    assert settings.tune is not None
    model = work.resources.encoder
    longest = min(settings.chunk_tokens + model.tokenizer.num_special_tokens_to_add(), model.max_tokens)

    def row(pair: Pair) -> Row:
        ids, *texts = (
            tuple(model.encode(text, max_length=longest)[0]) for text in (pair.question, pair.right, *pair.wrong)
        )
        return Row(id=pair.id, ids=ids, candidates=tuple(texts))

    objective = contrastive_objective(temperature=settings.tune.temperature, pooling=model.source.profile.pooling)

    def load(compute: Any) -> Any:
        module = load_module(model.source, compute)
        if getattr(module, "pooler", None) is not None:
            module.pooler = None  # pooled vectors are means over tokens or first tokens: it would only stand by
        return module

    aim = fine_tuning.Aim(objective, {"objective": "contrastive", "temperature": settings.tune.temperature})
    rows = [row(pair) for pair in pairs], [row(pair) for pair in checked]
    _train(work, settings.tune, EMBEDDER, load, aim, rows, told)


def _train_reranker(
    work: _Work, settings: RetrievalSettings, pairs: list[Pair], checked: list[Pair], told: TrainedRetriever
) -> None:
    assert settings.rerank is not None
    model = work.resources.encoder

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
        return load_module(model.source, compute, num_labels=1)

    aim = fine_tuning.Aim(ranking_objective(), {"objective": "ranking"})
    _train(work, settings.rerank, RERANKER, load, aim, (rows(pairs), rows(checked)), told)


def _train(
    work: _Work,
    asked: PairTraining,
    part: str,
    load: Callable[[Any], Any],
    aim: fine_tuning.Aim,
    rows: tuple[list[Row], list[Row]],
    told: TrainedRetriever,
) -> None:
    """One training through the engine, with its checkpoints below the part's folder; ``rows``: train, validation."""
    source = work.resources.source(work.resources.embedder)
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
        work.resources.encoder.tokenizer,
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
    said = f"The {part} was trained on {pairs:,} questions with their passages"
    if before:
        said += (
            f": on validation hit@1 went from {before['hit@1'].value:.3f} to {after['hit@1'].value:.3f}, MRR from "
            f"{before['mrr'].value:.3f} to {after['mrr'].value:.3f}"
        )
    told.notes.append(f"{said}." if kept else f"{said}: no better, so it is not used.")
    return kept


def _too_few(part: str, found: int, rows: int) -> Problem:
    return Problem(
        where="training rows",
        path=f"retrieval.{part}",
        expected=f"at least {FEWEST} questions whose right passages are known: a column that names documents, or "
        "answers that stand word for word in a passage",
        got=f"{found} among {rows:,} rows",
        remedy="add a column with the file name of the document that answers each row, or leave this setting out",
    )
