"""How long one answer takes: a single query at a time, as a person at the other end feels it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle

import numpy as np

from metier.core import Example, Prediction

LEAST_QUERIES = 3
"""So many are measured even where the time is up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Time from question to whole answer.

    Attributes:
        p50_ms: the median, in milliseconds.
        p95_ms: the 95th percentile, interpolated between queries, in milliseconds.
        p99_ms: the 99th percentile; of fewer than 100 queries it is near the slowest.
        queries: how many were measured.
        seconds: how long they took together.
    """

    p50_ms: float
    p95_ms: float
    p99_ms: float
    queries: int
    seconds: float


def measure_latency(
    predict: Callable[[Sequence[Example]], Sequence[Prediction]],
    examples: Sequence[Example],
    *,
    queries: int,
    warmup: int = 3,
    max_seconds: float = 20,
) -> Latency:
    """Time ``predict`` on one example after another, each query its own call.

    The first calls load, compile and allocate, so some are made and not counted. Examples come in order and start
    again where they run out; a system that remembers answers looks faster then than it is.

    Args:
        predict: answers a list of examples.
        examples: at least one; best not from the test set.
        queries: how many to measure, at least 1.
        warmup: calls before that are not counted; cut short, to one, after ``max_seconds``.
        max_seconds: stop measuring after this time, though not before three queries (or ``queries``, if fewer).

    >>> measure_latency(lambda asked: [], [Example(id="1", input="hello")], queries=5).queries
    5
    """
    assert examples, "latency needs an example to ask"
    assert queries >= 1
    stream = cycle(examples)
    started = time.perf_counter()
    for _ in range(warmup):
        predict([next(stream)])
        if time.perf_counter() - started > max_seconds:
            break
    times: list[float] = []
    while len(times) < queries and (len(times) < LEAST_QUERIES or sum(times) < max_seconds):
        example = next(stream)
        before = time.perf_counter()
        predict([example])
        times.append(time.perf_counter() - before)
    p50, p95, p99 = (float(percentile) for percentile in np.percentile(times, [50, 95, 99]) * 1000)
    return Latency(p50_ms=p50, p95_ms=p95, p99_ms=p99, queries=len(times), seconds=sum(times))
