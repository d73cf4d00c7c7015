"""Sentences that remember what they were made from, so that a reader can be told them in another language.

A :class:`Said` is its English sentence, an ordinary text wherever it goes. Beside that it keeps its message, the
English with places for values, and the values. Where sentences are written into JSON, :func:`with_messages` puts
each one's message beside it, and :func:`recall` brings both together again; the report translates the message.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from metier.core.artifacts import plain

SUFFIX = "_message"
"""``reason`` has its message in ``reason_message``."""
Value = str | tuple[str, ...]
"""What stands in a sentence: a text (another sentence, perhaps), or names that are listed."""
_PLACE = re.compile(r"%\((\w+)\)s|%%")
_DEEPEST = 12
"""Sentences in sentences beyond this depth are not read back."""


class Said(str):
    """A sentence, or a part of one, with what it was made from.

    Args:
        message: the sentence with ``%(name)s`` where a value stands and ``%%`` for a percent sign; one without values
            is taken as it stands.
        values: by name.

    >>> told = Said("%(name)s takes %(time)s a query", name="lora", time="71 ms")
    >>> told, told.values["name"]
    ('lora takes 71 ms a query', 'lora')
    """

    message: str
    values: Mapping[str, Value]

    def __new__(cls, message: str, /, **values: Value) -> Said:
        """Make the English sentence and keep what it is made from."""
        text = filled(message, {name: _in_english(value) for name, value in values.items()})
        told = super().__new__(cls, text)
        told.message, told.values = message, values
        return told

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Value]]:  # copies and other processes
        return (self.message,), dict(self.values)


def filled(message: str, values: Mapping[str, str]) -> str:
    """A message with its values in their places.

    Raises:
        KeyError: there is no such value.
    """
    if not values:
        return message
    return _PLACE.sub(lambda place: values[place[1]] if place[1] else "%", message)


def places(message: str) -> set[str]:
    """Names of the values in a message."""
    return {place[1] for place in _PLACE.finditer(message) if place[1]}


def counted(number: int, one: str, many: str) -> Said:
    """A number with what is counted; the messages have its place, ``%(n)s``.

    >>> counted(1, "%(n)s row", "%(n)s rows"), counted(3080, "%(n)s row", "%(n)s rows")
    ('1 row', '3,080 rows')
    """
    return Said(one if number == 1 else many, n=f"{number:,}")


def joined(sentences: Iterable[str]) -> str:
    """Sentences one after the other; empty for none.

    >>> joined([Said("One."), Said("Two."), ""])
    'One. Two.'
    """
    kept = [sentence for sentence in sentences if sentence]
    if len(kept) < 2:
        return kept[0] if kept else ""
    half = len(kept) // 2
    return Said("%(first)s %(then)s", first=joined(kept[:half]), then=joined(kept[half:]))


def retold(text: str, message: Callable[[str], str], listing: Callable[[Sequence[str]], str]) -> str:
    """A sentence made again, in another language; text that knows no message stays as it is.

    Args:
        text: the sentence.
        message: a message in that language.
        listing: names as they are listed there.
    """
    if not isinstance(text, Said):
        return text

    def value(given: Value) -> str:
        if isinstance(given, str):
            return retold(given, message, listing)
        return listing([retold(each, message, listing) for each in given])

    return filled(message(text.message), {name: value(given) for name, given in text.values.items()})


def message_of(text: str) -> dict[str, Any] | None:
    """What a sentence was made from, as JSON: ``text`` and ``values``; None for text that knows no message."""
    return {"text": text.message, "values": _values_of(text)} if isinstance(text, Said) else None


def _values_of(said: Said) -> dict[str, Any]:
    def value(given: Value) -> Any:
        return (message_of(given) or given) if isinstance(given, str) else [message_of(one) or one for one in given]

    return {name: value(given) for name, given in said.values.items()}


def recall(text: str, found: Any) -> str:
    """A sentence with its message, as it was before it was written.

    Args:
        text: the sentence.
        found: what stood beside it. Whatever is no message, or one of another sentence, is let be: the sentence holds.
    """
    said = _read(found, _DEEPEST)
    return said if isinstance(said, Said) and said == text else text


def sentence(found: Mapping[str, Any], name: str) -> str:
    """A sentence of a JSON object with the message that stands beside it; empty where there is none."""
    text = found.get(name)
    return "" if text is None else recall(str(text), found.get(name + SUFFIX))


def sentences(found: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A list of sentences with their messages; without them where they are not as many."""
    given, beside = found.get(name), found.get(name + SUFFIX)
    texts = ["" if text is None else str(text) for text in cast(list[Any], given)] if isinstance(given, list) else []
    told = cast(list[Any], beside) if isinstance(beside, list) else []
    return tuple(map(recall, texts, told)) if len(told) == len(texts) else tuple(texts)


def with_messages(value: Any) -> Any:
    """As JSON can hold it, with the message of each sentence beside it.

    A field ``why`` of a mapping or a dataclass gets ``why_message`` where it knows its message, and a list of
    sentences ``notes`` gets ``notes_message``, a list of messages, null for text without one.

    >>> with_messages({"why": Said("Too slow."), "name": "a"})
    {'why': 'Too slow.', 'why_message': {'text': 'Too slow.', 'values': {}}, 'name': 'a'}
    """
    if isinstance(value, Mapping):
        told: dict[str, Any] = {}
        for key, item in cast(Mapping[Any, Any], value).items():
            told[str(key)] = with_messages(item)
            if beside := _beside(item):
                told[f"{key}{SUFFIX}"] = beside
        return told
    if isinstance(value, list | tuple):
        return [with_messages(item) for item in cast(list[Any], value)]
    if hasattr(value, "__dataclass_fields__"):
        return with_messages({name: getattr(value, name) for name in value.__dataclass_fields__})
    return plain(value)


def _beside(item: Any) -> Any:
    if isinstance(item, list | tuple):
        items = cast(list[Any], item)
        if not any(isinstance(one, Said) for one in items):
            return None
        return [message_of(one) if isinstance(one, str) else None for one in items]
    return message_of(item) if isinstance(item, str) else None


def _in_english(value: Value) -> str:
    """Names as they stand in a sentence, anything else as it is."""
    if isinstance(value, str):
        return value
    return " and ".join(filter(None, [", ".join(value[:-1]), *value[-1:]]))


def _read(found: Any, depth: int) -> str | None:
    """A message, or a text; None for anything else."""
    if isinstance(found, str):
        return found
    raw = cast(dict[str, Any], found) if isinstance(found, dict) else {}
    message, given = raw.get("text"), raw.get("values")
    if not isinstance(message, str) or not isinstance(given, dict) or not depth:
        return None
    values: dict[str, Value] = {}
    for name, item in cast(dict[str, Any], given).items():
        value = _names(cast(list[Any], item), depth) if isinstance(item, list) else _read(item, depth - 1)
        if value is None:
            return None
        values[name] = value
    return Said(message, **values) if places(message) <= values.keys() else None


def _names(found: list[Any], depth: int) -> tuple[str, ...] | None:
    names = [_read(item, depth - 1) for item in found]
    return None if None in names else tuple(name for name in names if name is not None)
