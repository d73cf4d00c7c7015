"""The advice: a rule that a reader can check.

Among the approaches that meet the limits, drop those significantly worse than the best (paired, Holm-corrected); of the
rest take the cheapest to run, then the one that puts the least of the data into weights, then the better one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from metier.comparison import wording
from metier.core import Score

SAME_LATENCY = 1.25
"""Answer times within this factor of the fastest count as equal: timings on shared machines are noisy."""
SAME_MILLISECONDS = 50.0
"""Answer times that differ by less than this, in milliseconds, count as equal: nobody notices so little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What the rule needs to know of an approach.

    Attributes:
        name: of the approach.
        score: on the primary metric.
        latency_p50_ms, latency_p95_ms: answer time, one query at a time.
        memory_mb: peak memory while answering.
        rows_in_weights: training rows whose content went into weights.
        tuned: whether it is a fine-tuned model (and not a floor).
    """

    name: str
    score: Score
    latency_p50_ms: float
    latency_p95_ms: float
    memory_mb: float
    rows_in_weights: int
    tuned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to use and why.

    Attributes:
        recommended: name of the approach; None where nothing meets the limits or nothing was measured.
        reason: in one or two sentences.
        ties: approaches that the test set cannot tell from the best one, the recommended one included.
    """

    recommended: str | None
    reason: str
    ties: tuple[str, ...] = ()


def over_limits(
    candidates: Sequence[Candidate], *, latency_ms: float | None, memory_gb: float | None
) -> dict[str, str]:
    """The approaches that break a limit, each with the reason in a sentence.

    Args:
        candidates: every approach that was measured.
        latency_ms: limit of the 95th percentile of the answer time; None: none.
        memory_gb: limit of the peak memory while answering; None: none.
    """
    return {c.name: why for c in candidates if (why := _breaks(c, latency_ms, memory_gb))}


def advise(
    candidates: Sequence[Candidate],
    *,
    metric: str,
    ruled_out: Mapping[str, str],
    worse: Collection[str],
    better: Literal["higher", "lower"] = "higher",
) -> Advice:
    """Apply the rule.

    Args:
        candidates: every approach that was measured.
        metric: name of the primary metric, for the sentence.
        ruled_out: those that break a limit, with the reason; see :func:`over_limits`.
        worse: those that are significantly worse than the best one that meets the limits.
        better: which values of the metric are the good ones.
    """
    sign = 1 if better == "higher" else -1
    within = [candidate for candidate in candidates if candidate.name not in ruled_out]
    if not candidates:
        return Advice(recommended=None, reason="No approach could be measured.")
    if not within:
        return Advice(recommended=None, reason="No approach meets the limits: " + " ".join(ruled_out.values()))
    best = max(within, key=lambda c: sign * c.score.value)
    overall = max(candidates, key=lambda c: sign * c.score.value)
    ties = [c for c in within if c.name not in worse]
    fastest = min(c.latency_p50_ms for c in ties)
    quick = [c for c in ties if c.latency_p50_ms <= max(fastest * SAME_LATENCY, fastest + SAME_MILLISECONDS)]
    chosen = min(quick, key=lambda c: (c.rows_in_weights, -sign * c.score.value))
    if len(within) == 1:
        why = "was measured" if len(candidates) == 1 else "meets the limits"
        reason = f"{chosen.name} is the only approach that {why} ({_level(chosen, metric)})."
    elif len(ties) == 1:
        others = "everything else that meets the limits" if ruled_out else "everything else"
        reason = f"{chosen.name} is significantly better than {others} ({_level(chosen, metric)})."
    else:
        reason = _of_equals(chosen, best, ties, quick, metric)
    if overall.name in ruled_out:
        reason += f" {overall.name} scored better, but {ruled_out[overall.name]}"
    if any(c.tuned for c in candidates) and not chosen.tuned:
        reason = "Do not fine-tune. " + reason
    return Advice(recommended=chosen.name, reason=reason, ties=tuple(c.name for c in ties))


def _breaks(candidate: Candidate, latency_ms: float | None, memory_gb: float | None) -> str:
    if latency_ms is not None and candidate.latency_p95_ms > latency_ms:
        return (
            f"{candidate.name} takes {candidate.latency_p95_ms:.0f} ms (95th percentile; the limit is {latency_ms:g})."
        )
    if memory_gb is not None and candidate.memory_mb > memory_gb * 1000:
        return f"{candidate.name} needs {candidate.memory_mb / 1000:.1f} GB (the limit is {memory_gb:g})."
    return ""


def _level(candidate: Candidate, metric: str) -> str:
    value, interval = wording.percent(candidate.score.value), wording.span(candidate.score)
    return f"{wording.metric(metric)} {value}, interval {interval}"


def _of_equals(
    chosen: Candidate, best: Candidate, ties: Sequence[Candidate], quick: Sequence[Candidate], metric: str
) -> str:
    others = wording.listing(candidate.name for candidate in ties if candidate is not chosen)
    better = "" if chosen is best else f", which scores {wording.percent(best.score.value)}" if len(ties) == 2 else ""
    takes = wording.milliseconds(chosen.latency_p50_ms)
    if len(quick) == 1:
        why = f"the cheapest of them to run ({takes} a query)"
    elif chosen.rows_in_weights < max(candidate.rows_in_weights for candidate in quick):
        why = f"among the cheapest to run ({takes} a query), and puts the least of the data into weights"
    else:
        why = f"among the cheapest to run ({takes} a query), and the best of those"
    return f"The test set cannot tell {chosen.name} ({_level(chosen, metric)}) from {others}{better}. It is {why}."
