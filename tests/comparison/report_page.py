"""A built page as tests look at it."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from metier.comparison.report import build_report
from metier.core.artifacts import read_json, write_json

VOID = {"meta", "link", "input", "br", "img", "hr", "wbr"}


class Checked(HTMLParser):
    """Parses strictly: every element is closed where it was opened. Collects attributes, and text by language."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {"": [], "en": [], "zh": []}
        self._language = ""
        self.feed(html)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if (name := dict(attrs).get("id") or "").startswith("page-"):
            self._language = name.removeprefix("page-")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> at line {self.getpos()[0]} closes another element"

    def handle_data(self, data: str) -> None:
        self.texts[self._language].append(data)

    @property
    def text(self) -> list[str]:
        return self.texts["en"]

    def words(self, language: str = "en") -> str:
        return " ".join(" ".join(self.texts[language]).replace("\u202f", " ").split())

    def attributes(self, name: str) -> Iterator[str]:
        return (attrs[name] or "" for _, attrs in self.seen if name in attrs)


def built(run: Path) -> tuple[str, Checked]:
    html = build_report(run).read_text(encoding="utf-8")
    return html, Checked(html)


def edit(path: Path, **changes: Any) -> None:
    write_json(path, {**read_json(path), **changes})
