"""Which of several approaches is cheapest: by money where prices are known, by volume where that is, else by time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from metier.comparison import wording
from metier.comparison.settings.limits import Candidate
from metier.core.said import Said

SAME = 1.25
"""Answer times, costs and rows in weights within this factor of the lowest count as equal: timings are noisy, and a
way that learns from validation too holds no other kind of risk."""
SAME_MILLISECONDS = 50.0
"""Answer times that differ by less than this, in milliseconds, count as equal: nobody notices so little."""
MONTHS = 12
"""Over how long the cost of building is spread where the volume is known."""


class Yardstick(NamedTuple):
    """What "cheapest" means here.

    Attributes:
        rule: in words.
        of: the size that is compared; lower is cheaper.
        words: that size as a person reads it.
        slack: sizes up to so much above the lowest count as equal to it.
        yearly: whether it is about a year, building included, and not about running alone.
    """

    rule: str
    of: Callable[[Candidate], float]
    words: Callable[[Candidate], str]
    slack: float
    yearly: bool

    def dearer(self, candidates: Sequence[Candidate]) -> dict[str, str]:
        """The candidates that are not among the cheapest, each with the evidence."""
        cheapest = min(candidates, key=self.of)
        most = max(self.of(cheapest) * SAME, self.of(cheapest) + self.slack)
        best = self.words(cheapest)
        return {
            c.name: Said("%(takes)s; %(name)s %(least)s", takes=self.words(c), name=cheapest.name, least=best)
            for c in candidates
            if self.of(c) > most
        }


def yardstick(candidates: Sequence[Candidate], *, volume: float | None, currency: str) -> Yardstick:
    """By cost where all are priced, with the volume of a year where it is given; else by the time of an answer.

    Args:
        candidates: those to compare.
        volume: queries a month; None: unknown.
        currency: of the prices, for print.
    """
    priced = all(c.build_cost is not None and c.cost_per_1000 is not None for c in candidates)
    timed = all(c.build_seconds is not None and c.seconds_per_answer is not None for c in candidates)
    if volume is not None and (priced or timed):
        return _over_a_year(volume, currency, priced=priced)
    if priced:

        def cost(candidate: Candidate) -> float:
            return candidate.cost_per_1000 or 0.0

        def cost_words(candidate: Candidate) -> str:
            return Said("%(price)s for 1,000 answers", price=wording.money(cost(candidate), currency))

        by_cost = Said("Cheapest to run: cost within a quarter of the lowest")
        return Yardstick(by_cost, cost, cost_words, 0.0, yearly=False)
    rule = Said(
        "Cheapest to run: answers within a quarter, or %(time)s ms, of the fastest", time=f"{SAME_MILLISECONDS:.0f}"
    )
    return Yardstick(
        rule,
        lambda c: c.latency_p50_ms,
        lambda c: Said("%(time)s a query", time=wording.milliseconds(c.latency_p50_ms)),
        SAME_MILLISECONDS,
        yearly=False,
    )


def _over_a_year(volume: float, currency: str, *, priced: bool) -> Yardstick:
    queries = MONTHS * volume

    def cost(candidate: Candidate) -> float:
        if priced:
            return (candidate.build_cost or 0.0) + queries * (candidate.cost_per_1000 or 0.0) / 1000
        return (candidate.build_seconds or 0.0) + queries * (candidate.seconds_per_answer or 0.0)

    def words(candidate: Candidate) -> str:
        size = cost(candidate)
        if priced:
            return Said("%(price)s a year", price=wording.money(size, currency))
        return Said("%(time)s of the device a year", time=wording.seconds(size))

    rule = Said(
        "Cheapest over a year of %(n)s queries a month, building included, within a quarter", n=wording.count(volume)
    )
    return Yardstick(rule, cost, words, 0.0, yearly=True)
