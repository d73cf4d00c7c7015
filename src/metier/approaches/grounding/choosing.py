"""How many passages, of what size, found in which way: chosen on validation by the answers, with the cost counted.

Every combination of the recipe's ``retrieval.choose`` is a candidate of successive halving, what the recipe says itself
among them. Chunks of every size are indexed once.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from metier.approaches.grounding.context import Grounding, index_documents, read_documents
from metier.approaches.grounding.retrievers import embedder_of
from metier.approaches.prompting.asking import PromptedSystem
from metier.approaches.prompting.asking_hosted import HostedSystem
from metier.approaches.prompting.halving import Asker, Standing, halve, in_even_order, results
from metier.approaches.prompting.trial_journal import TrialJournal
from metier.approaches.prompting.trials import metric_of
from metier.core import Example, Silent
from metier.core.artifacts import hash_value, write_json
from metier.core.said import Said
from metier.retrieval import STORES, ChooseSettings, RetrievalSettings

CHOICE = "retrieval-search.json"


class Setting(NamedTuple):
    """A candidate."""

    k: int
    chunk_tokens: int
    search: str

    def __str__(self) -> str:
        return f"k {self.k}, chunk_tokens {self.chunk_tokens}, search {self.search}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was chosen, and what choosing took.

    Attributes:
        settings: of retrieval, with what was chosen.
        metric: what was measured.
        candidates: different settings that were tried.
        rows: validation rows that the last round saw.
        chosen: the best settings in words.
        best: their value on those rows; they were chosen by them, so the test set will show a little less.
        default: the value of what the recipe says itself, on the same rows.
        tokens_in: tokens read.
        tokens_out: tokens written.
        seconds: wall time of the trials, those of a killed run included.
    """

    settings: RetrievalSettings
    metric: str
    candidates: int
    rows: int
    chosen: str
    best: float
    default: float
    tokens_in: int
    tokens_out: int
    seconds: float

    def __str__(self) -> str:
        """A sentence for a person."""
        return Said(
            "%(n)s settings of retrieval were tried on up to %(rows)s validation rows; chosen: %(chosen)s. There "
            "%(metric)s is %(best)s, with the recipe's own settings %(default)s. It took %(tokens)s tokens and "
            "%(seconds)s s.",
            n=str(self.candidates),
            rows=str(self.rows),
            chosen=self.chosen,
            metric=self.metric,
            best=f"{self.best:.3f}",
            default=f"{self.default:.3f}",
            tokens=f"{self.tokens_in + self.tokens_out:,}",
            seconds=f"{self.seconds:.0f}",
        )


def choose(system: Asker, validation: Sequence[Example], retrieval: RetrievalSettings, *, folder: Path) -> Choice:
    """Find the settings whose answers are best; leaves the index that belongs to them in ``folder``.

    Args:
        system: without a grounding, not calibrated.
        validation: rows to choose by.
        retrieval: with ``choose``.
        folder: the approach's; gets ``retrieval-search.json``, and journal and indexes below ``checkpoints``.
    """
    asked, resources = retrieval.choose, system.resources
    assert asked is not None, "the caller looked"
    fixed = retrieval.model_copy(update={"choose": None})
    rows = in_even_order(validation, asked.rows, seed=resources.seed)
    collected = read_documents(resources)
    embedder = embedder_of(folder, resources, fixed).fingerprint
    inputs = _inputs(system, rows, fixed, hash_value(collected.documents), embedder)
    work = folder / "checkpoints" / f"retrieval-{hash_value(inputs)[:12]}"
    journal = TrialJournal(work / "search.jsonl", inputs)
    quiet = replace(system, resources=replace(resources, reporter=Silent()))
    indexes: dict[int, Grounding] = {}
    standings: list[Standing[Asker]] = []
    for one in candidates(fixed, asked):
        settings = with_setting(fixed, one)
        if one.chunk_tokens not in indexes:
            place = work / f"chunks-{one.chunk_tokens}"
            indexes[one.chunk_tokens] = index_documents(collected, settings, resources, place, models=folder)
        index = indexes[one.chunk_tokens].index
        standings.append(Standing(one, replace(quiet, grounding=Grounding(index.with_settings(settings), settings))))
    done = halve(standings, rows, journal, reporter=resources.reporter, label="retrieval search")
    best, default = done.best, standings[0]
    for grounding in indexes.values():
        grounding.index.store.close()
    assert isinstance(best.candidate, Setting)
    index_file = STORES.get(fixed.store).file
    shutil.copyfile(work / f"chunks-{best.candidate.chunk_tokens}" / index_file, folder / index_file)
    choice = Choice(
        settings=with_setting(fixed, best.candidate),
        metric=metric_of(system.task),
        candidates=len(standings),
        rows=len(rows),
        chosen=f"{best.candidate} (as the recipe says)" if best is default else str(best.candidate),
        best=round(best.value, 4),
        default=round(default.value, 4),
        tokens_in=done.spent.tokens_in,
        tokens_out=done.spent.tokens_out,
        seconds=round(done.spent.seconds, 2),
    )
    write_json(folder / CHOICE, {"choice": choice, "trials": results(standings, choice.metric, called="settings")})
    return choice


def candidates(own: RetrievalSettings, asked: ChooseSettings) -> list[Setting]:
    """What the recipe says itself, then every other combination, those with the fewest tokens in the prompt first.

    Sizes above what the embedder reads would give the same chunks and are tried all the same, once each.
    """
    first = Setting(own.k, own.chunk_tokens, own.search)
    searches = asked.search or [own.search]
    others = [Setting(*one) for one in product(asked.k, asked.chunk_tokens, searches)]
    cheapest = sorted(dict.fromkeys(others), key=lambda one: (one.k * one.chunk_tokens, one.k))
    return [first, *(one for one in cheapest if one != first)]


def with_setting(settings: RetrievalSettings, one: Setting) -> RetrievalSettings:
    """The settings with a candidate's values; chunks of another size overlap by an eighth of it at most."""
    overlap = settings.overlap
    if one.chunk_tokens != settings.chunk_tokens:
        overlap = min(overlap, one.chunk_tokens // 8)
    return settings.model_copy(update={**one._asdict(), "overlap": overlap})


def _inputs(
    system: PromptedSystem | HostedSystem,
    rows: Sequence[Example],
    settings: RetrievalSettings,
    documents: str,
    embedder: str,
) -> list[Any]:
    """What a trial's result depends on, besides its candidate and rows."""
    resources = system.resources
    return [
        system.model.source.fingerprint,
        resources.compute,
        system.task,
        system.settings,
        system.pool,
        rows,
        settings,
        documents,
        embedder,
        resources.seed,
    ]
