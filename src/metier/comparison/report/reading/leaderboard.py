"""What was compared, how well each approach did, and what is recommended: what ``leaderboard.json`` tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from metier.core import Score, Sensitivity


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
        test_groups: how many groups they come from; None where each stands for itself, or unknown.
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
    test_groups: int | None
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
