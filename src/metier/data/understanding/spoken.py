"""Conversations in a cell: lists of turns, each with a speaker and a text, whatever the keys are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from metier.data.understanding.turns import content_of
from metier.data.values import text_of

_SPEAKERS = ("speaker", "role", "from", "author", "sender", "participant", "speaker_id", "who", "name")
_TEXTS = ("text", "content", "value", "message", "utterance", "body", "say")


def keys_of_turn(turn: Any) -> tuple[str, str] | None:
    """The keys of speaker and text; None where it is no turn."""
    if not isinstance(turn, Mapping):
        return None
    cells = cast("Mapping[str, Any]", turn)
    speaker = next((key for key in _SPEAKERS if isinstance(cells.get(key), str)), None)
    text = next((key for key in _TEXTS if key != speaker and isinstance(cells.get(key), str)), None)
    return None if speaker is None or text is None else (speaker, text)


def is_spoken(value: Any) -> bool:
    """Whether a cell is a list that begins with a turn."""
    return isinstance(value, list) and bool(value) and keys_of_turn(cast("list[Any]", value)[0]) is not None


def spoken_text(value: Any) -> str | None:
    r"""A conversation as a text: a line for each turn, its speaker before it; None where a cell is none.

    Raises:
        MalformedRowError: a turn holds what is no text.

    >>> spoken_text([{"speaker": "doctor", "text": "Any pain?"}, {"speaker": "patient", "text": "No."}])
    'doctor: Any pain?\npatient: No.'
    """
    if not is_spoken(value):
        return None
    turns = cast("list[Any]", value)
    speaker, text = keys_of_turn(turns[0]) or ("", "")
    lines: list[str] = []
    for turn in turns:
        if not isinstance(turn, Mapping):
            return None
        cells = cast("Mapping[str, Any]", turn)
        lines.append(f"{text_of(cells.get(speaker))}: {content_of(cells.get(text), cells.get('tool_calls'))}")
    return "\n".join(lines)
