import time
from collections.abc import Sequence

import pytest

from metier.core import Example, Prediction
from metier.evaluation import measure_latency, measure_load

EXAMPLES = [Example(id=f"{i}", input="?") for i in range(4)]


class Answering:
    """A system that takes its time, and notes what it was asked."""

    def __init__(self, *seconds: float) -> None:
        self.seconds = seconds
        self.asked: list[list[str]] = []

    def predict(self, examples: Sequence[Example]) -> Sequence[Prediction]:
        time.sleep(self.seconds[min(len(self.asked), len(self.seconds) - 1)])
        self.asked.append([example.id for example in examples])
        return [Prediction(id=example.id, text="") for example in examples]


def test_one_query_at_a_time_after_warm_up():
    system = Answering(0.2, 0.001)
    latency = measure_latency(system.predict, EXAMPLES, queries=5, warmup=1)
    assert [asked for (asked,) in system.asked] == ["0", "1", "2", "3", "0", "1"]
    assert latency.queries == 5
    assert 1 <= latency.p50_ms <= latency.p95_ms < 150
    assert latency.seconds == pytest.approx(5 * latency.p50_ms / 1000, rel=3)


def test_a_slow_query_shows_in_the_95th_percentile():
    latency = measure_latency(Answering(0, 0, 0, 0, 0, 0, 0.05, 0).predict, EXAMPLES, queries=10, warmup=0)
    assert latency.p50_ms < 20 < latency.p95_ms


def test_stops_when_the_time_is_up_but_not_before_three():
    system = Answering(0.02)
    latency = measure_latency(system.predict, EXAMPLES, queries=100, max_seconds=0.01)
    assert latency.queries == 3
    assert len(system.asked) == 4  # warm-up was cut to one


def test_fewer_than_three_on_request():
    assert measure_latency(Answering(0).predict, EXAMPLES, queries=1, max_seconds=0).queries == 1


def test_a_load_asks_several_at_once_after_a_warm_up():
    asked: list[int] = []

    def predict(examples: Sequence[Example]) -> list[Prediction]:
        asked.append(len(examples))
        time.sleep(0.05 if len(asked) == 1 else 0.001)
        return []

    examples = [Example(id=str(n), input="x") for n in range(3)]
    found = measure_load(predict, examples, concurrency=8, queries=30)
    assert asked == [8] * 5
    assert (found.concurrency, found.queries) == (8, 32)
    assert 1 <= found.p50_ms <= found.p95_ms <= found.p99_ms < 50
    assert found.answers_per_second > 8 / 0.05


def test_a_load_that_takes_too_long_is_cut_short():
    found = measure_load(lambda asked: [], [Example(id="1", input="x")], concurrency=2, queries=100, max_seconds=0)
    assert found.queries == 4
