"""The advice: a rule that a reader can check, step by step.

Among the approaches that meet the limits, drop those significantly worse than the best (paired, Holm-corrected); of the
rest take the cheapest (over a year where the volume is known, else to run), then the one that puts the least of the
data into weights, then the better one. Each step is written down with what it dropped and why.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from metier.comparison import wording
from metier.comparison.cheapest import Yardstick, yardstick
from metier.comparison.limits import Candidate, LimitsSettings, rules_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """An approach that a step left out, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the rule.

    Attributes:
        rule: what it asks for.
        kept: approaches that pass.
        dropped: those that do not.
    """

    rule: str
    kept: tuple[str, ...]
    dropped: tuple[Dropped, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to use and why.

    Attributes:
        recommended: name of the approach; None where nothing meets the limits or nothing was measured.
        reason: in one or two sentences.
        ties: approaches that the test set cannot tell from the best one, the recommended one included.
        trace: the steps that led there; the last one keeps the recommended approach alone, or nothing.
    """

    recommended: str | None
    reason: str
    ties: tuple[str, ...] = ()
    trace: tuple[Step, ...] = ()


class _Way:
    """Candidates on their way through the steps."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self.left = list(candidates)
        self.steps: list[Step] = []

    def drop(self, rule: str, reasons: Mapping[str, str]) -> list[Candidate]:
        """Take a step: those with a reason go, the others are returned."""
        dropped = tuple(Dropped(name=c.name, why=reasons[c.name]) for c in self.left if reasons.get(c.name))
        self.left = [c for c in self.left if not reasons.get(c.name)]
        self.steps.append(Step(rule=rule, kept=tuple(c.name for c in self.left), dropped=dropped))
        return list(self.left)


def over_limits(candidates: Sequence[Candidate], limits: LimitsSettings, *, currency: str = "") -> dict[str, str]:
    """The approaches that break a limit, each with the first reason in a sentence; ``currency`` of the prices."""
    reasons: dict[str, str] = {}
    for rule in rules_of(limits, currency=currency):
        for candidate in candidates:
            if why := rule.breaks(candidate):
                reasons.setdefault(candidate.name, why)
    return reasons


def advise(
    candidates: Sequence[Candidate],
    *,
    metric: str,
    worse: Mapping[str, str] | Collection[str] = (),
    limits: LimitsSettings | None = None,
    better: Literal["higher", "lower"] = "higher",
    currency: str = "",
    unit: str = wording.SHARE,
) -> Advice:
    """Apply the rule.

    Args:
        candidates: every approach that was measured.
        metric: name of the primary metric, for the sentence.
        worse: those that are significantly worse than the best one that meets the limits; by name the evidence, where
            there is some.
        limits: what must be kept to. None: nothing.
        better: which values of the metric are the good ones.
        currency: of the prices, for print.
        unit: of the metric, for print; see :class:`metier.evaluation.Metric`.
    """
    if not candidates:
        return Advice(recommended=None, reason="No approach could be measured.")
    limits = limits or LimitsSettings()
    sign = 1 if better == "higher" else -1
    way = _Way(candidates)
    for rule in rules_of(limits, currency=currency):
        way.drop(rule.text, {c.name: rule.breaks(c) for c in way.left})
    ruled_out = over_limits(candidates, limits, currency=currency)
    if not way.left:
        reason = "No approach meets the limits: " + " ".join(ruled_out.values())
        return Advice(recommended=None, reason=reason, trace=tuple(way.steps))
    within = list(way.left)
    best = max(within, key=lambda c: sign * c.score.value)
    evidence = worse if isinstance(worse, Mapping) else dict.fromkeys(worse, "significantly worse")
    ties = way.drop(f"Not significantly worse than {best.name}, the best of these, on the same test rows", evidence)
    price = yardstick(ties, volume=limits.queries_per_month, currency=currency)
    cheap = way.drop(price.rule, price.dearer(ties))
    least = min(c.rows_in_weights for c in cheap)
    rows = {c.name: f"{wording.plural(c.rows_in_weights, 'row')} in its weights" for c in cheap}
    few = way.drop(
        "Puts the least of the data into weights",
        {c.name: rows[c.name] for c in cheap if c.rows_in_weights > least},
    )
    chosen = max(few, key=lambda c: sign * c.score.value)
    others = {c.name: wording.figure(c.score.value, unit) for c in few if c is not chosen}
    best_of = f"{chosen.name} {wording.figure(chosen.score.value, unit)}"
    way.drop(f"Best {wording.metric(metric)} of what is left: {best_of}", others)
    level = _level(chosen, metric, unit)
    if len(within) == 1:
        why = "was measured" if len(candidates) == 1 else "meets the limits"
        reason = f"{chosen.name} is the only approach that {why} ({level})."
    elif len(ties) == 1:
        rest = "everything else that meets the limits" if ruled_out else "everything else"
        reason = f"{chosen.name} is significantly better than {rest} ({level})."
    else:
        scores = "" if chosen is best or len(ties) != 2 else f", which scores {wording.figure(best.score.value, unit)}"
        reason = _of_equals(chosen, level, scores, ties, cheap, price)
    reason += _pity(max(candidates, key=lambda c: sign * c.score.value), ruled_out)
    if any(c.tuned for c in candidates) and not chosen.tuned:
        reason = "Do not fine-tune. " + reason
    return Advice(recommended=chosen.name, reason=reason, ties=tuple(c.name for c in ties), trace=tuple(way.steps))


def _pity(overall: Candidate, ruled_out: Mapping[str, str]) -> str:
    """That a better one breaks a limit."""
    if overall.name not in ruled_out:
        return ""
    return f" {overall.name} scored better, but {ruled_out[overall.name]}"


def _level(candidate: Candidate, metric: str, unit: str) -> str:
    score = candidate.score
    return f"{wording.metric(metric)} {wording.figure(score.value, unit)}, interval {wording.figure_span(score, unit)}"


def _of_equals(
    chosen: Candidate,
    level: str,
    better: str,
    ties: Sequence[Candidate],
    cheap: Sequence[Candidate],
    price: Yardstick,
) -> str:
    others = wording.listing(candidate.name for candidate in ties if candidate is not chosen)
    takes = price.words(chosen)
    if len(cheap) == 1:
        why = f"the cheapest of them {price.span} ({takes})"
    elif chosen.rows_in_weights < max(candidate.rows_in_weights for candidate in cheap):
        why = f"among the cheapest {price.span} ({takes}), and puts the least of the data into weights"
    else:
        why = f"among the cheapest {price.span} ({takes}), and the best of those"
    return f"The test set cannot tell {chosen.name} ({level}) from {others}{better}. It is {why}."
