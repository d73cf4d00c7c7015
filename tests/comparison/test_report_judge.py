"""A judge's word on the page."""

from pathlib import Path

import pytest
from report_fixture import write_run
from report_page import built, edit
from report_scenes import REPLIES

from metier.core.artifacts import write_json

WORD = {
    "model": "openai:judge",
    "first": "few-shot",
    "second": "lora",
    "criterion": "Prefer the <kinder> one.",
    "rows": 80,
    "wins": 40,
    "losses": 20,
    "ties": 20,
    "share": {"value": 0.625, "low": 0.53, "high": 0.71},
    "unsteady": 8,
    "not_understood": 2,
    "people": {"rows": 50, "agreed": {"value": 0.8, "low": 0.67, "high": 0.89}, "kappa": 0.6},
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("runs") / "judged", REPLIES)


def test_the_judges_word_is_told_with_what_to_think_of_it(run: Path) -> None:
    assert "What a judge says" not in built(run)[1].words()
    write_json(run / "judge.json", WORD)
    page = built(run)[1]
    words = page.words()
    assert "openai:judge as judge prefers few-shot to lora in 62.5 % of 80 test rows, interval 53.0–71.0 %" in words
    assert "In 10 % it changed its mind" in words
    assert "To 2 rows it answered something else" in words
    assert "It agrees with people in 80.0 % of 50 comparisons, interval 67.0–89.0 %." in words
    assert "Prefer the <kinder> one." in words
    assert "评判模型 openai:judge" in page.words("zh")
    edit(run / "judge.json", people=None, share=None)
    assert "What a judge says" not in built(run)[1].words()
    edit(run / "judge.json", share=WORD["share"])
    assert "How far it agrees with people is not known" in built(run)[1].words()
