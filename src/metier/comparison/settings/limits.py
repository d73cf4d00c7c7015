"""What a recommended approach must keep to, and which approaches break it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from pydantic import Field

from metier.comparison import wording
from metier.core import Score, Settings
from metier.core.said import Said, counted


class LimitsSettings(Settings):
    """What a recommended approach must keep to. None: no limit."""

    latency_ms: float | None = Field(default=None, gt=0)
    """Longest answer time (95th percentile, one query at a time), in milliseconds."""
    memory_gb: float | None = Field(default=None, gt=0)
    """Largest peak memory while answering, in GB."""
    minutes: float | None = Field(default=None, gt=0)
    """The run's time: after so many minutes nothing is begun, and what is being built is stopped; both stand in the
    table with that reason, and the same command goes on with them."""
    cost_per_1000: float | None = Field(default=None, gt=0)
    """Largest cost of 1,000 answers, in the currency of ``prices``; an approach whose cost is not known breaks it."""
    no_gpu: bool = False
    """Production has no GPU: approaches that were measured on one are not recommended."""
    facts_change_daily: bool = False
    """Answers rest on facts that change every day: only approaches that look them up (retrieval) are recommended."""
    readers_differ: bool = False
    """Not everybody may see every row: approaches with rows in weights or in prompts, where any reader can draw them
    out, are not recommended."""
    queries_per_month: float | None = Field(default=None, gt=0)
    """Volume in production. The cheapest is then the one with the lowest cost of a year: building once and answering.
    None: the cheapest to run."""

    def chosen(self) -> dict[str, Any]:
        """Those that are set, by name."""
        return {name: value for name, value in self.model_dump().items() if value is not None and value is not False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What the advice needs to know of an approach.

    Attributes:
        name: of the approach.
        score: on the primary metric.
        latency_p50_ms, latency_p95_ms: answer time, one query at a time.
        memory_mb: peak memory while answering.
        rows_in_weights: training rows whose content went into weights.
        rows_in_prompts: training rows that may be shown in a prompt.
        tuned: whether it is a fine-tuned model (and not a floor).
        on_gpu: whether it was measured on a GPU.
        looks_up: whether its answers were given passages.
        build_cost, cost_per_1000: in the currency of the prices; None where unknown.
        build_seconds, seconds_per_answer: device time; None where unknown.
    """

    name: str
    score: Score
    latency_p50_ms: float
    latency_p95_ms: float
    memory_mb: float
    rows_in_weights: int
    tuned: bool
    rows_in_prompts: int = 0
    on_gpu: bool = False
    looks_up: bool = False
    build_cost: float | None = None
    cost_per_1000: float | None = None
    build_seconds: float | None = None
    seconds_per_answer: float | None = None


class Rule(NamedTuple):
    """One limit that is set: what it asks for, and why an approach breaks it (empty where it does not)."""

    text: str
    breaks: Callable[[Candidate], str]


def rules_of(limits: LimitsSettings, *, currency: str = "") -> list[Rule]:
    """The limits that are set, in the order in which a reader would ask for them; ``currency`` of the prices."""
    rules: list[Rule] = []
    if limits.facts_change_daily:
        rules.append(Rule(Said("Looks facts up, as they change every day"), _no_lookup))
    if limits.readers_differ:
        rules.append(Rule(Said("Holds no rows that some readers may not see"), _holds_rows))
    if limits.no_gpu:
        rules.append(Rule(Said("Runs without a GPU"), _needs_gpu))
    if limits.latency_ms is not None:
        most = limits.latency_ms
        within = Said("Answers within %(time)s ms (95th percentile)", time=f"{most:g}")
        rules.append(Rule(within, lambda c: _too_slow(c, most)))
    if limits.memory_gb is not None:
        room = limits.memory_gb
        needs = Said("Needs at most %(size)s GB while answering", size=f"{room:g}")
        rules.append(Rule(needs, lambda c: _too_large(c, room)))
    if limits.cost_per_1000 is not None:
        price = limits.cost_per_1000
        costs = Said("Costs at most %(price)s for 1,000 answers", price=wording.with_unit(f"{price:g}", currency))
        rules.append(Rule(costs, lambda c: _too_dear(c, price, currency)))
    return rules


def _no_lookup(candidate: Candidate) -> str:
    if candidate.looks_up:
        return ""
    return Said("%(name)s looks nothing up: a new fact would need a new build.", name=candidate.name)


def _holds_rows(candidate: Candidate) -> str:
    name, own, shown = candidate.name, held(candidate.rows_in_weights), held(candidate.rows_in_prompts)
    if candidate.rows_in_weights and candidate.rows_in_prompts:
        return Said(
            "%(name)s has %(rows)s in its weights and %(others)s in its prompts.", name=name, rows=own, others=shown
        )
    if candidate.rows_in_weights:
        return Said("%(name)s has %(rows)s in its weights.", name=name, rows=own)
    return Said("%(name)s has %(rows)s in its prompts.", name=name, rows=shown) if candidate.rows_in_prompts else ""


def held(rows: int) -> Said:
    """So many rows."""
    return counted(rows, "%(n)s row", "%(n)s rows")


def _needs_gpu(candidate: Candidate) -> str:
    if not candidate.on_gpu:
        return ""
    return Said("%(name)s was measured on a GPU; how it does without one is not known.", name=candidate.name)


def _too_slow(candidate: Candidate, most: float) -> str:
    if candidate.latency_p95_ms <= most:
        return ""
    return Said(
        "%(name)s takes %(time)s ms (95th percentile; the limit is %(limit)s).",
        name=candidate.name,
        time=f"{candidate.latency_p95_ms:.0f}",
        limit=f"{most:g}",
    )


def _too_large(candidate: Candidate, room: float) -> str:
    if candidate.memory_mb <= room * 1000:
        return ""
    return Said(
        "%(name)s needs %(size)s GB (the limit is %(limit)s).",
        name=candidate.name,
        size=f"{candidate.memory_mb / 1000:.1f}",
        limit=f"{room:g}",
    )


def _too_dear(candidate: Candidate, price: float, currency: str) -> str:
    if candidate.cost_per_1000 is None:
        return Said("%(name)s has no known cost: give prices.", name=candidate.name)
    if candidate.cost_per_1000 <= price:
        return ""
    return Said(
        "%(name)s costs %(price)s for 1,000 answers (the limit is %(limit)s).",
        name=candidate.name,
        price=wording.money(candidate.cost_per_1000, currency),
        limit=f"{price:g}",
    )
