"""Both languages are whole: every message is translated, with the same values in it, and nothing stands by in vain."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from report_fixture import write_run
from report_messages import messages
from report_page import built
from report_scenes import BANKING, REPLIES, TICKETS, Scene

from metier.comparison.report import language
from metier.comparison.report.language import catalogue, speaking, tell

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


def test_language_ends_where_it_was_begun() -> None:
    with speaking("zh"):
        assert tell("Use") == "请使用"
    assert tell("Use") == "Use"
