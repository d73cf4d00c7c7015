"""The advice: a rule that a reader can check, step by step.

Among the approaches that meet the limits, drop those significantly worse than the best (paired, Holm-corrected); of the
rest take the cheapest (over a year where the volume is known, else to run), then those that put the least of the data
into weights (row counts within a quarter are alike: one way learns from validation too), then the best one. Each step
is written down with what it dropped and why, in sentences that remember what they were made from
(:class:`metier.core.Said`), so that each reader is told them in a language of theirs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from metier.comparison import wording
from metier.comparison.scoring.cheapest import SAME, Yardstick, yardstick
from metier.comparison.settings.limits import Candidate, LimitsSettings, held, rules_of
from metier.core.said import Said, joined
from metier.evaluation import Metric


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


DO_NOT_TUNE = "Do not fine-tune."
"""How a reason begins where fine-tuned models lost."""


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
    metric: Metric,
    worse: Mapping[str, str] | Collection[str] = (),
    limits: LimitsSettings | None = None,
    currency: str = "",
    too_few: str = "",
    undecided: Mapping[str, str] | None = None,
) -> Advice:
    """Apply the rule, where the test set can tell anything.

    Args:
        candidates: every approach that was measured.
        metric: the primary one: which values are the good ones, and how they are told.
        worse: those that are significantly worse than the best one that meets the limits; by name the evidence, where
            there is some.
        limits: what must be kept to. None: nothing.
        currency: of the prices, for print.
        too_few: why the test set can tell no approaches apart, in a sentence; empty where it can.
        undecided: by name, for those that it cannot tell from the best one: what would, in a sentence.
    """
    if not candidates:
        return Advice(recommended=None, reason=Said("No approach could be measured."))
    if len(candidates) > 1 and too_few:
        return Advice(recommended=None, reason=too_few, ties=tuple(c.name for c in candidates))
    limits = limits or LimitsSettings()
    sign = 1 if metric.better == "higher" else -1
    way = _Way(candidates)
    for rule in rules_of(limits, currency=currency):
        way.drop(rule.text, {c.name: rule.breaks(c) for c in way.left})
    ruled_out = over_limits(candidates, limits, currency=currency)
    if not way.left:
        reason = Said("No approach meets the limits: %(reasons)s", reasons=joined(ruled_out.values()))
        return Advice(recommended=None, reason=reason, trace=tuple(way.steps))
    within = list(way.left)
    best = max(within, key=lambda c: sign * c.score.value)
    evidence = worse if isinstance(worse, Mapping) else dict.fromkeys(worse, Said("significantly worse"))
    not_worse = Said("Not significantly worse than %(name)s, the best of these, on the same test rows", name=best.name)
    ties = way.drop(not_worse, evidence)
    price = yardstick(ties, volume=limits.queries_per_month, currency=currency)
    cheap = way.drop(price.rule, price.dearer(ties))
    least = min(c.rows_in_weights for c in cheap)
    rows = {c.name: Said("%(rows)s in its weights", rows=held(c.rows_in_weights)) for c in cheap}
    few = way.drop(
        Said("Puts the least of the data into weights, within a quarter"),
        {c.name: rows[c.name] for c in cheap if c.rows_in_weights > least * SAME},
    )
    chosen = max(few, key=lambda c: sign * c.score.value)
    others = {c.name: wording.figure(c.score.value, metric.unit) for c in few if c is not chosen}
    value = wording.figure(chosen.score.value, metric.unit)
    best_of = "Best %(metric)s of what is left: %(name)s %(value)s"
    way.drop(Said(best_of, metric=_called(metric.name), name=chosen.name, value=value), others)
    level = _level(chosen, metric)
    if len(within) == 1:
        reasons = [_alone(chosen, level, limited=len(candidates) > 1)]
    elif len(ties) == 1:
        reasons = [_ahead(chosen, level, limited=bool(ruled_out))]
    else:
        scores = "" if chosen is best or len(ties) != 2 else wording.figure(best.score.value, metric.unit)
        reasons = [_equals(chosen, level, scores, ties), _cheapness(chosen, cheap, price)]
    warning = Said(DO_NOT_TUNE) if any(c.tuned for c in candidates) and not chosen.tuned else ""
    more = (undecided or {}).get(chosen.name, "")
    pity = _pity(max(candidates, key=lambda c: sign * c.score.value), ruled_out)
    return Advice(
        recommended=chosen.name,
        reason=joined([warning, *reasons, more, pity]),
        ties=tuple(c.name for c in ties),
        trace=tuple(way.steps),
    )


def _alone(chosen: Candidate, level: str, *, limited: bool) -> Said:
    if limited:
        return Said("%(name)s is the only approach that meets the limits (%(level)s).", name=chosen.name, level=level)
    return Said("%(name)s is the only approach that was measured (%(level)s).", name=chosen.name, level=level)


def _ahead(chosen: Candidate, level: str, *, limited: bool) -> Said:
    if limited:
        told = "%(name)s is significantly better than everything else that meets the limits (%(level)s)."
        return Said(told, name=chosen.name, level=level)
    return Said("%(name)s is significantly better than everything else (%(level)s).", name=chosen.name, level=level)


def _equals(chosen: Candidate, level: str, better: str, ties: Sequence[Candidate]) -> Said:
    """What it cannot be told from; ``better`` is the value of the only other one, where that is higher."""
    others = tuple(candidate.name for candidate in ties if candidate is not chosen)
    if better:
        told = "The test set cannot tell %(name)s (%(level)s) from %(others)s, which scores %(value)s."
        return Said(told, name=chosen.name, level=level, others=others, value=better)
    told = "The test set cannot tell %(name)s (%(level)s) from %(others)s."
    return Said(told, name=chosen.name, level=level, others=others)


def _cheapness(chosen: Candidate, cheap: Sequence[Candidate], price: Yardstick) -> Said:
    takes = price.words(chosen)
    if len(cheap) == 1:
        if price.yearly:
            return Said("It is the cheapest of them over a year (%(takes)s).", takes=takes)
        return Said("It is the cheapest of them to run (%(takes)s).", takes=takes)
    if chosen.rows_in_weights * SAME < max(candidate.rows_in_weights for candidate in cheap):
        if price.yearly:
            told = "It is among the cheapest over a year (%(takes)s), and puts the least of the data into weights."
            return Said(told, takes=takes)
        told = "It is among the cheapest to run (%(takes)s), and puts the least of the data into weights."
        return Said(told, takes=takes)
    if price.yearly:
        return Said("It is among the cheapest over a year (%(takes)s), and the best of those.", takes=takes)
    return Said("It is among the cheapest to run (%(takes)s), and the best of those.", takes=takes)


def _pity(overall: Candidate, ruled_out: Mapping[str, str]) -> str:
    """That a better one breaks a limit."""
    if overall.name not in ruled_out:
        return ""
    return Said("%(name)s scored better, but %(why)s", name=overall.name, why=ruled_out[overall.name])


def _level(candidate: Candidate, metric: Metric) -> Said:
    score = candidate.score
    return Said(
        "%(metric)s %(value)s, interval %(interval)s",
        metric=_called(metric.name),
        value=wording.figure(score.value, metric.unit),
        interval=wording.figure_span(score, metric.unit),
    )


def _called(metric: str) -> Said:
    """The name of a metric: a message, for it is called something else in other languages."""
    return Said(wording.metric(metric))
