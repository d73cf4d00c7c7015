"""Questions with their contexts: ``context``, ``question`` and ``answers`` (a list, SQuAD's object, or one text).

The context stands before the question, so that questions about one text share its tokens; questions about one text stay
in one split. The first answer is the target, all of them go along as the field ``answers``. The name of a file is no
context: it says which document answers the question.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, cast

from metier.data.understanding.exchanges import Exchange
from metier.data.understanding.shapes import MalformedRowError, Roles, Shape, Values
from metier.data.values import is_nested, text_of

_CONTEXTS = ("context", "passage", "paragraph", "article", "document", "story", "contexts", "passages", "documents")
_ANSWERS = ("answers", "answer")
_FILE = re.compile(r"[^\n]{1,200}\.(md|markdown|txt|text|x?html?|pdf|docx?|odt|rtf|csv|tsv|jsonl?|xml)(#\S*)?\s*", re.I)
UNANSWERABLE = "unanswerable"
"""The target where the context does not hold the answer."""


def _matches(row: Values) -> bool:
    return "question" in row and bool(_context_of(row)) and any(name in row for name in _ANSWERS)


def _context_of(row: Values) -> Any:
    """The first column that holds one; empty without any."""
    held = (row[name] for name in _CONTEXTS if row.get(name))
    return next((value for value in held if not (isinstance(value, str) and _FILE.fullmatch(value))), "")


def _exchange(row: Values, roles: Roles) -> Exchange:
    context = _text(_context_of(row))
    question, answers = text_of(row.get("question")), _answers(row)
    target = answers[0] if answers else UNANSWERABLE if row.get("is_impossible") is True else ""
    asked = f"{context.strip()}\n\n{question.strip()}" if context.strip() and question.strip() else question
    group = hashlib.blake2b(context.encode("utf-8", "replace"), digest_size=8).hexdigest() if context else None
    return Exchange(asked, target, fields={"answers": answers} if len(answers) > 1 else {}, group=group)


def _answers(row: Values) -> list[str]:
    value: Any = next((row[name] for name in _ANSWERS if row.get(name) is not None), None)
    if isinstance(value, Mapping):
        value = cast("Mapping[str, Any]", value).get("text")
    items = cast("list[Any]", value) if isinstance(value, list) else [value]
    texts = [
        text_of(cast("Mapping[str, Any]", item).get("text") if isinstance(item, Mapping) else item) for item in items
    ]
    return list(dict.fromkeys(text for text in texts if text.strip()))


def _text(value: Any) -> str:
    """A context, or several under each other."""
    if isinstance(value, list):
        return "\n\n".join(_text(item) for item in cast("list[Any]", value))
    if isinstance(value, Mapping):
        inner = cast("Mapping[str, Any]", value)
        return _text(next((inner[name] for name in ("text", "contents", "contexts", "sentences") if name in inner), ""))
    if is_nested(value):
        raise MalformedRowError(f"a {type(value).__name__} as context")
    return text_of(value)


shape = Shape(
    title="Questions with contexts",
    signature="'question', a context and answers",
    columns=("question", "is_impossible", *_CONTEXTS, *_ANSWERS),
    kind="generate",
    matches=_matches,
    exchange=_exchange,
    instruction="Answer the question about the text in as few words as possible.",
)
