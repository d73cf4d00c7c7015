"""The retrieval part of an approach: retrievers trained, settings chosen, documents indexed, rows grounded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from metier.approaches.grounding.choosing import choose
from metier.approaches.grounding.context import GroundedDataset, ground_dataset, note_facts
from metier.approaches.grounding.distracting import distracted
from metier.approaches.grounding.training_retrievers import train_retriever
from metier.approaches.prompting.halving import Asker
from metier.approaches.resources import Resources
from metier.data import Dataset
from metier.retrieval import RetrievalSettings


class Retrieval(NamedTuple):
    """What was made ready.

    Attributes:
        settings: with what was chosen; None without retrieval.
        ground: the rows with their passages; its notes and seconds tell of all of it.
        pairs: training rows whose content went into the weights of retrievers.
    """

    settings: RetrievalSettings | None
    ground: GroundedDataset
    pairs: int


def make_ready(
    settings: RetrievalSettings | None,
    dataset: Dataset,
    resources: Resources,
    folder: Path,
    *,
    train: bool,
    ask: Callable[[], Asker],
) -> Retrieval:
    """Train retrievers where the settings say so, choose settings where they say so, and ground the rows.

    Args:
        settings: of the approach; None: no retrieval.
        dataset: the rows.
        resources: documents, embedder, reporter.
        folder: the approach's.
        train: whether training rows need passages.
        ask: gives the System without a grounding, for choosing, and for writing questions out.
    """
    if settings is None:
        return Retrieval(None, ground_dataset(None, dataset, resources, folder, train=train), 0)
    trained = train_retriever(settings, dataset, resources, folder)
    notes, seconds = [*trained.notes], {**trained.seconds}
    if settings.choose is not None:
        choice = choose(ask(), dataset.validation, settings, folder=folder)
        settings, seconds["retrieval search"] = choice.settings, choice.seconds
        notes.append(str(choice))
    writer = ask().model if settings.rewrite is not None else None
    ground = ground_dataset(settings, dataset, resources, folder, train=train, writer=writer)
    if train and settings.raft is not None:
        ground = _with_distractors(ground, resources.seed)
    if trained.facts:
        note_facts(folder, trained=trained.facts)
    ground = ground._replace(notes=(*notes, *ground.notes), seconds={**seconds, **ground.seconds})
    return Retrieval(settings, ground, trained.pairs)


def _with_distractors(ground: GroundedDataset, seed: int) -> GroundedDataset:
    """The same with right passages among distracting ones in training rows."""
    assert ground.grounding is not None, "there are settings"
    dataset = ground.dataset
    made = distracted(ground.grounding, dataset.train, dataset.task, column=ground.column, seed=seed)
    return ground._replace(dataset=replace(dataset, train=made.rows), notes=(*ground.notes, made.note))
