"""Both languages are whole: every message is translated, with the same values in it, and nothing stands by in vain."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from report_fixture import write_run
from report_messages import messages
from report_page import built
from report_scenes import BANKING, REPLIES, TICKETS, Scene

from metier.comparison.advice import advise
from metier.comparison.limits import Candidate, LimitsSettings
from metier.comparison.report import language
from metier.comparison.report.language import catalogue, speaking, tell
from metier.comparison.report.retelling import retold
from metier.core import Score

VALUES = re.compile(r"%\(\w+\)s|\{\w+\}|%%")


def test_every_message_is_translated_and_nothing_else_is() -> None:
    assert messages() ^ set(catalogue()) == set()


def test_translations_hold_the_same_values() -> None:
    differing = {
        message
        for message, translated in catalogue().items()
        if sorted(VALUES.findall(message)) != sorted(VALUES.findall(translated))
    }
    assert differing == set()


class Noted(dict[str, str]):
    """A catalogue that remembers what it was asked for in vain."""

    def __init__(self, held: dict[str, str]) -> None:
        super().__init__(held)
        self.missed: set[str] = set()

    def get(self, key: str, default: str | None = None) -> str:  # type: ignore[override]
        if key not in self:
            self.missed.add(key)
        return super().get(key, default or "")


@pytest.mark.parametrize("scene", [TICKETS, BANKING, REPLIES], ids=lambda scene: scene.name)
def test_nothing_on_a_page_lacks_its_chinese(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noted = Noted(dict(catalogue()))
    monkeypatch.setattr(language, "catalogue", lambda: noted)
    words = built(write_run(tmp_path, scene))[1].words("zh")
    assert "请使用" in words
    assert noted.missed == set()


LIMITS = (
    {},
    {"queries_per_month": 10_000},
    *(
        {name: value}
        for name, value in {
            "facts_change_daily": True,
            "readers_differ": True,
            "no_gpu": True,
            "latency_ms": 3,
            "memory_gb": 0.1,
            "cost_per_1000": 0.001,
        }.items()
    ),
)


def candidates(*, priced: bool) -> list[Candidate]:
    """One that breaks every limit, one that breaks few, one whose cost is not known."""
    return [
        Candidate(
            name=name,
            score=Score(value=value, low=value - 0.05, high=value + 0.05),
            latency_p50_ms=ms,
            latency_p95_ms=ms,
            memory_mb=500,
            rows_in_weights=rows,
            rows_in_prompts=rows // 2,
            tuned=rows > 0,
            on_gpu=rows > 0,
            build_cost=1.0 if priced else None,
            cost_per_1000=ms / 100 if priced else None,
            build_seconds=60.0,
            seconds_per_answer=ms / 1000,
        )
        for name, value, ms, rows in (("lora", 0.91, 400.0, 320), ("head", 0.9, 9.0, 2), ("tfidf", 0.89, 1.0, 1))
    ]


@pytest.mark.parametrize("limits", LIMITS, ids=lambda limits: "-".join(limits) or "none")
@pytest.mark.parametrize("priced", [True, False])
def test_whatever_the_advice_says_is_told_in_chinese_too(limits: dict[str, float], priced: bool) -> None:
    worse = {} if limits else {"tfidf": "\u22122.0 points (p = 0.010, corrected)"}
    given = LimitsSettings.model_validate(limits)
    advice = advise(candidates(priced=priced), metric="macro_f1", worse=worse, limits=given, currency="EUR")
    with speaking("zh"):
        told = [text for step in advice.trace for text in (step.rule, *(one.why for one in step.dropped))]
        retellings = [retold(text) for text in told]
    assert told
    for text, again in zip(told, retellings, strict=True):
        english = set(re.findall(r"[A-Za-z]{2,}", again)) - {"lora", "head", "tfidf", "EUR", "GB", "GPU", "ms", "min"}
        if re.search("[a-z]{2,} [a-z]{2,}", text):  # more than figures
            assert not english, (text, again)
    with speaking("en"):
        assert [retold(text) for text in told] == told


def test_other_sentences_stay_as_they_are() -> None:
    with speaking("zh"):
        assert retold("Keeps to my own rule.") == "Keeps to my own rule."


def test_language_ends_where_it_was_begun() -> None:
    with speaking("zh"):
        assert tell("Use") == "请使用"
    assert tell("Use") == "Use"
