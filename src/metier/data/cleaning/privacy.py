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

from metier.core import DataError, Problem
from metier.data.auditing.personal import Personal, personal_places
from metier.data.settings import PersonalPolicy
from metier.data.understanding.entries import Entry

KEY = "METIER_PSEUDONYM_KEY"
"""Environment variable with the key of pseudonyms; at least 16 characters."""
_MARKS = {
    "e-mail addresses": "e-mail",
    "bank accounts (IBAN)": "account",
    "card numbers": "card",
    "telephone numbers": "phone",
    "network addresses": "address",
    "keys and tokens": "key",
}


def protect(entries: Sequence[Entry], policy: PersonalPolicy) -> tuple[tuple[Entry, ...], dict[int, str], list[str]]:
    """The entries with personal data treated, what was done to which (by index), and what there is to say.

    Args:
        entries: every input row.
        policy: ``report`` changes nothing; ``mask`` and ``pseudonym`` replace; ``drop`` only names the rows.

    Raises:
        DataError: pseudonyms without a key of 16 characters.
    """
    if policy == "report":
        return tuple(entries), {}, []
    mark = _pseudonym() if policy == "pseudonym" else _mask
    changed: list[Entry] = []
    done: dict[int, str] = {}
    counts: Counter[str] = Counter()
    for index, entry in enumerate(entries):
        found = Counter[str]()

        def treated(text: str, found: Counter[str] = found) -> str:
            return _replaced(text, mark, found)

        history = tuple(replace(turn, content=treated(turn.content)) for turn in entry.history)
        new = replace(entry, input=treated(entry.input), target=treated(entry.target), history=history)
        fields = {name: treated(value) if isinstance(value, str) else value for name, value in entry.fields.items()}
        changed.append(replace(new, fields=fields) if found else entry)
        if found:
            done[index] = ", ".join(f"{number} {_MARKS[kind]}" for kind, number in sorted(found.items()))
            counts.update(found)
    kept = tuple(entries) if policy == "drop" else tuple(changed)
    verb = {"mask": "masked", "pseudonym": "replaced by pseudonyms", "drop": "in rows that are dropped"}[policy]
    places = ", ".join(f"{number:,} {kind}" for kind, number in counts.most_common())
    return kept, done, [f"Personal data {verb}: {places or 'none was found'} ({len(done):,} rows)."]


def _replaced(text: str, mark: Callable[[Personal, str], str], found: Counter[str]) -> str:
    parts: list[str] = []
    end = 0
    for place in personal_places(text):
        parts += [text[end : place.start], mark(place, text[place.start : place.end])]
        end = place.end
        found[place.kind] += 1
    return "".join([*parts, text[end:]])


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
