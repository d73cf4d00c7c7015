"""Tagged tokens: ``tokens`` and a tag for each, in IOB, IOBES, BILOU or BMES; also plain labels without a place.

The text is the tokens with spaces between; the target is as for marked spans.
"""

from __future__ import annotations

from typing import Any, cast

from metier.core.tasks.extract import Span, form, target_of
from metier.data.understanding.exchanges import Exchange
from metier.data.understanding.shapes import MalformedRowError, Roles, Shape, Values
from metier.data.values import text_of

_TOKENS = ("tokens", "words")
_TAGS = ("tags", "ner_tags", "ner", "labels", "slots", "pos_tags")


def _lists(row: Values) -> tuple[list[Any], list[Any]] | None:
    tokens = next((row[name] for name in _TOKENS if isinstance(row.get(name), list)), None)
    tags = next((row[name] for name in _TAGS if isinstance(row.get(name), list)), None)
    return None if tokens is None or tags is None else (cast("list[Any]", tokens), cast("list[Any]", tags))


def _matches(row: Values) -> bool:
    found = _lists(row)
    return found is not None and len(found[0]) == len(found[1]) and all(isinstance(tag, str | int) for tag in found[1])


def _exchange(row: Values, roles: Roles) -> Exchange:
    found = _lists(row)
    if found is None:
        return Exchange("")
    tokens, tags = [text_of(token) for token in found[0]], found[1]
    if len(tokens) != len(tags):
        raise MalformedRowError(f"{len(tokens)} tokens and {len(tags)} tags")
    if not all(isinstance(tag, str) for tag in tags):
        raise MalformedRowError(f"tags that are numbers, such as {tags[0]!r}; write their names, such as B-PER")
    return Exchange(" ".join(tokens), target_of(" ".join(tokens), _spans(tokens, tags)))


def _spans(tokens: list[str], tags: list[str]) -> list[Span]:
    """Runs of tokens with one label; ``B`` and ``S`` (or ``U``) always begin one, ``E`` (or ``L``) and they end one."""
    spans: list[Span] = []
    start, label, place, ended = 0, "", 0, False
    for token, tag in zip(tokens, tags, strict=True):
        prefix, _, name = tag.partition("-") if tag[1:2] == "-" else ("I", "", "" if tag in {"O", ""} else tag)
        begins = name and (prefix in "BSU" or ended or name != label)
        if label and (begins or not name):
            spans.append(Span(start, place - 1, label))
            label = ""
        ended = prefix in "ELSU"
        if begins:
            start, label = place, name
        place += len(token) + 1
    return [*spans, Span(start, place - 1, label)] if label else spans


shape = Shape(
    title="Tagged tokens",
    signature="'tokens' and a tag for each",
    columns=(*_TOKENS, *_TAGS, "text"),
    kind="extract",
    matches=_matches,
    exchange=_exchange,
    instruction=form.instruction,
    rank=2,
)
