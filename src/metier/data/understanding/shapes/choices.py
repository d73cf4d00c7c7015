"""Multiple choice: a question, a list of choices, and which one is right (its place, its letter, or its text).

The choices stand under the question with letters; the letter of the right one is the target.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_uppercase
from typing import Any, cast

from metier.data.understanding.exchanges import Exchange
from metier.data.understanding.shapes import MalformedRowError, Roles, Shape, Values
from metier.data.values import text_of

_QUESTIONS = ("query", "question", "question_stem", "prompt", "premise", "sentence", "ctx", "goal", "input")
_CHOICES = ("choices", "options", "endings", "candidates")
_RIGHT = ("gold", "answer", "answerKey", "answer_idx", "answer_index", "label", "correct", "correct_answer", "target")


def _choices(row: Values) -> tuple[list[str], list[str]]:
    """Texts of the choices, and their own names where they have any."""
    value: Any = next((row[name] for name in _CHOICES if row.get(name)), None)
    names: list[str] = []
    if isinstance(value, Mapping):
        inner = cast("Mapping[str, Any]", value)
        if isinstance(inner.get("text"), list):
            names = [text_of(item) for item in inner.get("label") or []]
            value = inner["text"]
        else:
            names, value = [text_of(key) for key in inner], list(inner.values())
    items = cast("list[Any]", value) if isinstance(value, list) else []
    return [text_of(item).strip() for item in items if isinstance(item, str | int | float)], names


def _right(row: Values) -> Any:
    return next((row[name] for name in _RIGHT if row.get(name) is not None), None)


def _matches(row: Values) -> bool:
    texts, _ = _choices(row)
    asks = any(isinstance(row.get(name), str) for name in _QUESTIONS)
    return 2 <= len(texts) <= len(ascii_uppercase) and asks and _right(row) is not None


def _exchange(row: Values, roles: Roles) -> Exchange:
    texts, names = _choices(row)
    asked = text_of(next((row[name] for name in _QUESTIONS if isinstance(row.get(name), str)), ""))
    if not texts or len(texts) > len(ascii_uppercase):
        return Exchange(asked)
    listed = "\n".join(f"{letter}. {text}" for letter, text in zip(ascii_uppercase, texts, strict=False))
    return Exchange(f"{asked.strip()}\n{listed}", _letter(_right(row), texts, names))


def _letter(right: Any, texts: list[str], names: list[str]) -> str:
    if right is None:
        return ""
    said = text_of(right).strip()
    if said in texts:
        return ascii_uppercase[texts.index(said)]
    if said in names:
        return ascii_uppercase[names.index(said)]
    if said.isdigit() and int(said) < len(texts):
        return ascii_uppercase[int(said)]
    if len(said) == 1 and said.upper() in ascii_uppercase[: len(texts)]:
        return said.upper()
    raise MalformedRowError(f"the right choice {right!r:.60}, which is none of {len(texts)}")


shape = Shape(
    title="Multiple choice",
    signature="a question, choices and the right one",
    columns=(*_QUESTIONS, *_CHOICES, *_RIGHT),
    kind="classify",
    matches=_matches,
    exchange=_exchange,
    instruction="Choose the right answer: write its letter.",
)
