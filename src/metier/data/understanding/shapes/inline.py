"""Marks inside the text: ``a table for [two](people)``, ``[two]{"entity": "people"}`` or ``<people>two</people>``.

The marks are taken out of the text, and the target is as for marked spans. Names of HTML elements are no labels, and an
address behind brackets is a link.
"""

from __future__ import annotations

import json
import re
from typing import Any

from metier.core.tasks.extract import Span, form, target_of
from metier.data.understanding.exchanges import Exchange
from metier.data.understanding.shapes import Roles, Shape, Values
from metier.data.values import text_of

_NAME = r"[^\W\d][\w-]*"
_MARK = re.compile(
    rf'\[(?P<words>[^\[\]\n]+)\](?:\((?P<label>{_NAME})(?::[^()/\n]*)?\)|(?P<object>\{{"[^{{}}\n]*\}}))'
    rf"|<(?P<tag>{_NAME})>(?P<inside>[^<>]+)</(?P=tag)>"
)
_HTML = frozenset(
    """
    a abbr address article aside b big blockquote body br button caption center cite code dd del div dl dt em font
    footer form h1 h2 h3 h4 h5 h6 head header hr html i img ins label li main mark nav ol option p pre q s section
    select small span strike strong style sub sup table tbody td textarea th thead title tr tt u ul var
    """.split()  # noqa: SIM905 - a list of words reads better so
)
_WRITTEN = frozenset({"think", "thinking", "reasoning", "answer", "solution", "response", "output", "tool_call"})
"""Parts that models are taught to write, which mark nothing."""
_TEXTS = ("text", "sentence", "example", "utterance", "content", "message", "input")


def _marks(text: str) -> tuple[str, list[Span]]:
    """The text without its marks, and what they mark."""
    plain, spans, end = "", list[Span](), 0
    for found in _MARK.finditer(text):
        label = _label(found)
        if not label:
            continue
        plain += text[end : found.start()]
        words = found["words"] or found["inside"]
        spans.append(Span(len(plain), len(plain) + len(words), label))
        plain, end = plain + words, found.end()
    return plain + text[end:], spans


def _label(found: re.Match[str]) -> str:
    """The label of a mark; empty where it is none."""
    if found["object"]:
        try:
            told: Any = json.loads(found["object"])
        except ValueError:
            return ""
        return text_of(told.get("entity")) if isinstance(told, dict) else ""  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - any JSON
    label = found["label"] or found["tag"]
    return "" if found["tag"] and label.lower() in _HTML | _WRITTEN else label


def _matches(row: Values) -> bool:
    """One text with marks, and beside it no other text, which might be the answer."""
    texts = [value for value in row.values() if isinstance(value, str) and " " in value.strip()]
    return len(texts) == 1 and bool(_marks(texts[0])[1])


def _text(row: Values) -> str:
    """The text with most marks; of a row without any, the one that is called like a text."""
    texts = {name: text_of(value) for name, value in row.items() if isinstance(value, str)}
    marked = max(texts.values(), key=lambda text: len(_marks(text)[1]), default="")
    if _marks(marked)[1]:
        return marked
    return next((texts[name] for name in _TEXTS if name in texts), max(texts.values(), key=len, default=""))


def _exchange(row: Values, roles: Roles) -> Exchange:
    text, spans = _marks(_text(row))
    return Exchange(text, target_of(text, spans) if text.strip() else "")


shape = Shape(
    title="Texts with marks inside",
    signature="marks such as [two](people) or <people>two</people> in a text",
    columns=_TEXTS,
    kind="extract",
    matches=_matches,
    exchange=_exchange,
    instruction=form.instruction,
    rank=-2,
    share=0.5,
)
