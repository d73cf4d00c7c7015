"""The rule as a table of cases: who is recommended, and the sentence that says why."""

from dataclasses import dataclass, field, replace

import pytest

from metier.comparison import wording
from metier.comparison.scoring.advice import Advice, advise, over_limits
from metier.comparison.settings.limits import Candidate, LimitsSettings
from metier.core import Score
from metier.evaluation import metric_of


def candidate(
    name: str,
    value: float,
    *,
    ms: float = 10.0,
    p95: float | None = None,
    mb: float = 500,
    rows: int = 0,
    tuned: bool = False,
) -> Candidate:
    return Candidate(
        name=name,
        score=Score(value=value, low=value - 0.05, high=value + 0.05),
        latency_p50_ms=ms,
        latency_p95_ms=ms if p95 is None else p95,
        memory_mb=500,
        rows_in_weights=rows,
        tuned=tuned,
    )


@dataclass
class Case:
    """Approaches as (name, score, milliseconds, rows in weights), which are worse, and who wins."""

    approaches: list[tuple[str, float, float, int]]
    wins: str | None
    worse: set[str] = field(default_factory=set)
    latency_ms: float | None = None
    memory_gb: float | None = None
    too_few: str = ""
    says: str = ""


CASES = {
    "nothing was measured": Case([], None, says="No approach could be measured."),
    "the only one": Case([("a", 0.5, 9, 0)], "a", says="a is the only approach that was measured"),
    "clearly the best": Case(
        [("a", 0.9, 900, 100), ("b", 0.5, 1, 0)], "a", {"b"}, says="a is significantly better than everything else ("
    ),
    "too few rows to tell anything": Case(
        [("a", 1.0, 9, 0), ("b", 0.3, 1, 0)], None, latency_ms=5, too_few="Bring more.", says="Bring more."
    ),
    "the only one needs no others to be told from": Case([("a", 1.0, 9, 0)], "a", too_few="Bring more."),
    "a tie goes to the cheapest": Case(
        [("best", 0.9, 400, 0), ("cheap", 0.88, 20, 0)],
        "cheap",
        says="It is the cheapest of them to run (20 ms a query).",
    ),
    "a cheap one that is worse does not count": Case(
        [("best", 0.9, 400, 0), ("cheap", 0.6, 1, 0), ("tie", 0.89, 50, 0)], "tie", {"cheap"}
    ),
    "fifty milliseconds are no difference": Case([("a", 0.9, 51.0, 0), ("b", 0.89, 1.0, 0)], "a"),
    "more than fifty are": Case([("a", 0.9, 51.1, 0), ("b", 0.89, 1.0, 0)], "b"),
    "a quarter of a long time is no difference": Case([("a", 0.9, 500, 0), ("b", 0.89, 400, 0)], "a"),
    "more than a quarter is": Case([("a", 0.9, 501, 0), ("b", 0.89, 400, 0)], "b"),
    "equally cheap: least data in weights": Case(
        [("tuned", 0.9, 10, 500), ("half", 0.89, 10, 250), ("asked", 0.88, 11, 0)],
        "asked",
        says="and puts the least of the data into weights",
    ),
    "a quarter more rows in weights are no difference": Case([("a", 0.9, 10, 125), ("b", 0.88, 10, 100)], "a"),
    "more than a quarter are one": Case([("a", 0.9, 10, 126), ("b", 0.88, 10, 100)], "b"),
    "equally cheap and private: the better one": Case(
        [("a", 0.88, 10, 5), ("b", 0.9, 11, 5)], "b", says="and the best of those"
    ),
    "equal in everything: the first": Case([("a", 0.9, 10, 0), ("b", 0.9, 10, 0)], "a"),
    "too slow is ruled out": Case(
        [("best", 0.9, 400, 0), ("b", 0.6, 20, 0), ("c", 0.5, 30, 0)],
        "b",
        {"c"},
        latency_ms=100,
        says="b is significantly better than everything else that meets the limits",
    ),
    "exactly at the limit is within": Case([("a", 0.9, 100, 0)], "a", latency_ms=100),
    "the only one within the limits": Case(
        [("best", 0.9, 400, 0), ("b", 0.6, 20, 0)],
        "b",
        latency_ms=100,
        says="b is the only approach that meets the limits",
    ),
    "nothing within the limits": Case(
        [("a", 0.9, 400, 0), ("b", 0.6, 200, 0)], None, latency_ms=100, says="No approach meets the limits: "
    ),
    "too large is ruled out": Case(
        [("a", 0.9, 400, 0)], None, memory_gb=0.4, says="a needs 0.5 GB (the limit is 0.4)."
    ),
}


def advice_of(case: Case) -> Advice:
    candidates = [candidate(name, value, ms=ms, rows=rows) for name, value, ms, rows in case.approaches]
    limits = LimitsSettings(latency_ms=case.latency_ms, memory_gb=case.memory_gb)
    return advise(candidates, metric=metric_of("accuracy"), worse=case.worse, limits=limits, too_few=case.too_few)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_the_rule(case: Case) -> None:
    advice = advice_of(case)
    assert advice.recommended == case.wins
    assert case.says in advice.reason.replace(wording.SPACE, " ")
    assert advice.reason.endswith(".")


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_the_order_of_approaches_decides_only_between_equals(case: Case) -> None:
    turned = replace(case, approaches=case.approaches[::-1])
    if len({row[1:] for row in case.approaches}) == len(case.approaches):
        assert advice_of(turned).recommended == case.wins


def test_ties_are_all_that_the_test_set_cannot_tell_from_the_best() -> None:
    rows = [("a", 0.9, 400.0, 0), ("b", 0.88, 20.0, 0), ("c", 0.5, 1.0, 0), ("d", 0.89, 900.0, 0)]
    case = Case(rows, None, {"c"}, latency_ms=500)
    assert advice_of(case).ties == ("a", "b")


def test_a_better_one_that_breaks_a_limit_is_named() -> None:
    reason = advice_of(CASES["the only one within the limits"]).reason
    assert reason.endswith("best scored better, but best takes 400 ms (95th percentile; the limit is 100).")


def test_the_95th_percentile_is_what_a_limit_is_about() -> None:
    slow_now_and_then = candidate("a", 0.9, ms=10, p95=300)
    assert over_limits([slow_now_and_then], LimitsSettings(latency_ms=100)).keys() == {"a"}
    assert over_limits([slow_now_and_then], LimitsSettings(latency_ms=300)) == {}


@pytest.mark.parametrize(
    ("tuned_ms", "tuned_rows", "floor_tuned", "told"),
    [(10.0, 501, False, True), (1.0, 0, False, False), (10.0, 500, True, False)],
)
def test_do_not_fine_tune_is_said_where_something_tuned_lost(
    tuned_ms: float, tuned_rows: int, floor_tuned: bool, told: bool
) -> None:
    tuned = candidate("lora", 0.9, ms=tuned_ms, rows=tuned_rows, tuned=True)
    other = candidate("tfidf", 0.89, ms=10 if tuned_ms > 1 else 100, rows=400, tuned=floor_tuned)
    advice = advise([tuned, other], metric=metric_of("accuracy"), worse=())
    assert advice.reason.startswith("Do not fine-tune. ") is told


def test_of_a_metric_that_should_be_low_the_lowest_is_the_best() -> None:
    candidates = [candidate("a", 0.9), candidate("b", 0.2), candidate("c", 0.5)]
    advice = advise(candidates, metric=metric_of("bits_per_byte"), worse=("a", "c"))
    assert advice.recommended == "b"
    tie = advise(candidates, metric=metric_of("bits_per_byte"), worse=("a",))
    assert tie.recommended == "b"


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_the_trace_leads_to_the_advice(case: Case) -> None:
    advice = advice_of(case)
    names = {row[0] for row in case.approaches}
    left = names
    for step in advice.trace:
        gone = {dropped.name for dropped in step.dropped}
        assert set(step.kept) == left - gone
        assert gone <= left
        assert all(dropped.why for dropped in step.dropped)
        left = set(step.kept)
    if advice.trace:
        assert left == ({advice.recommended} if advice.recommended else set())


def constrained(**limits: object) -> Advice:
    """A retriever on a GPU, a tuned model, and a prompt with examples; the tuned one is best."""
    candidates = [
        replace(candidate("rag", 0.8, ms=300), looks_up=True, on_gpu=True, cost_per_1000=3.0, build_cost=1.0),
        replace(candidate("lora", 0.9, ms=100, rows=500, tuned=True), cost_per_1000=1.0, build_cost=90.0),
        replace(candidate("few-shot", 0.85, ms=200), rows_in_prompts=500, cost_per_1000=2.0, build_cost=0.0),
    ]
    return advise(
        candidates, metric=metric_of("accuracy"), limits=LimitsSettings.model_validate(limits), currency="EUR"
    )


@pytest.mark.parametrize(
    ("limits", "wins", "says"),
    [
        ({}, "lora", "1.00 EUR for 1,000 answers"),
        ({"facts_change_daily": True}, "rag", "lora looks nothing up"),
        ({"readers_differ": True}, "rag", "lora has 500 rows in its weights."),
        ({"no_gpu": True, "readers_differ": True}, None, "few-shot has 500 rows in its prompts."),
        ({"cost_per_1000": 2.5, "latency_ms": 150}, "lora", "lora is the only approach that meets the limits"),
        ({"queries_per_month": 100}, "few-shot", "over a year (2.40 EUR a year)"),
        ({"queries_per_month": 100_000}, "lora", "over a year (1,290.00 EUR a year)"),
    ],
)
def test_the_users_constraints_decide(limits: dict[str, object], wins: str | None, says: str) -> None:
    advice = constrained(**limits)
    assert advice.recommended == wins
    assert says in advice.reason.replace(wording.SPACE, " ")


def test_a_limit_of_cost_needs_prices() -> None:
    assert "give prices" in over_limits([candidate("a", 0.9)], LimitsSettings(cost_per_1000=1))["a"]


def test_without_prices_a_volume_is_told_in_device_time() -> None:
    candidates = [
        replace(candidate("asked", 0.9), build_seconds=0.0, seconds_per_answer=0.5),
        replace(candidate("tuned", 0.9), build_seconds=3600.0, seconds_per_answer=0.1),
    ]
    for volume, wins in ((10, "asked"), (10_000, "tuned")):
        advice = advise(candidates, metric=metric_of("accuracy"), limits=LimitsSettings(queries_per_month=volume))
        assert advice.recommended == wins
