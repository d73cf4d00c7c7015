"""What is done about personal data: reported, masked, replaced by steady pseudonyms, or the row dropped.

A mask is the kind in brackets (``[e-mail]``). A pseudonym adds a short keyed hash (HMAC-SHA-256), so that the same
address is the same pseudonym in every row and every run with the same key, and nobody without the key can test a guess.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from sys import intern
from typing import NamedTuple

from metier.core import DataError, Problem, TaskKind
from metier.core.tasks import form_of
from metier.core.tasks.extract import spans_in, target_of
from metier.data.auditing.likely_personal import Guess
from metier.data.auditing.personal import Personal, apart, personal_places
from metier.data.settings import PersonalPolicy
from metier.data.understanding.entry import Entry
from metier.data.understanding.staged_entries import staged_entries

KEY = "METIER_PSEUDONYM_KEY"
"""Environment variable with the key of pseudonyms; at least 16 characters."""
_MARKS = {
    "e-mail addresses": "e-mail",
    "bank accounts (IBAN)": "account",
    "card numbers": "card",
    "national ids": "national id",
    "telephone numbers": "phone",
    "network addresses": "address",
    "keys and tokens": "key",
    "names (probably)": "name",
    "addresses (probably)": "street",
    "places (probably)": "place",
}


def protect(
    entries: Sequence[Entry], policy: PersonalPolicy, *, kind: TaskKind = "generate", guess: Guess | None = None
) -> tuple[Sequence[Entry], dict[int, str], list[str]]:
    """The entries with personal data treated, what was done to which (by index), and what there is to say.

    Args:
        entries: every input row.
        policy: ``report`` changes nothing; ``mask`` and ``pseudonym`` replace; ``drop`` only names the rows.
        kind: of the task; places that are marked in a text move with what is replaced before them.
        guess: finds names, addresses and places, which are treated too. None: what has a form of its own alone is.

    Raises:
        DataError: pseudonyms without a key of 16 characters.
    """
    if policy == "report":
        return entries, {}, []
    mark = _pseudonym() if policy == "pseudonym" else _mask
    find = _with_guesses(guess) if guess else personal_places
    changed = staged_entries()
    done: dict[int, str] = {}
    counts: Counter[str] = Counter()
    for index, entry in enumerate(entries):
        found = Counter[str]()

        def treated(text: str, found: Counter[str] = found) -> str:
            return _replaced(text, mark, found, find).text

        history = tuple(replace(turn, content=treated(turn.content)) for turn in entry.history)
        asked = _replaced(entry.input, mark, found, find)
        target = entry.target
        if not form_of(kind).numeric:  # a long number is no telephone number here
            target = _moved(entry.target, asked) if kind == "extract" else treated(entry.target)
        new = replace(entry, input=asked.text, target=target, history=history)
        fields = {name: treated(value) if isinstance(value, str) else value for name, value in entry.fields.items()}
        changed.append(replace(new, fields=fields) if found else entry)
        if found:
            done[index] = intern(", ".join(f"{number} {_MARKS[kind]}" for kind, number in sorted(found.items())))
            counts.update(found)
    verb = {"mask": "masked", "pseudonym": "replaced by pseudonyms", "drop": "in rows that are dropped"}[policy]
    places = ", ".join(f"{number:,} {kind}" for kind, number in counts.most_common())
    said = f"Personal data {verb}: {places or 'none was found'} ({len(done):,} rows)."
    return entries if policy == "drop" else changed, done, [said]


class _Replaced(NamedTuple):
    """A text after it was treated, and where: start and end before, and the length of what stands there now."""

    text: str
    edits: list[tuple[int, int, int]]


def _with_guesses(guess: Guess) -> Guess:
    """What is known by its form, and what is guessed beside it."""
    return lambda text: apart([*personal_places(text), *guess(text)])


def _replaced(
    text: str, mark: Callable[[Personal, str], str], found: Counter[str], find: Callable[[str], list[Personal]]
) -> _Replaced:
    parts: list[str] = []
    edits: list[tuple[int, int, int]] = []
    end = 0
    for place in find(text):
        put = mark(place, text[place.start : place.end])
        parts += [text[end : place.start], put]
        edits.append((place.start, place.end, len(put)))
        end = place.end
        found[place.kind] += 1
    return _Replaced("".join([*parts, text[end:]]), edits)


def _moved(target: str, asked: _Replaced) -> str:
    """Marked places in a text that was treated; one that begins or ends inside a mark takes in the whole mark."""
    if not target or not asked.edits:
        return target

    def place(position: int, *, end: bool) -> int:
        shift = 0
        for first, last, length in asked.edits:
            if last <= position:
                shift += length - (last - first)
            elif first < position:
                return first + shift + (length if end else 0)
        return position + shift

    moved = [
        span._replace(start=place(span.start, end=False), end=place(span.end, end=True)) for span in spans_in(target)
    ]
    return target_of(asked.text, moved)


def _mask(place: Personal, text: str) -> str:
    return f"[{_MARKS[place.kind]}]"


def _pseudonym() -> Callable[[Personal, str], str]:
    key = os.environ.get(KEY, "")
    if len(key) < 16:
        got = f"{KEY} has {len(key)} characters" if key else f"{KEY} is not set"
        raise DataError(
            [
                Problem(
                    where="the environment",
                    path="data.personal",
                    expected="a key of at least 16 characters for pseudonyms",
                    got=got,
                    remedy=f"set {KEY}, and keep it apart from the data; or use data.personal: mask",
                )
            ]
        )

    def mark(place: Personal, text: str) -> str:
        plain = "".join(text.lower().split())
        digest = hmac.new(key.encode(), plain.encode(), hashlib.sha256).hexdigest()[:8]
        return f"[{_MARKS[place.kind]} {digest}]"

    return mark
