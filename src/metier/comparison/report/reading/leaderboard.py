"""``leaderboard.json``: what was compared, how well each approach did, and what is recommended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from metier.comparison.document_changes import KINDS
from metier.comparison.report.reading.values import counts, mapping, mappings, number, text, texts, whole
from metier.core import Score, Sensitivity
from metier.core.said import sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """An approach's primary metric minus that of the best, on the same examples; negative where it is worse.

    Attributes:
        value: the difference, as a share of 1.
        low: lower end of its interval.
        high: upper end of its interval.
        p: probability of a difference at least so large if there were none, Holm-adjusted; None where not tested.
        significant: whether it is too large to be chance; None where not tested.
    """

    value: float
    low: float
    high: float
    p: float | None
    significant: bool | None


class Step(NamedTuple):
    """A step of the rule that chose: what it asks for, which approaches pass, which do not and why."""

    rule: str
    kept: tuple[str, ...]
    dropped: tuple[tuple[str, str], ...]


class BreakEven(NamedTuple):
    """From ``queries`` on, ``to`` takes less in all than ``start``, which takes less to build; in ``unit``."""

    start: str
    to: str
    queries: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grader:
    """A model that graded single answers.

    Attributes:
        name: of its metric.
        model: that was asked.
        passing: labels that count; empty where it gives scores.
        lowest, highest: of its scores; None where it gives labels.
        threshold: from which on a score counts; None where the mean is taken.
        answers: of all approaches together.
        asked: different ones among them.
        failed: answers that it gave no grade, as the service would not.
        not_understood: answers about which it said something else than was asked for.
        tokens: that it read and wrote.
        cost: of these; None where its price is not known.
    """

    name: str
    model: str
    passing: tuple[str, ...]
    lowest: float | None
    highest: float | None
    threshold: float | None
    answers: int
    asked: int
    failed: int
    not_understood: int
    tokens: int
    cost: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """How much the best figure flatters for having been chosen.

    Attributes:
        best: whose figure.
        approaches: of how many it is the best.
        optimism: by how much it is too good, in expectation.
        corrected: the figure without that.
    """

    best: str
    approaches: int
    optimism: float
    corrected: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What building and running an approach takes; None where it was not measured. Units are in the names."""

    train_seconds: float | None = None
    build_seconds: float | None = None
    build_cost: float | None = None
    latency_p50_ms: float | None = None
    latency_p95_ms: float | None = None
    latency_p99_ms: float | None = None
    answers_per_second: float | None = None
    tokens_per_query: float | None = None
    tokens_in_per_query: float | None = None
    tokens_out_per_query: float | None = None
    cost_per_1000: float | None = None
    peak_memory_mb: float | None = None
    gpu_memory_mb: float | None = None
    build_memory_mb: float | None = None
    trainable_parameters: float | None = None
    total_parameters: float | None = None
    disk_mb: float | None = None
    build_energy_wh: float | None = None
    energy_per_1000_wh: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approach:
    """One row of the leaderboard.

    Attributes:
        name: its name in the recipe.
        summary: what was done, in a sentence.
        status: ``done``, ``failed``, ``not_applicable`` or ``not_run``.
        why: the reason where it is not done.
        metrics: values with intervals, by metric; empty where it is not done.
        vs_best: the difference to the best; None for the best itself.
        costs: what it takes.
        rows_in_weights: training rows whose content went into weights.
        rows_in_prompts: training rows that may be shown in a prompt.
        readers: who may see all rows that went in; None: everybody, or not known.
        load: queries at the same time, their 95th percentile in milliseconds and answers a second; None where that was
            not measured.
        fresh: how new knowledge gets in, and the seconds that takes; None where it is not known.
        sensitivity: what other wordings of its prompt gave; None where that was not tried.
        still_learning: whether its training ended while the loss still fell.
        documents_changed: what became of its documents since it was built, by when (``since`` it was measured, or
            ``before`` that): counts by kind and the day; empty where nothing did.
    """

    name: str
    summary: str
    status: str
    why: str
    metrics: Mapping[str, Score]
    vs_best: Difference | None
    costs: Costs
    rows_in_weights: int
    rows_in_prompts: int
    readers: tuple[str, ...] | None
    load: tuple[int, float | None, float | None] | None
    fresh: tuple[str, float | None] | None
    sensitivity: Sensitivity | None
    still_learning: bool
    documents_changed: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What a setting is worth: an approach less the same one without it."""

    approach: str
    without: str
    part: str
    difference: Difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaderboard:
    """The whole comparison.

    Attributes:
        run: the run's name.
        kind: ``classify``, ``generate`` or ``chat``.
        instruction: what the models were asked to do.
        labels: the label set of ``classify``.
        primary: the metric that approaches are compared by.
        lower: whether low values of it are the good ones; None where that was not noted.
        units: of metrics, by name, as far as they were noted.
        test_size: examples in the sealed test set; None where unknown.
        resolvable_gap: the true difference that this test set would find four times in five; None where unknown.
        recommended: the approach to use; None where none can be recommended.
        reason: why, in a sentence.
        ties: approaches that cannot be told apart from the best.
        floors: the simple approaches that all others must beat.
        limits: what an approach had to keep to, by name.
        confidence: level of all intervals.
        currency: of all costs; empty where the recipe names none.
        steps: of the rule that chose; empty where they were not noted.
        selection: how much the best figure flatters; None where that was not estimated.
        break_even: from how many queries on an approach pays, the fewest first.
        worth: what single settings are worth, where approaches differ in one alone.
        graders: models that graded answers.
        approaches: in the order of the file.
    """

    run: str
    kind: str
    instruction: str
    labels: tuple[str, ...]
    primary: str
    lower: bool | None
    units: Mapping[str, str]
    test_size: int | None
    resolvable_gap: float | None
    recommended: str | None
    reason: str
    ties: tuple[str, ...]
    floors: tuple[str, ...]
    limits: Mapping[str, Any]
    confidence: float
    currency: str
    steps: tuple[Step, ...]
    selection: Selection | None
    break_even: tuple[BreakEven, ...]
    worth: tuple[Worth, ...]
    graders: tuple[Grader, ...]
    approaches: tuple[Approach, ...]


def leaderboard(raw: Mapping[str, Any]) -> Leaderboard:
    """Understand the content of ``leaderboard.json``."""
    task = mapping(raw.get("task"))
    size = number(raw.get("test_size"))
    return Leaderboard(
        run=text(raw.get("run")),
        kind=text(task.get("kind")),
        instruction=text(task.get("instruction")),
        labels=texts(task.get("labels")),
        primary=text(raw.get("primary_metric")),
        lower={"higher": False, "lower": True}.get(text(raw.get("better"))),
        units={name: text(unit) for name, unit in mapping(raw.get("units")).items()},
        test_size=None if size is None else int(size),
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
