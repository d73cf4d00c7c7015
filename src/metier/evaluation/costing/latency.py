"""How long one answer takes: a single query at a time, as a person at the other end feels it, or several at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle

import numpy as np

from metier.core import Example, Prediction

WARMUPS, MOST_SECONDS = 3, 20.0
"""Queries before those that count, and the time that either may take, unless the caller says otherwise."""
LEAST_QUERIES = 3
"""So many are measured even where the time is up."""
LOAD_CALLS = 4
"""Calls of several queries that count, after one that does not."""


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
    warmup: int = WARMUPS,
    max_seconds: float = MOST_SECONDS,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What many queries at once take.

    Attributes:
        concurrency: how many were under way at the same time.
        p50_ms, p95_ms, p99_ms: from a query to its answer, in milliseconds.
        answers_per_second: over all of them.
        queries: how many were measured.
    """

    concurrency: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    answers_per_second: float
    queries: int


def measure_load(
    predict: Callable[[Sequence[Example]], Sequence[Prediction]],
    examples: Sequence[Example],
    *,
    concurrency: int,
    queries: int,
    max_seconds: float = MOST_SECONDS,
) -> Load:
    """Time ``predict`` on ``concurrency`` examples at a time, after one such call that is not counted.

    The queries of a call are asked together and each has its answer when all have theirs, as in a server that answers
    in batches. Examples come in order and start again where they run out.

    Args:
        predict: answers a list of examples.
        examples: at least one; best not from the test set.
        concurrency: queries at the same time, at least 1.
        queries: how many to measure, at least; whole calls are made.
        max_seconds: stop after this time, though not before two calls.

    >>> measure_load(lambda asked: [], [Example(id="1", input="hello")], concurrency=4, queries=10).queries
    12
    """
    assert examples, "a load needs an example to ask"
    stream = cycle(examples)
    predict([next(stream) for _ in range(concurrency)])
    times: list[float] = []
    while len(times) * concurrency < queries and (len(times) < 2 or sum(times) < max_seconds):
        asked = [next(stream) for _ in range(concurrency)]
        before = time.perf_counter()
        predict(asked)
        times.append(time.perf_counter() - before)
    p50, p95, p99 = (float(percentile) for percentile in np.percentile(times, [50, 95, 99]) * 1000)
    count = len(times) * concurrency
    return Load(
        concurrency=concurrency,
        p50_ms=p50,
        p95_ms=p95,
        p99_ms=p99,
        answers_per_second=count / max(sum(times), 1e-9),
        queries=count,
    )
