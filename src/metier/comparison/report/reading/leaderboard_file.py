"""``leaderboard.json`` read: what is missing or of another kind counts as not noted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from metier.comparison.document_changes import KINDS
from metier.comparison.report.reading.leaderboard import (
    Approach,
    BreakEven,
    Costs,
    Difference,
    Grader,
    Leaderboard,
    Selection,
    Step,
    Worth,
)
from metier.comparison.report.reading.values import counts, mapping, mappings, number, text, texts, whole
from metier.core import Score, Sensitivity
from metier.core.said import sentence


def leaderboard(raw: Mapping[str, Any]) -> Leaderboard:
    """Understand the content of ``leaderboard.json``."""
    task = mapping(raw.get("task"))
    return Leaderboard(
        run=text(raw.get("run")),
        kind=text(task.get("kind")),
        instruction=text(task.get("instruction")),
        labels=texts(task.get("labels")),
        primary=text(raw.get("primary_metric")),
        lower={"higher": False, "lower": True}.get(text(raw.get("better"))),
        units={name: text(unit) for name, unit in mapping(raw.get("units")).items()},
        test_size=_known(raw.get("test_size")),
        test_groups=_known(raw.get("test_groups")),
        resolvable_gap=number(raw.get("resolvable_gap")),
        recommended=text(raw.get("recommended")) or None,
        reason=sentence(raw, "reason"),
        ties=texts(raw.get("ties")),
        floors=texts(raw.get("floors")),
        limits={name: value for name, value in mapping(raw.get("limits")).items() if value is not None},
        confidence=number(raw.get("confidence")) or 0.95,
        currency=text(raw.get("currency")),
        steps=tuple(_step(item) for item in mappings(raw.get("trace"))),
        selection=_selection(mapping(raw.get("selection"))),
        break_even=_break_even(mappings(raw.get("break_even"))),
        worth=_worth(mappings(raw.get("worth"))),
        graders=tuple(_grader(item) for item in mappings(raw.get("graders"))),
        approaches=tuple(_approach(item) for item in mappings(raw.get("approaches"))),
    )


def _known(value: Any) -> int | None:
    """A whole number; None for anything else."""
    return None if (found := number(value)) is None else int(found)


def _approach(raw: Mapping[str, Any]) -> Approach:
    privacy, readers = counts(raw.get("privacy")), mapping(raw.get("privacy")).get("readers")
    fresh, load = mapping(raw.get("freshness")), mapping(raw.get("load"))
    scores = {name: score(mapping(value)) for name, value in mapping(raw.get("metrics")).items()}
    return Approach(
        name=text(raw.get("name")),
        summary=sentence(raw, "summary"),
        status=text(raw.get("status")) or "done",
        why=sentence(raw, "why"),
        metrics={name: score for name, score in scores.items() if score is not None},
        vs_best=_difference(mapping(raw.get("vs_best"))),
        costs=Costs(**{field.name: number(raw.get(field.name)) for field in fields(Costs)}),
        rows_in_weights=whole(privacy.get("rows_in_weights")),
        rows_in_prompts=whole(privacy.get("rows_in_prompts")),
        readers=texts(readers) if isinstance(readers, list) else None,
        load=(whole(load.get("concurrency")), number(load.get("p95_ms")), number(load.get("answers_per_second")))
        if load
        else None,
        fresh=(text(fresh.get("way")), number(fresh.get("seconds"))) if fresh else None,
        sensitivity=_sensitivity(mapping(raw.get("sensitivity"))),
        still_learning=raw.get("still_learning") is True,
        documents_changed=_documents_changed(mapping(raw.get("documents_changed"))),
    )


def _documents_changed(raw: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    when = {name: mapping(counts) for name, counts in raw.items() if isinstance(counts, Mapping)}
    return {
        name: {kind: whole(counts.get(kind)) for kind in KINDS} | {"last": text(counts.get("last"))}
        for name, counts in when.items()
    }


def _step(raw: Mapping[str, Any]) -> Step:
    dropped = tuple((text(item.get("name")), sentence(item, "why")) for item in mappings(raw.get("dropped")))
    return Step(sentence(raw, "rule"), texts(raw.get("kept")), dropped)


def _selection(raw: Mapping[str, Any]) -> Selection | None:
    optimism, corrected = number(raw.get("optimism")), number(raw.get("corrected"))
    if optimism is None or corrected is None:
        return None
    best, approaches = text(raw.get("best")), whole(raw.get("approaches"))
    return Selection(best=best, approaches=approaches, optimism=optimism, corrected=corrected)


def _break_even(raw: list[dict[str, Any]]) -> tuple[BreakEven, ...]:
    found = [
        BreakEven(text(item.get("from")), text(item.get("to")), queries, text(item.get("unit")))
        for item in raw
        if (queries := number(item.get("queries"))) is not None
    ]
    return tuple(sorted(found, key=lambda item: item.queries))


def _worth(raw: list[dict[str, Any]]) -> tuple[Worth, ...]:
    return tuple(
        Worth(
            approach=text(item.get("approach")),
            without=text(item.get("without")),
            part=text(item.get("part")),
            difference=found,
        )
        for item in raw
        if (found := _difference(item)) is not None
    )


def _grader(raw: Mapping[str, Any]) -> Grader:
    ends = raw.get("range")
    lowest, highest = (number(end) for end in ends) if isinstance(ends, list) and len(ends) == 2 else (None, None)
    return Grader(
        name=text(raw.get("name")),
        model=text(raw.get("model")),
        passing=texts(raw.get("passing_labels")),
        lowest=lowest,
        highest=highest,
        threshold=number(raw.get("pass_threshold")),
        answers=whole(raw.get("answers")),
        asked=whole(raw.get("asked")),
        failed=sum(counts(raw.get("failed")).values()),
        not_understood=sum(counts(raw.get("not_understood")).values()),
        tokens=whole(raw.get("tokens_in")) + whole(raw.get("tokens_out")),
        cost=number(raw.get("cost")),
    )


def _sensitivity(raw: Mapping[str, Any]) -> Sensitivity | None:
    """What other wordings gave; None where fewer than two are known."""
    found = {wording: number(value) for wording, value in mapping(raw.get("wordings")).items()}
    values = {wording: value for wording, value in found.items() if value is not None}
    if len(values) < 2 or len(values) != len(found):
        return None
    spread = number(raw.get("spread"))  # of figures that are not rounded
    return Sensitivity(
        metric=text(raw.get("metric")),
        rows=whole(raw.get("rows")),
        wordings=values,
        spread=max(values.values()) - min(values.values()) if spread is None else spread,
        by_chance=number(raw.get("by_chance")) or 0.0,
    )


def score(found: Any) -> Score | None:
    """A value with its interval, as the run writes it; None where there is none."""
    raw = mapping(found)
    value = number(raw.get("value"))
    if value is None:
        return None
    return Score(value=value, low=_or(raw.get("low"), value), high=_or(raw.get("high"), value))


def _difference(raw: Mapping[str, Any]) -> Difference | None:
    value = number(raw.get("difference"))
    if value is None:
        return None
    low, high = _or(raw.get("low"), value), _or(raw.get("high"), value)
    significant = raw.get("significant")
    return Difference(
        value=value,
        low=low,
        high=high,
        p=number(raw.get("p")),
        significant=significant if isinstance(significant, bool) else None,
    )


def _or(value: Any, default: float) -> float:
    found = number(value)
    return default if found is None else found
