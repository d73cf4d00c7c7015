"""Tables in which each row is a turn: rows of one conversation that follow each other become one row with its turns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from metier.core import DataError, Problem
from metier.core.names import listed
from metier.data.digests import digest
from metier.data.reading.source import Row, Turns
from metier.data.values import is_blank, is_nested, text_of

TURNS = "turns"
"""The column that gets a conversation's turns: ``[{"speaker": ..., "text": ...}, ...]``."""
_CONVERSATIONS = frozenset({"conversation", "dialogue", "dialog", "session", "thread", "chat", "call"})
_SPEAKERS = frozenset({"speaker", "role", "author", "sender", "participant", "from", "who"})
_TEXTS = frozenset({"text", "utterance", "message", "content", "value", "body", "message_text", "turn_text"})
_OWN = frozenset(
    {"turn", "id", "index", "number", "no", "order", "position", "step", "time", "timestamp", "date", "message_id"}
)
"""What every turn has of its own, and no conversation loses."""
_FEWEST = 2.0
"""Rows of a conversation, on average, among those that are looked at."""


def told_turns(rows: Sequence[Mapping[str, Any]]) -> Turns | None:
    """Which columns say conversation, speaker and text, where each of the first rows is a turn; else None.

    Any other column must be the same in all rows of a conversation, or number or date the turn.
    """
    if not rows or any(is_nested(value) for row in rows for value in row.values()):
        return None
    names = list(rows[0])
    found = [_named(names, words) for words in (_CONVERSATIONS, _SPEAKERS, _TEXTS)]
    conversation, speaker, text = found
    if conversation is None or speaker is None or text is None or len({*found}) < len(found):
        return None
    ids = [text_of(row.get(conversation)) for row in rows]
    if any(map(is_blank, ids)) or len(rows) < _FEWEST * len(set(ids)) or len(set(ids)) < 2:
        return None
    others = [name for name in names if name not in found and _bare(name) not in _OWN]
    values = (len({(key, text_of(row.get(name))) for key, row in zip(ids, rows, strict=True)}) for name in others)
    return Turns(conversation, speaker, text) if all(count == len(set(ids)) for count in values) else None


def in_conversations(rows: Iterable[Row], turns: Turns, where: str) -> Iterator[Row]:
    """One row for each conversation: what all its rows say, and its turns.

    Raises:
        DataError: after the last one, conversations whose rows do not follow each other.
    """
    seen: set[bytes] = set()
    apart: list[str] = []
    talk: _Talk | None = None
    number = 0
    for row in rows:
        if row.fault:
            number += 1
            yield replace(row, number=number)
            continue
        name = text_of(row.values.get(turns.conversation)).strip()
        if talk is None or name != talk.name or not name:
            if talk is not None:
                number += 1
                yield talk.row(number)
            key = digest(name)
            apart += [name] if name and key in seen else []
            seen.add(key)
            talk = _Talk(name, row)
        talk.add(row, turns)
    if talk is not None:
        yield talk.row(number + 1)
    if apart:
        got = f"{len(apart):,} whose rows stand apart: {listed(apart, limit=4)}"
        remedy = f"sort the rows by {turns.conversation!r}, or name data.input and data.target to take each row alone"
        raise DataError([Problem(where=where, expected="the turns of a conversation together", got=got, remedy=remedy)])


@dataclass(slots=True)
class _Talk:
    """A conversation while its rows are read."""

    name: str
    first: Row
    same: dict[str, Any] = field(default_factory=dict[str, Any])
    turns: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def add(self, row: Row, turns: Turns) -> None:
        told = {name: value for name, value in row.values.items() if name not in (turns.speaker, turns.text)}
        known = self.same.items() if self.turns else told.items()
        self.same = {name: value for name, value in known if told.get(name) == value}
        self.turns.append({"speaker": row.values.get(turns.speaker), "text": row.values.get(turns.text)})

    def row(self, number: int) -> Row:
        return Row(number=number, line=self.first.line, values={**self.same, TURNS: self.turns})


def _named(names: Sequence[str], words: frozenset[str]) -> str | None:
    return next((name for name in names if _bare(name) in words), None)


def _bare(name: str) -> str:
    """A name in lower case, without the word that says that it identifies something."""
    plain = name.strip().lower().replace("-", "_").replace(" ", "_")
    return plain if plain in _OWN else plain.removesuffix("_id")
