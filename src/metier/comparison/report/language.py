"""The two languages of the page.

English stands where it is used and is its own key; Chinese stands in ``languages/zh.json``, all of it and nothing else.
The page is made once in each language, one after the other; :func:`speaking` says which one is being made. Messages
hold values as ``%(name)s`` and a percent sign of their own as ``%%``, in code as in the templates' ``trans`` blocks.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import Literal

from metier.comparison import wording
from metier.core.said import Said, retold

Language = Literal["en", "zh"]
LANGUAGES: Mapping[Language, str] = {"en": "English", "zh": "中文"}
"""What each calls itself, the page's first one first."""
_current: ContextVar[Language] = ContextVar("language", default="en")


@contextmanager
def speaking(language: Language) -> Generator[None]:
    """Make what is made inside in ``language``."""
    token = _current.set(language)
    try:
        yield
    finally:
        _current.reset(token)


def current() -> Language:
    """The language that is being made."""
    return _current.get()


def tell(message: str, **values: str | float) -> str:
    """A sentence in the current language with its values filled in.

    >>> tell("%(share)s %% of %(name)s", share=40, name="lora")
    '40 % of lora'
    """
    return gettext(message) % values


def gettext(message: str) -> str:
    """The message itself, or its translation, where there is one; values are not filled in yet."""
    return catalogue().get(message, message) if current() == "zh" else message


def translated(text: str) -> str:
    """A sentence of the run in the current language, made again from its message; as it is where it knows none.

    So it is with sentences of other versions and those of people.
    """
    return retold(text, gettext, listing)


def is_foreign(text: str) -> bool:
    """Whether a sentence of the run stays in English on a page of another language; figures are of none."""
    known = isinstance(text, Said) and text.message in catalogue()
    return current() != "en" and not known and any(map(str.isalpha, text))


def listing(names: Iterable[str]) -> str:
    """Names as they stand in a sentence."""
    items = list(names)
    if current() == "en" or len(items) < 2:
        return wording.listing(items)
    return f"{'、'.join(items[:-1])} 和 {items[-1]}"


def at(name: str) -> str:
    """The id of a place on the page: each language has places of its own."""
    return name if current() == "en" else f"{current()}-{name}"


@cache
def catalogue() -> Mapping[str, str]:
    """Every message with its Chinese."""
    place = files("metier.comparison.report").joinpath("languages", "zh.json")
    return json.loads(place.read_text(encoding="utf-8"))
