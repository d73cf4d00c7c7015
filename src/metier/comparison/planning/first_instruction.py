"""What ``metier init`` writes as the task's instruction: in the words of the columns, in Chinese where they are."""

from __future__ import annotations

import json
import re

from metier.core.tasks import form_of
from metier.data import Inspection

_LONG_NAME = 4
"""Words of a column's name beyond which it is a question or a sentence."""
_HAN, _LATIN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]"), re.compile("[A-Za-z]")
_WORDS = {
    "en": {
        "and": " and the ",
        "survey": "Read what was said about {asked} and answer: {what}",
        "boolean": "Say whether this holds for the {asked}: {what}.",
        "classify": "Decide the {what} of the {asked}.",
        "regress": "Predict the {what} of the {asked} as a number.",
        "generate": "Write the answer to the text.",
    },
    "zh": {
        "and": "和",
        "survey": "阅读关于{asked}的回答，并回答：{what}",
        "boolean": "判断{asked}是否符合：{what}。",
        "classify": "判断{asked}的{what}。",
        "regress": "预测{asked}的{what}，用数字回答。",
        "generate": "根据{asked}写出{what}。",
    },
}


def first_instruction(seen: Inspection) -> str:
    """A first instruction; the user knows better.

    Args:
        seen: what was seen of the data.
    """
    kind: str = seen.kind or "classify"
    columns = [name.replace("_", " ") for name in seen.parts or (seen.input or "text",)]
    what = (seen.target or {"regress": "number"}.get(kind, "category")).replace("_", " ")
    words = _WORDS["zh" if all(map(_is_chinese, (*columns, what))) else "en"]
    asked = words["and"].join(columns)
    if kind in ("classify", "regress") and seen.target and not seen.parts and _is_asked(asked, seen.target):
        return words["survey"].format(asked=json.dumps(asked, ensure_ascii=False), what=seen.target)
    if kind == "classify" and any(one.name == seen.target and one.values == "boolean" for one in seen.columns):
        kind = "boolean"
    return words[kind].format(asked=asked, what=what) if kind in words else form_of(seen.kind or "classify").instruction


def _is_chinese(name: str) -> bool:
    return bool(_HAN.search(name)) and not _LATIN.search(name)


def _is_asked(*names: str) -> bool:
    """Whether a column is called by a whole question, as the ones of surveys are."""
    return any("?" in name or "？" in name or len(name.split()) > _LONG_NAME for name in names)
