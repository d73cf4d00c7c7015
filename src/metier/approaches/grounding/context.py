"""The retrieval part of a System: an index over the recipe's documents, and the passages found for examples."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from metier.approaches.grounding.retrievers import embedder_of, reranker_of
from metier.approaches.grounding.rewriting import Spent, rewrite
from metier.approaches.resources import Resources
from metier.core import DataError, Example, Problem, Reporter, Silent, Task, say, warn
from metier.core.artifacts import read_json, write_json
from metier.core.names import listed
from metier.core.said import Said
from metier.core.tasks import form_of
from metier.data import Dataset
from metier.models import HostedModel, LanguageModel
from metier.prompts import Prompt, note
from metier.retrieval import (
    KEPT,
    STORES,
    Collected,
    Index,
    RetrievalSettings,
    caller_of,
    collect_once,
    doubtful_column,
    gold_column,
    measured,
)

FACTS = "retrieval.json"
_TURNS_ASKED = 2


class Grounded(NamedTuple):
    """Examples with their passages, and what it took to write their questions out."""

    examples: list[Example]
    spent: list[Spent]


@dataclass(frozen=True)
class Grounding:
    """Finds passages for examples.

    Attributes:
        index: over the documents.
        settings: of the approach.
        reporter: told of what is written before a search.
    """

    index: Index
    settings: RetrievalSettings
    reporter: Reporter = field(default_factory=Silent)

    def ground(self, examples: Sequence[Example], writer: LanguageModel | HostedModel | None = None) -> Grounded:
        """The examples with their passages, each found on behalf of its readers; those that have some keep them.

        ``writer`` writes the questions of conversations out where the settings say so; None: nobody does.
        """
        open_ = [example for example in examples if not example.passages]
        questions, spent = self._questions(open_, writer)
        found = self.index.search_all(questions, askers=[caller_of(example.readers) for example in open_])
        passages, costs = iter(tuple(one.passages) for one in found), iter(spent)
        return Grounded(
            [example if example.passages else replace(example, passages=next(passages)) for example in examples],
            [Spent() if example.passages else next(costs) for example in examples],
        )

    def _questions(
        self, examples: Sequence[Example], writer: LanguageModel | HostedModel | None
    ) -> tuple[list[str], list[Spent]]:
        """What is searched for, and what it took to write it."""
        tokens = self.settings.rewrite
        if tokens is None or writer is None:
            return [question_of(example) for example in examples], [Spent()] * len(examples)
        written = rewrite(writer, examples, tokens=tokens, reporter=self.reporter)
        questions = [
            f"{one.question}\n{example.input}" if one.question else question_of(example)
            for example, one in zip(examples, written, strict=True)
        ]
        return questions, [one.spent for one in written]


class GroundedDataset(NamedTuple):
    """Rows with what was found for them.

    Attributes:
        grounding: None without retrieval.
        dataset: validation rows, and perhaps training rows, with passages.
        column: names the right documents of a row; None: they are not known.
        notes: sentences for the record.
        seconds: what it took, for the record.
    """

    grounding: Grounding | None
    dataset: Dataset
    column: str | None
    notes: tuple[str, ...]
    seconds: dict[str, float]

    def close(self) -> None:
        """Let go of the index."""
        if self.grounding:
            self.grounding.index.store.close()


def read_documents(resources: Resources) -> Collected:
    """The recipe's documents, read once in a run; files that gave none are said aloud.

    Raises:
        DataError: there is no document to retrieve from.
    """
    path = _folder_of(resources)
    kept = resources.built.parent / KEPT if resources.built else None
    collected = collect_once(path, kept=kept, readers_key=resources.readers, reporter=resources.reporter)
    for left in collected.left_out[:5]:
        warn(resources.reporter, f"{left.file} is left out: {left.why}")
    if not collected.documents:
        raise DataError([_nothing(path, collected)])
    return collected


def index_documents(
    collected: Collected,
    settings: RetrievalSettings,
    resources: Resources,
    folder: Path,
    *,
    models: Path | None = None,
) -> Grounding:
    """Index documents, and nothing else; what is indexed there already is not embedded again.

    ``folder`` gets the index, or the file that says where it is (``retrieval.store``). ``models`` is the folder below
    which trained retrievers lie; None: ``folder``.
    """
    grounding = open_grounding(settings, resources, folder, models=models)
    wanted = {document.id for document in collected.documents}
    for entry in grounding.index.store.catalogue():
        if entry.id not in wanted:
            grounding.index.store.delete(entry.id)
    grounding.index.put_all(collected.documents, reporter=resources.reporter)
    return grounding


def build_grounding(settings: RetrievalSettings, resources: Resources, folder: Path) -> tuple[Grounding, list[str]]:
    """Read the documents, index them in ``folder``, and say what became of them.

    Returns:
        the grounding, and sentences for the record.

    Raises:
        DataError: there is no document to retrieve from.
    """
    collected = read_documents(resources)
    grounding = index_documents(collected, settings, resources, folder)
    notes = _notes(collected, grounding)
    for sentence in notes:
        say(resources.reporter, f"  {sentence}")
    write_json(
        folder / FACTS,
        {
            "documents": len(collected.documents),
            "chunks": _chunks(grounding),
            "k": settings.k,
            "left_out": [left._asdict() for left in collected.left_out],
            "restricted": collected.restricted,
        },
    )
    return grounding, notes


def open_grounding(
    settings: RetrievalSettings, resources: Resources, folder: Path, *, models: Path | None = None
) -> Grounding:
    """The index that :func:`build_grounding` left in ``folder``; ``models`` as for :func:`index_documents`."""
    encoder = embedder_of(models or folder, resources, settings)
    cut = [str(min(settings.chunk_tokens, encoder.longest)), str(settings.overlap)]
    about = [str(_folder_of(resources).resolve()), str(resources.readers), *cut] if resources.documents else []
    store = STORES.get(settings.store).open(folder, about=about, width=encoder.width, embedder=encoder.fingerprint)
    reranker = reranker_of(models or folder, resources, settings)
    return Grounding(Index(store, encoder, settings, reranker), settings, resources.reporter)


def ground_dataset(
    settings: RetrievalSettings | None,
    dataset: Dataset,
    resources: Resources,
    folder: Path,
    *,
    train: bool,
    writer: LanguageModel | HostedModel | None = None,
) -> GroundedDataset:
    """Index the documents and look up passages for validation rows, and for training rows where weights are trained.

    Args:
        settings: None: no retrieval; the data set stays as it is.
        dataset: the rows.
        resources: documents, embedder, reporter.
        folder: the approach's; gets the index and ``retrieval.json``.
        train: whether training rows need passages.
        writer: writes the questions of conversations out; None: nobody does.
    """
    if settings is None:
        return GroundedDataset(None, dataset, None, (), {})
    started = time.perf_counter()
    grounding, notes = build_grounding(settings, resources, folder)
    validation = tuple(grounding.ground(dataset.validation, writer).examples)
    rows, avoided = dataset.train, dataset.undesirable
    if train:
        rows, avoided = tuple(grounding.ground(rows).examples), tuple(grounding.ground(avoided).examples)
    names = {entry.id for entry in grounding.index.store.catalogue()}
    column, free = gold_column(validation, names), form_of(dataset.task.kind).free_text
    if column is None and (doubt := doubtful_column(validation, names)):
        say(resources.reporter, f"  {doubt}")
        notes.append(doubt)
    found = measured(validation, column=column, answers=free, abstain=settings.abstain if free else None)
    note_facts(folder, validation=found)
    return GroundedDataset(
        grounding,
        replace(dataset, train=rows, validation=validation, undesirable=avoided),
        column,
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


def passages_in_words(settings: RetrievalSettings | None) -> str:
    """The end of a record's summary: what stands in the prompt besides; empty without retrieval."""
    if settings is None:
        return ""
    return Said(" and the %(k)s best passages (%(search)s search)", k=str(settings.k), search=settings.search)


def note_facts(folder: Path, **facts: Any) -> None:
    """Add to what ``retrieval.json`` says."""
    write_json(folder / FACTS, {**read_json(folder / FACTS), **facts})


def question_of(example: Example) -> str:
    """What is searched for: the input, and what the user said just before, which it may refer to."""
    said = [turn.content for turn in example.history if turn.role == "user"]
    return "\n".join([*said[-_TURNS_ASKED:], example.input])


def _folder_of(resources: Resources) -> Path:
    assert resources.documents is not None, "checked before"
    return resources.recipe_folder / Path(resources.documents).expanduser()


def _chunks(grounding: Grounding) -> int:
    return sum(entry.chunks for entry in grounding.index.store.catalogue())


def _notes(collected: Collected, grounding: Grounding) -> list[str]:
    count, left = len(collected.documents), len(collected.left_out)
    size = {"documents": f"{count:,}", "chunks": f"{_chunks(grounding):,}"}
    notes: list[str] = [
        Said("%(documents)s documents in %(chunks)s chunks; %(left)s files left out.", **size, left=f"{left:,}")
        if left
        else Said("%(documents)s documents in %(chunks)s chunks.", **size)
    ]
    if told := grounding.index.store.told:
        notes.append(told)
    nobodys = [document.id for document in collected.documents if document.readers == ()]
    if nobodys:
        told = "%(n)s documents name no reader and are never shown: %(names)s."
        notes.append(Said(told, n=f"{len(nobodys):,}", names=listed(nobodys, limit=4)))
    if collected.unmatched:
        names = listed(collected.unmatched, limit=4)
        notes.append(Said("No document is matched by %(names)s of readers.yaml.", names=names))
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
