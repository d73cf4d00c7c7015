"""Personal data by form: found by patterns, believed by their check digits where there are any.

Names and places have no form (:mod:`metier.data.auditing.likely_personal` guesses them); a column called like one
(``first_name``) is known by its name.
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Callable, Iterable
from math import log2
from typing import NamedTuple

from metier.data.auditing.national_ids import PATTERN, is_national_id


class Personal(NamedTuple):
    """A place in a text that seems to hold personal data; ``end`` is the first character that does not belong."""

    kind: str
    start: int
    end: int


class _Kind(NamedTuple):
    """How a kind of data is written, and whether a candidate is one."""

    pattern: re.Pattern[str]
    holds: Callable[[str], bool]


def luhn(text: str) -> bool:
    """Whether the digits of a text pass the check of card numbers (ISO/IEC 7812).

    >>> luhn("4111 1111 1111 1111"), luhn("4111 1111 1111 1112")
    (True, False)
    """
    digits = [int(character) for character in reversed(text) if character.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return len(set(digits)) > 1 and (sum(digits[::2]) + sum(doubled)) % 10 == 0


def iban(text: str) -> bool:
    """Whether a text passes the check of account numbers (ISO 13616, remainder 1 by 97).

    >>> iban("DE89 3704 0044 0532 0130 00"), iban("DE88 3704 0044 0532 0130 00")
    (True, False)
    """
    plain = re.sub(r"\s", "", text).upper()
    if not 15 <= len(plain) <= 34:
        return False
    return int("".join(str(int(character, 36)) for character in plain[4:] + plain[:4])) % 97 == 1


def _address(text: str) -> bool:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (found.is_loopback or found.is_unspecified or found.is_multicast)


def _secret(text: str) -> bool:
    """Letters and digits mixed without a pattern: at least 3.5 bits a character (English words have about 2.8)."""
    body = text.rpartition("_")[2] if text[:3] in {"sk_", "pk_"} else text
    if not (any(map(str.isdigit, body)) and any(map(str.islower, body)) and any(map(str.isupper, body))):
        return bool(re.fullmatch(r"(?:ghp_|gho_|github_pat_|xox[abp]-|AKIA|hf_|sk-|AIza).+", text))
    counts = Counter(body)
    return -sum(count / len(body) * log2(count / len(body)) for count in counts.values()) >= 3.5


_PHONE = (
    r"(?<![\w.-])(?<!\d )(?:"
    r"(?:\+|00)[1-9]\d{0,2}[ ./-]?(?:\(?\d{1,5}\)?[ ./-]?){2,5}\d{2,}"
    r"|\(\d{3}\) ?\d{3}[ .-]\d{4}|\d{3}[.-]\d{3}[.-]\d{4}"
    r")(?![\w-])"
)
KINDS: dict[str, _Kind] = {
    "e-mail addresses": _Kind(re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w{2,}"), lambda text: True),
    "bank accounts (IBAN)": _Kind(re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"), iban),
    "card numbers": _Kind(re.compile(r"(?<![\w/-])(?<!\d[.,])(?:\d{4}[ -]?){3}\d{3,4}(?![\w/-])"), luhn),
    "national ids": _Kind(PATTERN, is_national_id),
    "telephone numbers": _Kind(re.compile(_PHONE), lambda text: 7 <= sum(map(str.isdigit, text)) <= 15),
    "network addresses": _Kind(re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)"), _address),
    "keys and tokens": _Kind(re.compile(r"(?<![\w/+.@-])[A-Za-z0-9_-]{20,}(?![\w/+@-])"), _secret),
}
"""Kinds of personal data, the more certain first: a place belongs to the first kind that it fits."""


_TELLING = re.compile(r"[\d@]")
"""A text without any of these is not looked through."""


def personal_places(text: str) -> list[Personal]:
    """Every place that seems to hold personal data, in order, none within another.

    >>> personal_places("write to ann@example.org")
    [Personal(kind='e-mail addresses', start=9, end=24)]
    """
    if not _TELLING.search(text):
        return []
    return apart(
        Personal(kind, *found.span())
        for kind, (pattern, holds) in KINDS.items()
        for found in pattern.finditer(text)
        if holds(found[0])
    )


def apart(places: Iterable[Personal]) -> list[Personal]:
    """Those of some places, in order, that lie in none of the earlier ones given.

    >>> apart([Personal("a", 5, 9), Personal("b", 8, 12), Personal("c", 0, 2)])
    [Personal(kind='c', start=0, end=2), Personal(kind='a', start=5, end=9)]
    """
    found: list[Personal] = []
    for place in places:
        if not any(place.start < other.end and other.start < place.end for other in found):
            found.append(place)
    return sorted(found, key=lambda place: place.start)


def personal_patterns(text: str) -> list[str]:
    """The kinds of personal data that a text seems to hold.

    >>> personal_patterns("write to ann@example.org")
    ['e-mail addresses']
    """
    found = {place.kind for place in personal_places(text)}
    return [kind for kind in KINDS if kind in found]
