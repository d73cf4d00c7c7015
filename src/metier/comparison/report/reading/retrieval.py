"""What an approach with documents found: ``retrieval.json`` (building, validation) and ``passages.json`` (test)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from metier.comparison.report.reading.folder import RunFolder
from metier.comparison.report.reading.values import mapping, mappings, number, text, whole
from metier.core import Score


@dataclass(frozen=True, slots=True, kw_only=True)
class OracleRuns:
    """Validation rows answered without passages, with those found, and with the right ones.

    Attributes:
        metric: what was measured.
        rows: how many rows were asked.
        values: the value by what they were answered with.
        lost: what each part costs.
        holds_back: the part that costs most; empty where nothing is lost.
    """

    metric: str
    rows: int
    values: Mapping[str, float]
    lost: Mapping[str, Score]
    holds_back: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieval:
    """An approach's documents and what it found in them.

    Attributes:
        documents: how many.
        chunks: how many they were cut into.
        left_out: files that gave no document.
        k: how many passages it may show; None where that is not known.
        questions: test rows.
        scores: measures of passages and of what answers made of them, on the test set.
        oracles: None where they were not asked.
    """

    documents: int
    chunks: int
    left_out: int
    k: int | None
    questions: int
    scores: Mapping[str, Score]
    oracles: OracleRuns | None


def read_retrieval(folder: RunFolder, name: str, settings: Mapping[str, Any]) -> Retrieval | None:
    """What the approach left; None where it has no documents.

    Args:
        folder: the run's.
        name: of the approach.
        settings: its resolved settings, as its record has them.
    """
    place = folder.approach(name)
    facts = folder.json(f"{place}/retrieval.json") if place else {}
    if not facts:
        return None
    measured = folder.json(f"{place}/passages.json")
    k = number(facts.get("k", mapping(settings.get("retrieval")).get("k")))
    return Retrieval(
        documents=whole(facts.get("documents")),
        chunks=whole(facts.get("chunks")),
        left_out=len(mappings(facts.get("left_out"))),
        k=None if k is None else int(k),
        questions=whole(measured.get("questions")),
        scores=_scores(measured.get("scores")),
        oracles=_oracles(mapping(facts.get("oracles"))),
    )


def _oracles(raw: Mapping[str, Any]) -> OracleRuns | None:
    values = {way: value for way, item in mapping(raw.get("values")).items() if (value := number(item)) is not None}
    lost = _scores(raw.get("lost"))
    if not {"none", "found", "right first", "right alone"} <= values.keys():
        return None
    if not {"retriever", "context use", "generator"} <= lost.keys():
        return None
    return OracleRuns(
        metric=text(raw.get("metric")),
        rows=whole(raw.get("rows")),
        values=values,
        lost=lost,
        holds_back=text(raw.get("holds_back")),
    )


def _scores(raw: Any) -> dict[str, Score]:
    found: dict[str, Score] = {}
    for name, item in mapping(raw).items():
        value, low, high = (number(mapping(item).get(key)) for key in ("value", "low", "high"))
        if value is not None and low is not None and high is not None:
            found[name] = Score(value=value, low=low, high=high)
    return found
