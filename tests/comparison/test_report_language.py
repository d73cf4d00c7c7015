"""Both languages are whole: every message is translated, with the same values in it, and nothing stands by in vain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from report_fixture import write_run
from report_messages import messages, said
from report_page import VOID, built, edit
from report_scenes import BANKING, REPLIES, TICKETS, Scene

from metier.comparison.report import language
from metier.comparison.report.language import catalogue, is_foreign, speaking, tell, translated
from metier.comparison.scoring.advice import Advice, advise
from metier.comparison.scoring.too_few import how_many_tell, too_few
from metier.comparison.settings.limits import Candidate, LimitsSettings
from metier.core import Score
from metier.core.artifacts import read_json
from metier.core.said import Said, with_messages
from metier.evaluation import Comparison, Difference, metric_of

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


NAMES = {"lora", "head", "tfidf", "EUR", "GB", "GPU", "ms", "min"}
"""What the advice may say in any language."""


def five_units(grouped: bool) -> Comparison:
    """Five rows, or groups of rows, on which two approaches differ."""
    same = Difference(value=0.0, low=0.0, high=0.0, p=1.0, p_holm=1.0, significant=False)
    return Comparison(
        primary="accuracy",
        best="lora",
        differences={"lora": same, "tfidf": replace(same, value=-0.1, low=-0.3, high=0.1)},
        disagreement=0.2,
        num_units=5,
        grouped=grouped,
        units_needed=6,
        resolvable_gap=1.0,
        optimism=0.0,
    )


def advices() -> list[Advice]:
    """Every way in which the rule can end."""
    found = [
        advise([], metric=metric_of("macro_f1")),
        advise(candidates(priced=False)[:1], metric=metric_of("macro_f1")),
    ]
    worse = {"tfidf": Said("%(change)s points (%(p)s, corrected)", change="\u22122.0", p="p = 0.010")}
    for priced in (True, False):
        some = candidates(priced=priced)
        for limits in map(LimitsSettings.model_validate, LIMITS):
            evidence = {} if limits.chosen() else worse
            found.append(advise(some, metric=metric_of("macro_f1"), worse=evidence, limits=limits, currency="EUR"))
        slow = LimitsSettings(latency_ms=10)
        found.append(advise(some, metric=metric_of("macro_f1"), worse=("head", "tfidf"), currency="EUR"))
        found.append(advise(some, metric=metric_of("macro_f1"), worse=("tfidf",), limits=slow, currency="EUR"))
        alike = [replace(one, latency_p50_ms=9.0, cost_per_1000=one.cost_per_1000 and 1.0) for one in some]
        found.append(advise(alike, metric=metric_of("macro_f1"), currency="EUR"))
        equal = [replace(one, rows_in_weights=3, build_cost=one.build_cost and 1.0) for one in alike]
        floor = replace(equal[2], tuned=False, rows_in_weights=0)
        found.append(advise([*equal[:2], floor], metric=metric_of("macro_f1")))
        for five in map(five_units, (False, True)):
            found.append(advise(equal, metric=metric_of("macro_f1"), too_few=too_few(five, gap=1.0, unit="%")))
            undecided = how_many_tell(five, unit="%", confidence=0.95)
            found.append(advise(alike, metric=metric_of("macro_f1"), undecided=undecided))
        found.append(advise(equal, metric=metric_of("macro_f1"), too_few=too_few(None, gap=2.8, unit="%")))
        for volume in (None, 10.0):
            limits = LimitsSettings(queries_per_month=volume)
            found.append(advise(equal, metric=metric_of("macro_f1"), limits=limits))
            found.append(
                advise([*equal[:2], replace(equal[2], rows_in_weights=0)], metric=metric_of("macro_f1"), limits=limits)
            )
    return found


def sentences_of(advice: Advice) -> list[str]:
    """All that it says."""
    steps = [text for step in advice.trace for text in (step.rule, *(one.why for one in step.dropped))]
    figures = re.compile(r"[\d.,]+\u202f?%|[\d.,]+")
    return [advice.reason, *(text for text in steps if not figures.fullmatch(text))]


def test_whatever_the_advice_says_is_told_in_both_languages() -> None:
    told = [text for advice in advices() for text in sentences_of(advice)]
    assert len(set(told)) > 40
    with speaking("en"):
        assert [translated(text) for text in told] == told
        assert not any(map(is_foreign, told))
    with speaking("zh"):
        for text in told:
            assert isinstance(text, Said), text
            assert not is_foreign(text)
            again = translated(text)
            assert not {*re.findall(r"[A-Za-z]{2,}", again)} - NAMES, (text, again)
            assert re.search("[\u4e00-\u9fff]", again)


def test_every_sentence_of_the_rule_came_up() -> None:
    """So that the test above has seen all there are in the rooms of the advice."""
    seen = {message for advice in advices() for text in sentences_of(advice) for message in messages_in(text)}
    rooms = ("scoring/advice.py", "scoring/too_few.py", "settings/limits.py", "scoring/cheapest.py")
    rare = {"%(name)s has %(rows)s in its prompts.", "%(name)s has no known cost: give prices."}
    assert said(*rooms) - seen <= rare


def messages_in(text: object) -> Iterator[str]:
    """Of a sentence and of those in it."""
    if isinstance(text, Said):
        yield text.message
        for value in text.values.values():
            yield from messages_in(value)


def test_sentences_of_people_and_of_other_versions_stay_as_they_are() -> None:
    with speaking("zh"):
        for text in ("Keeps to my own rule.", Said("No such message any more: %(n)s.", n="3")):
            assert translated(text) == text
            assert is_foreign(text)


class Foreign(HTMLParser):
    """What a Chinese page says in English: marked as such, and not.

    Names stand in ``bdi``, what a user or a model wrote in elements with ``dir``, and what one types in ``code``.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.marked: list[tuple[str, str]] = []
        self.english: list[str] = []
        self._open: list[tuple[str, str]] = []
        self._section = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in VOID:
            return
        if tag == "section":
            self._section = given.get("id") or ""
        own = tag in {"bdi", "button", "code", "pre", "script", "style"} or "dir" in given
        kind = "page" if given.get("id") == "page-zh" else "own" if own else given.get("lang") or ""
        self._open.append((tag, kind))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        kinds = [kind for _, kind in self._open]
        kinds = kinds[kinds.index("page") :] if "page" in kinds else ["own"]
        if "own" in kinds or not data.strip():
            return
        if "en" in kinds:
            self.marked.append((self._section, data))
        else:
            self.english += re.findall(r"[A-Za-z]{3,} [a-z]{2,}[^\u4e00-\u9fff]*", data)


def test_nothing_on_a_chinese_page_is_english(finished: Path) -> None:
    """Of a real run; names and what the user wrote are their own, and the error of what failed is marked as English."""
    page = Foreign((finished / "report.html").read_text(encoding="utf-8"))
    assert page.english == []
    errors = {row["why"] for row in read_json(finished / "leaderboard.json")["approaches"] if row["status"] == "failed"}
    assert {text for _, text in page.marked} == errors


def test_an_older_run_is_told_in_english_where_it_noted_nothing_else(tmp_path: Path) -> None:
    run = write_run(tmp_path, TICKETS)
    page = Foreign(built(run)[0])
    assert ("zh-verdict", TICKETS.reason) in page.marked
    assert "请使用" in built(run)[1].words("zh")


def test_a_run_that_noted_its_messages_is_told_from_them(tmp_path: Path) -> None:
    run = write_run(tmp_path, TICKETS)
    reason = Said(
        "No approach meets the limits: %(reasons)s", reasons=Said("%(name)s has no known cost: give prices.", name="a")
    )
    edit(run / "leaderboard.json", **with_messages({"reason": reason}))
    words = built(run)[1].words("zh")
    assert "没有方法符合限制：a 的费用未知：请给出价格。" in words
    assert reason not in words
    edit(run / "leaderboard.json", reason="I know better.")
    assert "I know better." in built(run)[1].words("zh")


def test_language_ends_where_it_was_begun() -> None:
    with speaking("zh"):
        assert tell("Use") == "请使用"
    assert tell("Use") == "Use"
