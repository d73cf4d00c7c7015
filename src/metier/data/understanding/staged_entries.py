"""Entries while a data set is prepared; those of a large one lie on the disk."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from metier.core import Message
from metier.data.staged import Staged
from metier.data.understanding.entry import Entry


def staged_entries(entries: Iterable[Entry] = ()) -> Staged[Entry]:
    """These entries, to which more can be added."""
    return Staged(entries, written=_written, read=_read, size=_size)


def _size(entry: Entry) -> int:
    return len(entry.input) + len(entry.target) + sum(len(turn.content) for turn in entry.history)


def _written(entry: Entry) -> str:
    turns = [(turn.role, turn.content, turn.weight) for turn in entry.history]
    values = (
        *(entry.id, entry.file, entry.row, entry.split, entry.input, entry.target, turns, entry.group),
        *(entry.readers, entry.time, entry.weight, dict(entry.fields), entry.fault),
    )
    return json.dumps(values, ensure_ascii=False, default=_plain_time)


def _plain_time(value: Any) -> str:
    """The value of a time column that JSON does not know, in a spelling that means the same moment."""
    return value.isoformat() if isinstance(value, date) else str(value)


def _read(text: str) -> Entry:
    id_, file, row, split, asked, target, turns, group, readers, time, weight, fields, fault = json.loads(text)
    return Entry(
        id=id_,
        file=file,
        row=row,
        split=split,
        input=asked,
        target=target,
        history=tuple(Message(role=role, content=content, weight=share) for role, content, share in turns),
        group=group,
        readers=None if readers is None else tuple(readers),
        time=time,
        weight=weight,
        fields=fields,
        fault=fault,
    )
