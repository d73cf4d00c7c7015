"""What device time costs, and from how many queries on a dearer build pays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pydantic import Field

from metier.core import Settings


class PricesSettings(Settings):
    """What is paid for computing; tokens of hosted models are priced under ``hosted``."""

    currency: str = ""
    """Such as ``EUR``; only printed."""
    device_hour: float | None = Field(default=None, ge=0)
    """Of an hour of the machine that the run is on. None: unknown, and costs are told in device time."""


class Cost(NamedTuple):
    """What an approach costs, None where it is unknown.

    Attributes:
        build: building it once.
        per_1000: 1,000 answers, on a device that is busy all the time.
    """

    build: float | None
    per_1000: float | None


class BreakEven(NamedTuple):
    """From how many queries on one approach is cheaper than another.

    Attributes:
        start: the one that is cheaper to build.
        to: the one that is cheaper to run.
        queries: from here on ``to`` is cheaper.
    """

    start: str
    to: str
    queries: float


def cost_of_device(prices: PricesSettings, *, build_seconds: float, seconds_per_answer: float) -> Cost:
    """What building and answering cost in device time.

    >>> cost_of_device(PricesSettings(device_hour=3.6), build_seconds=1000, seconds_per_answer=0.5)
    Cost(build=1.0, per_1000=0.5)
    """
    if prices.device_hour is None:
        return Cost(None, None)
    second = prices.device_hour / 3600
    return Cost(second * build_seconds, 1000 * second * seconds_per_answer)


def break_even(costs: Sequence[tuple[str, float, float]], against: str) -> list[BreakEven]:
    """Where building more and running cheaper meets building less and running dearer.

    Args:
        costs: name, cost of building and cost of one answer, of each approach, in one unit.
        against: the approach that the others are set against.

    >>> break_even([("asked", 0.0, 0.02), ("tuned", 10.0, 0.01)], "tuned")
    [BreakEven(start='asked', to='tuned', queries=1000.0)]
    """
    found: list[BreakEven] = []
    own = next(entry for entry in costs if entry[0] == against)
    for other in costs:
        first, second = sorted((own, other), key=lambda entry: entry[1])
        if first[1] < second[1] and first[2] > second[2]:
            found.append(BreakEven(first[0], second[0], (second[1] - first[1]) / (first[2] - second[2])))
    return found
