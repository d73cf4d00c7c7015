"""A model as judge, against a service on this machine."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from tests.chat_service import KEY, Service, chat_service
from tests.small_task import rows, write_recipe

from metier.comparison import run
from metier.comparison.scoring.judging import _side, agreement, rule, summary
from metier.comparison.settings.judge_settings import JudgeSettings, Pair
from metier.core import RecipeError, Silent
from metier.core.artifacts import read_json
from metier.models import HostedModel, HostedSettings

PAIRS = [Pair(str(n), f"question {n}", "right", "right", "wrong" if n % 4 else "right") for n in range(40)]


def shown(messages: list[dict[str, str]], tag: str) -> str:
    found = re.search(rf"<{tag}>\n(.*?)\n</{tag}>", messages[-1]["content"], re.DOTALL)
    return found[1] if found else ""


def knows(messages: list[dict[str, str]]) -> str:
    """Prefers what is right; of two alike, neither."""
    target, one, other = (shown(messages, tag) for tag in ("right_answer", "answer_a", "answer_b"))
    return "TIE" if one == other else "A" if one == target else "B." if other == target else "TIE"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Generator[Service]:
    monkeypatch.setenv("DESK_KEY", KEY)
    with chat_service(knows) as running:
        yield running


@pytest.fixture
def model(service: Service) -> HostedModel:
    return HostedModel("openai:judge", HostedSettings(address=service.address, key_variable="DESK_KEY"))


def test_a_judge_that_knows_finds_the_better_one(service: Service, model: HostedModel) -> None:
    rulings, tokens = rule(PAIRS, JudgeSettings(model="openai:judge"), hosted=model, reporter=Silent())
    found = summary(PAIRS, rulings, confidence=0.95, seed=0)
    assert (found["wins"], found["losses"], found["ties"]) == (30, 0, 10)
    assert found["share"].value == pytest.approx(0.875)
    assert found["share"].low > 0.75
    assert found["p"] < 1e-6
    assert (found["unsteady"], found["not_understood"]) == (0, 0)
    assert len(service.asked) == 80
    assert tokens > 80


@pytest.mark.parametrize(("reply", "unsteady", "puzzled"), [("A", 40, 0), ("both are good", 40, 40), ("TIE", 0, 0)])
def test_a_judge_that_looks_at_places_alone_decides_nothing(
    service: Service, model: HostedModel, reply: str, unsteady: int, puzzled: int
) -> None:
    service.answer = lambda messages: reply
    rulings, _ = rule(PAIRS, JudgeSettings(model="openai:judge"), hosted=model, reporter=Silent())
    found = summary(PAIRS, rulings, confidence=0.95, seed=0)
    assert (found["wins"], found["losses"], found["ties"], found["p"]) == (0, 0, 40, 1.0)
    assert found["not_understood"] == puzzled
    assert found["unsteady"] == (0 if puzzled else unsteady)


def test_replies_are_read_strictly() -> None:
    assert [_side(text, swapped=False) for text in ("A", "**b**", "Answer: A.", "tie", "A better answer is B", "")] == [
        "first", "second", "first", "tie", None, None,
    ]  # fmt: skip
    assert _side("A", swapped=True) == "second"


def test_the_right_answer_can_be_hidden(service: Service, model: HostedModel) -> None:
    rule(PAIRS[:1], JudgeSettings(model="openai:judge", show_target=False), hosted=model, reporter=Silent())
    assert "right_answer" not in service.asked[0]["messages"][-1]["content"]


def test_agreement_with_people_is_told(service: Service, model: HostedModel) -> None:
    people = [pair._replace(better="first" if n % 4 and n % 3 else "tie") for n, pair in enumerate(PAIRS)]
    rulings, _ = rule(people, JudgeSettings(model="openai:judge"), hosted=model, reporter=Silent())
    found = agreement(people, rulings, confidence=0.95)
    same = sum((n % 4 > 0) == (n % 4 > 0 and n % 3 > 0) for n in range(40))
    assert found["agreed"].value == pytest.approx(same / 40)
    assert 0 < found["kappa"] < 1


@pytest.fixture
def recipe(service: Service, tmp_path: Path, tiny_causal: Path, tiny_encoder: Path) -> Callable[..., Path]:
    def write(**judge: Any) -> Path:
        return write_recipe(
            tmp_path,
            causal=tiny_causal,
            encoder=tiny_encoder,
            approaches={},
            content=rows(90),
            hosted={"address": service.address, "key_variable": "DESK_KEY"},
            judge={"model": "openai:judge", "rows": 10, **judge},
        )

    return write


def test_a_run_asks_its_judge_once(service: Service, recipe: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("question,first,second,better\nwhat,good,bad,first\nwhy,x,x,tie\n")
    path = recipe(against="majority", humans="people.csv")
    folder = run(path, out=tmp_path / "run", reporter=Silent(), isolate=False).folder
    found = read_json(folder / "judge.json")
    assert found["second"] == "majority"
    assert found["wins"] > found["losses"]
    assert found["people"]["rows"] == 2
    assert len(found["rulings"]) == 10
    assert len(service.asked) == 24
    assert (folder / "data/openings.jsonl").read_text().count('"judge"') == 1
    assert "as judge prefers" in (folder / "report.html").read_text()
    run(path, out=tmp_path / "run", reporter=Silent(), isolate=False)
    assert len(service.asked) == 24
    run(path, out=tmp_path / "run", overrides=["judge=null"], reporter=Silent(), isolate=False)
    assert not (folder / "judge.json").exists()


def test_a_judge_out_of_reach_costs_its_word_alone(recipe: Callable[..., Path], tmp_path: Path) -> None:
    path = recipe(hosted={"address": "http://127.0.0.1:9/v1", "key_variable": None, "retries": 0})
    done = run(path, out=tmp_path / "run", reporter=Silent(), isolate=False)
    assert done.leaderboard["recommended"]
    assert not (done.folder / "judge.json").exists()


@pytest.mark.parametrize(
    ("judge", "told"),
    [
        ({"model": "builtin"}, "a small local model is no judge"),
        ({"against": "tfdif"}, "did you mean 'tfidf'"),
        ({"humans": "nobody.csv"}, "nobody.csv"),
        ({"humans": "tickets.csv"}, "without question, first, second, better"),
    ],
)
def test_what_is_wrong_with_a_judge_is_said_before_any_work(
    recipe: Callable[..., Path], tmp_path: Path, judge: dict[str, Any], told: str
) -> None:
    with pytest.raises(RecipeError, match=told):
        run(recipe(**judge), out=tmp_path / "run", reporter=Silent(), isolate=False)
    assert not (tmp_path / "run").exists()
