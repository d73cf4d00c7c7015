"""What a check says that hosted models will be asked is a bound on what a run asks them."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from tests.chat_service import Service, chat_service
from tests.small_task import write_recipe

from metier.comparison import check_recipe, run
from metier.comparison.planning.hosted_questions import Asked, lines
from metier.core import Silent

BIG, OTHER = "openai:big", "openai:other"
JUDGED = {"type": "label_model", "name": "right", "model": BIG, "labels": ["yes", "no"], "passing_labels": ["yes"]}
GRADER = JUDGED | {"input": "Is {{sample.output_text}} a word for {{item.input}}?"}
ZERO = {"model": BIG, "prompt": {"sensitivity": 0}}


@pytest.fixture
def service() -> Generator[Service]:
    """Says a label to what asks for one, and yes to whatever else."""
    with chat_service(lambda messages: "card" if "login" in messages[0]["content"] else "yes") as service:
        yield service


@pytest.fixture
def recipe(service: Service, tmp_path: Path, tiny_causal: Path, tiny_encoder: Path) -> Any:
    def write(approaches: dict[str, Any], **sections: Any) -> Path:
        prices = {"big": {"input": 2, "output": 8}}
        hosted = {"address": service.address, "key_variable": None, "prices": prices}
        sections = {"hosted": hosted, **sections}
        return write_recipe(tmp_path, causal=tiny_causal, encoder=tiny_encoder, approaches=approaches, **sections)

    return write


def by(asked: list[Asked]) -> dict[str, Asked]:
    return {one.by: one for one in asked}


@pytest.mark.parametrize(
    ("approaches", "sections"),
    [
        ({"theirs": {"model": BIG}}, {}),
        ({"shown": {"model": BIG, "prompt": {"demonstrations": 2, "sensitivity": 3, "search": {"trials": 4}}}}, {}),
        ({"thinking": {"model": BIG, "prompt": {"sensitivity": 2, "reason": {"samples": 2, "tokens": 8}}}}, {}),
        ({"taught": {"weights": {"epochs": 1, "max_rows": 12, "distill": {"teacher": BIG}}}}, {}),
        ({"theirs": ZERO}, {"evaluate": {"metrics": ["accuracy", GRADER], "latency_queries": 3}}),
        ({"theirs": ZERO}, {"evaluate": {"concurrency": 4, "latency_queries": 3}}),
        ({"theirs": ZERO}, {"judge": {"model": BIG, "rows": 10}}),
        ({"theirs": ZERO}, {"curve": {"approaches": ["theirs"], "sizes": [12, 24], "seeds": 2}}),
    ],
    ids=["wordings", "search", "thoughts", "teacher", "grader", "load", "judge", "curve"],
)
def test_a_run_asks_no_more_than_the_check_said(
    service: Service, recipe: Any, tmp_path: Path, approaches: dict[str, Any], sections: dict[str, Any]
) -> None:
    path = recipe(approaches, **sections)
    checked = check_recipe(path)
    assert service.asked == []  # nobody was asked to find it out
    run(path, out=tmp_path / "run", reporter=Silent(), isolate=False)
    assert 0 < len(service.asked) <= sum(one.questions for one in checked.hosted)
    assert len(service.asked) >= 0.2 * sum(one.questions for one in checked.hosted)  # and the bound says something
    read = sum(len(turn["content"].split()) for body in service.asked for turn in body["messages"])
    assert read <= sum(one.tokens_in for one in checked.hosted)


def test_money_is_told_where_prices_are_given_and_who_has_none(recipe: Any) -> None:
    augment = {"paraphrase": True, "self_instruct": {}, "edits": [], "model": OTHER, "teacher": BIG}
    path = recipe(
        {"theirs": ZERO, "more": {"weights": {"epochs": 1}, "augment": augment}},
        prices={"currency": "EUR"},
        judge={"model": BIG, "rows": 10},
    )
    checked = check_recipe(path)
    found, train = by(checked.hosted), checked.summary["splits"]["train"]
    assert list(found) == [
        "theirs: answers", "more: augment.paraphrase", "more: augment.self_instruct", "more: augment.teacher", "judge",
    ]  # fmt: skip
    assert found["more: augment.paraphrase"].questions == 32  # as many as are asked at once
    assert found["more: augment.paraphrase"].questions <= train
    assert found["more: augment.paraphrase"].cost is None
    one = found["judge"]
    assert (one.questions, one.tokens_out) == (20, 20 * 16)
    assert one.cost == pytest.approx((2 * one.tokens_in + 8 * one.tokens_out) / 1e6)
    text = "\n".join(checked.lines)
    assert "What hosted models would be asked, at most" in text
    assert "No price for openai:other" in text
    assert "  in all" in text
    assert " EUR" in text


def test_what_rewrites_an_instruction_is_counted(recipe: Any) -> None:
    pytest.importorskip("gepa")
    search = {"trials": 2, "rewrite": {"model": BIG, "proposals": 3, "max_new_tokens": 64}}
    (one,) = check_recipe(recipe({"found": {"prompt": {"search": search}}})).hosted
    assert one.by == "found: prompt.search.rewrite"
    assert (one.questions, one.tokens_out) == (6, 6 * 64)


def test_where_nobody_is_asked_nothing_is_said(recipe: Any) -> None:
    checked = check_recipe(recipe({"zero-shot": None}))
    assert checked.hosted == []
    assert "hosted" not in "\n".join(checked.lines)
    assert lines([], "EUR") == []
