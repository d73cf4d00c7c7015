"""The retrieval part of a System: an index over the recipe's documents, and the passages found for examples."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from metier.approaches.resources import Resources
from metier.core import DataError, Example, Problem, Task, say, warn
from metier.core.artifacts import read_json, write_json
from metier.core.names import listed
from metier.core.tasks import form_of
from metier.data import Dataset
from metier.prompts import Prompt, note
from metier.retrieval import Collected, Index, RetrievalSettings, caller_of, collect, gold_column, measured, open_store

STORE, FACTS = "documents.sqlite", "retrieval.json"
_TURNS_ASKED = 2


@dataclass(frozen=True)
class Grounding:
    """Finds passages for examples.

    Attributes:
        index: over the documents.
        settings: of the approach.
    """

    index: Index
    settings: RetrievalSettings

    def ground(self, examples: Sequence[Example]) -> list[Example]:
        """The examples with their passages, each found on behalf of its readers; those that have some keep them."""
        open_ = [example for example in examples if not example.passages]
        found = self.index.search_all(
            [_question(example) for example in open_], askers=[caller_of(example.readers) for example in open_]
        )
        passages = iter(tuple(one.passages) for one in found)
        return [example if example.passages else replace(example, passages=next(passages)) for example in examples]


class GroundedDataset(NamedTuple):
    """Rows with what was found for them.

    Attributes:
        grounding: None without retrieval.
        dataset: validation rows, and perhaps training rows, with passages.
        notes: sentences for the record.
        seconds: what it took, for the record.
    """

    grounding: Grounding | None
    dataset: Dataset
    notes: tuple[str, ...]
    seconds: dict[str, float]

    def close(self) -> None:
        """Let go of the index."""
        if self.grounding:
            self.grounding.index.store.close()


class TextEncoder:
    """The run's embedder as an index wants it."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    def embed(self, texts: Sequence[str]) -> Any:
        """Unit vectors, float32 [len(texts), width]; nothing is kept."""
        return self._resources.encoder.embed(texts, reporter=self._resources.reporter, label="embed")

    def count(self, text: str) -> int:
        """Tokens without the special ones."""
        return len(self._resources.encoder.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])

    @property
    def longest(self) -> int:
        """What the encoder reads, less its special tokens."""
        return self._resources.encoder.max_tokens - self._resources.encoder.tokenizer.num_special_tokens_to_add()


def build_grounding(settings: RetrievalSettings, resources: Resources, folder: Path) -> tuple[Grounding, list[str]]:
    """Read the documents, index them in ``folder``, and say what became of them.

    Returns:
        the grounding, and sentences for the record.

    Raises:
        DataError: there is no document to retrieve from.
    """
    assert resources.documents is not None, "checked before"
    path = resources.recipe_folder / Path(resources.documents).expanduser()
    collected = collect(path, readers_key=resources.readers, reporter=resources.reporter)
    for left in collected.left_out[:5]:
        warn(resources.reporter, f"{left.file} is left out: {left.why}")
    if not collected.documents:
        raise DataError([_nothing(path, collected)])
    grounding = open_grounding(settings, resources, folder)
    grounding.index.put_all(collected.documents, reporter=resources.reporter)
    notes = _notes(collected, grounding)
    for sentence in notes:
        say(resources.reporter, f"  {sentence}")
    write_json(
        folder / FACTS,
        {
            "documents": len(collected.documents),
            "chunks": _chunks(grounding),
            "left_out": [left._asdict() for left in collected.left_out],
            "restricted": collected.restricted,
        },
    )
    return grounding, notes


def open_grounding(settings: RetrievalSettings, resources: Resources, folder: Path) -> Grounding:
    """The index that :func:`build_grounding` left in ``folder``."""
    encoder = resources.encoder
    store = open_store(
        folder / STORE, width=int(encoder.module.config.hidden_size), embedder=encoder.source.fingerprint
    )
    return Grounding(Index(store, TextEncoder(resources), settings), settings)


def ground_dataset(
    settings: RetrievalSettings | None, dataset: Dataset, resources: Resources, folder: Path, *, train: bool
) -> GroundedDataset:
    """Index the documents and look up passages for validation rows, and for training rows where weights are trained.

    Args:
        settings: None: no retrieval; the data set stays as it is.
        dataset: the rows.
        resources: documents, embedder, reporter.
        folder: the approach's; gets the index and ``retrieval.json``.
        train: whether training rows need passages.
    """
    if settings is None:
        return GroundedDataset(None, dataset, (), {})
    started = time.perf_counter()
    grounding, notes = build_grounding(settings, resources, folder)
    validation = tuple(grounding.ground(dataset.validation))
    rows = tuple(grounding.ground(dataset.train)) if train else dataset.train
    column = gold_column(validation, {entry.id for entry in grounding.index.store.catalogue()})
    found = measured(validation, column=column, answers=form_of(dataset.task.kind).free_text)
    write_json(folder / FACTS, {**read_json(folder / FACTS), "validation": found})
    return GroundedDataset(
        grounding,
        replace(dataset, train=rows, validation=validation),
        (*notes, *found.sentences(k=settings.k)),
        {"index": time.perf_counter() - started},
    )


def with_note(prompt: Prompt, settings: RetrievalSettings | None, task: Task) -> Prompt:
    """The prompt with what is said above passages; only free text can cite or abstain."""
    if settings is None:
        return prompt
    free = form_of(task.kind).free_text
    told = note(
        cite=settings.cite and free,
        abstain=settings.abstain if free else None,
        spotlight=settings.spotlight,
    )
    return replace(prompt, passages_note=told, spotlight=settings.spotlight)


def _question(example: Example) -> str:
    """What is searched for: the input, and what the user said just before, which it may refer to."""
    said = [turn.content for turn in example.history if turn.role == "user"]
    return "\n".join([*said[-_TURNS_ASKED:], example.input])


def _chunks(grounding: Grounding) -> int:
    return sum(entry.chunks for entry in grounding.index.store.catalogue())


def _notes(collected: Collected, grounding: Grounding) -> list[str]:
    count, left = len(collected.documents), len(collected.left_out)
    notes = [f"{count:,} documents in {_chunks(grounding):,} chunks" + (f"; {left:,} files left out." if left else ".")]
    nobodys = [document.id for document in collected.documents if document.readers == ()]
    if nobodys:
        notes.append(f"{len(nobodys):,} documents name no reader and are never shown: {listed(nobodys, limit=4)}.")
    return notes


def _nothing(path: Path, collected: Collected) -> Problem:
    reasons = "; ".join(f"{left.file}: {left.why}" for left in collected.left_out[:3])
    return Problem(
        where=str(path),
        path="data.documents",
        expected="documents with text: md, txt, html, pdf, docx or csv",
        got=reasons or "an empty folder",
        remedy="name the folder with the documents",
    )
