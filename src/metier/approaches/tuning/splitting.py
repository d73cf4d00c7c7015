"""Examples that are too long as several (``weights.too_long: split``), where answers can be taken apart with texts.

A conversation falls into conversations, each with the system turns before it: every answer is learnt once. A text with
marked pieces falls into texts, at the end of a sentence where there is one, never inside a piece. Raw text and heads on
tokens read windows anyway. One answer to a whole text cannot be taken apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from metier.core import Example, Problem, Task
from metier.core.tasks import form_of
from metier.core.tasks.extract import spans_in, target_of
from metier.training import Row, WeightsSettings

Halve = Callable[[Example], tuple[Example, Example] | None]
"""An example as two; None where it cannot be taken apart."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？\n])")
_SPACE = re.compile(r"\s+")
_MIDDLE = 0.25
"""Share of a text at either end in which a sentence's end is too far off."""


def halving(task: Task, settings: WeightsSettings) -> Halve | None:
    """How examples of a task are taken apart; None where the recipe does not ask for it."""
    if settings.too_long != "split":
        return None
    return halved_text if form_of(task.kind).placed else halved_talk


def check_splitting(settings: WeightsSettings, task: Task | None, *, windows: bool) -> list[Problem]:
    """What ``too_long`` cannot do.

    Args:
        settings: of the weights.
        task: None: not known yet.
        windows: whether what is trained reads a text of any length, in windows.
    """
    if task is None:
        return []
    if windows:
        if settings.too_long in ("leave_out", "error"):
            got = f"{settings.too_long}, and texts of any length are read in windows here"
            return [_problem("split, or nothing", got, "leave it out: no row is too long")]
        return []
    if settings.too_long != "split":
        return []
    if settings.preference or settings.reinforce:
        return [_problem("cut, leave_out or error", "split: what is judged is the answer to a whole text", "say cut")]
    if task.kind == "chat":
        if settings.turns == "last":
            got = "split beside turns: last, which learns the one answer to all that was said"
            return [
                _problem("cut, leave_out or error", got, "say cut, which leaves out the oldest turns; or turns: all")
            ]
        return []
    if form_of(task.kind).placed:
        return []
    got = f"split, for a task that is answered with {form_of(task.kind).title}: the answer belongs to the whole text"
    return [_problem("cut, leave_out or error", got, "say cut; or cut the texts with their answers yourself")]


def parts_of(example: Example, halve: Halve, fits: Callable[[Example], bool]) -> Iterator[Example]:
    """The example, or as few parts of it as halving gives that fit, in order; what cannot be halved stays too long.

    Parts have the example's id, further ones with ``#2``, ``#3`` behind it.

    Args:
        example: any.
        halve: takes one apart.
        fits: whether one is short enough.
    """
    waiting, number = [example], 0
    while waiting:
        part = waiting.pop()
        halves = None if fits(part) else halve(part)
        if halves:
            waiting += reversed(halves)
            continue
        number += 1
        yield replace(part, id=example.id if number == 1 else f"{example.id}#{number}")


def split_reason(rows: int, max_length: int) -> str:
    """What the ledger says of an example that became several rows; empty where it did not."""
    return f"split into {rows} rows of at most {max_length} tokens" if rows > 1 else ""


def whole_rows(rows: Sequence[Row], ids: Sequence[str]) -> dict[str, Row]:
    """The row of each example, to be shown: of one that became several, all of them one behind the other."""
    found: dict[str, Row] = {}
    known = set(ids)
    for row in rows:
        name = row.id if row.id in known else row.id.rpartition("#")[0]
        before = found.get(name)
        found[name] = row if before is None else _behind(before, row)
    return found


def _behind(first: Row, second: Row) -> Row:
    return replace(
        first,
        ids=first.ids + second.ids,
        weights=first.weights + second.weights,
        source=first.source + second.source,
        cut=first.cut + second.cut,
    )


def halved_talk(example: Example) -> tuple[Example, Example] | None:
    """A conversation as two, the second from a user turn on; None where there is one question and answer."""
    told = [turn for turn in example.history if turn.role == "system"]
    said = [turn for turn in example.history if turn.role != "system"]
    lengths = [len(turn.content) for turn in said]
    ends = [
        place
        for place in range(2, len(said) + 1)
        if [turn.role for turn in said[place - 2 : place + 1]] in (["user", "assistant"], ["user", "assistant", "user"])
    ]
    if not ends:
        return None
    half = (sum(lengths) + len(example.input) + len(example.target or "")) / 2
    end = min(ends, key=lambda place: abs(sum(lengths[:place]) - half))
    asked, answer = said[end - 2], said[end - 1]
    first = replace(
        example,
        history=(*told, *said[: end - 2]),
        input=asked.content,
        target=answer.content,
        weight=answer.weight,
    )
    return first, replace(example, history=(*told, *said[end:]))


def halved_text(example: Example) -> tuple[Example, Example] | None:
    """A text with marked pieces as two, each with its pieces; None where a piece reaches over every place."""
    text, spans = example.input, spans_in(example.target or "[]")
    inside = {place for span in spans for place in range(span.start + 1, span.end)}
    free = set(range(1, len(text))) - inside
    half = len(text) / 2
    sentences = {found.end() for found in _SENTENCE.finditer(text)}
    sentences = {place for place in sentences if _MIDDLE * len(text) <= place <= (1 - _MIDDLE) * len(text)}
    spaces = {found.end() for found in _SPACE.finditer(text)}
    for wanted in (sentences, spaces, free):
        if places := wanted & free:
            place = min(places, key=lambda one: (abs(one - half), one))
            break
    else:
        return None
    before = [span for span in spans if span.end <= place]
    after = [span._replace(start=span.start - place, end=span.end - place) for span in spans if span.start >= place]
    return (
        replace(example, input=text[:place], target=target_of(text[:place], before)),
        replace(example, input=text[place:], target=target_of(text[place:], after)),
    )


def _problem(expected: str, got: str, remedy: str) -> Problem:
    return Problem(where="recipe", path="weights.too_long", expected=expected, got=got, remedy=remedy)
