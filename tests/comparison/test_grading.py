"""Graders that ask a model, against a service on this machine."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from report_page import built
from tests.chat_service import KEY, Service, chat_service
from tests.small_task import rows, write_recipe

from metier.comparison import run
from metier.core import RecipeError, Silent
from metier.core.artifacts import read_json

MODEL = {"model": "openai:grader", "input": "{{item.input}}\nright: {{item.target}}\nanswer: {{sample.output_text}}"}
RIGHT = {"type": "label_model", "name": "right", **MODEL, "labels": ["yes", "no"], "passing_labels": ["yes"]}
RATED = {"type": "score_model", "name": "rated", **MODEL, "range": [1, 5]}


def knows(messages: list[dict[str, str]]) -> str:
    """Whether answer and right answer are the same, in the form that is asked for."""
    target, answer = (line.partition(": ")[2] for line in messages[-1]["content"].splitlines()[-2:])
    said = ("5", "1") if "number" in messages[0]["content"] else ("Yes.", "no")
    return said[0] if target == answer else said[1]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Generator[Service]:
    monkeypatch.setenv("DESK_KEY", KEY)
    with chat_service(knows) as running:
        yield running


@pytest.fixture
def compare(service: Service, tmp_path: Path, tiny_causal: Path, tiny_encoder: Path) -> Callable[..., Any]:
    def write_and_run(*graders: dict[str, Any], **hosted: Any) -> Any:
        path = write_recipe(
            tmp_path,
            causal=tiny_causal,
            encoder=tiny_encoder,
            approaches={},
            content=rows(90),
            hosted={
                "address": service.address,
                "key_variable": "DESK_KEY",
                "prices": {"grader": {"input": 2, "output": 8}},
                **hosted,
            },
            evaluate={"metrics": ["accuracy", *graders], "latency_queries": 3},
        )
        return run(path, out=tmp_path / "run", reporter=Silent(), isolate=False)

    return write_and_run


def metrics_of(done: Any) -> dict[str, dict[str, float]]:
    rows = done.leaderboard["approaches"]
    return {row["name"]: {name: score["value"] for name, score in row["metrics"].items()} for row in rows}


def test_a_grader_that_knows_agrees_with_the_measure(service: Service, compare: Callable[..., Any]) -> None:
    done = compare(RIGHT, RATED)
    found = metrics_of(done)
    for values in found.values():
        assert values["right"] == pytest.approx(values["accuracy"])
        assert values["rated"] == pytest.approx(values["accuracy"])
    right, rated = done.leaderboard["graders"]
    rows = done.leaderboard["test_size"]
    assert right["answers"] == rated["answers"] == rows * len(found)
    assert rows < right["asked"] < right["answers"]  # what several answered alike is asked once
    assert len(service.asked) == right["asked"] + rated["asked"]
    assert right["cost"] == pytest.approx((2 * right["tokens_in"] + 8 * right["tokens_out"]) / 1e6)
    assert (right["failed"], right["not_understood"]) == ({}, {})
    openings = (done.folder / "data/openings.jsonl").read_text()
    assert openings.count("grader right") == openings.count("grader rated") == 1
    _, page = built(done.folder)
    assert "share of answers that it calls yes" in page.words()
    assert "mean score, as a share of 1 to 5" in page.words()
    assert "由模型评分" in page.words("zh")
    assert "grader right" in (done.folder / "events.jsonl").read_text()
    before = len(service.asked)
    assert metrics_of(compare(RIGHT, RATED)) == found
    compare(RIGHT, {**RATED, "pass_threshold": 4})  # the same replies, read otherwise
    assert len(service.asked) == before


def test_what_could_not_be_graded_is_counted_and_asked_again(
    service: Service, compare: Callable[..., Any], tmp_path: Path
) -> None:
    puzzled = {"card": "I would say yes", "login": "yes"}
    service.answer = lambda messages: puzzled.get(messages[-1]["content"].rpartition(": ")[2], "no")
    service.faults = [(400, {}, '{"error": {"message": "not allowed"}}')] * 2
    board = compare(RIGHT, parallel=1).leaderboard
    (grader,) = board["graders"]
    assert sum(grader["failed"].values()) >= 2
    assert sum(grader["not_understood"].values()) >= 1
    kept = [read_json(path) for path in (tmp_path / "run/grades/right").glob("*.json")]
    assert {said for one in kept for said in one["not_understood"].values()} == {"I would say yes"}
    assert all("not allowed" in why for one in kept for why in one["failed"].values())
    before = len(service.asked)
    (grader,) = compare(RIGHT, parallel=1).leaderboard["graders"]
    assert len(service.asked) == before + 2
    assert grader["failed"] == {}


def test_a_service_out_of_reach_costs_its_measure_alone(compare: Callable[..., Any]) -> None:
    done = compare(RIGHT, address="http://127.0.0.1:9/v1", key_variable=None, retries=0)
    assert done.leaderboard["recommended"]
    assert all("right" not in values for values in metrics_of(done).values())
    (grader,) = done.leaderboard["graders"]
    assert sum(grader["failed"].values()) == grader["answers"]
    assert grader["asked"] == 0


@pytest.mark.parametrize(
    ("grader", "told"),
    [
        ({**RIGHT, "model": "builtin"}, "a hosted model"),
        ({**RIGHT, "passing_labels": ["maybe"]}, "passing_labels that are among the labels"),
        ({**RIGHT, "hosted": {"address": "http://far.example.org"}}, "could be read on the way"),
    ],
)
def test_what_is_wrong_is_said_before_any_work(
    compare: Callable[..., Any], tmp_path: Path, grader: dict[str, Any], told: str
) -> None:
    with pytest.raises(RecipeError, match=told):
        compare(grader)
    assert not (tmp_path / "run").exists()
