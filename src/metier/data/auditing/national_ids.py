"""Numbers that states give to persons, believed by their check digits: seven countries.

United States (social security, by its form and the numbers that are never given), China (resident identity, ISO 7064
MOD 11-2), Germany (tax identification, ISO 7064 MOD 11,10), France (social security, modulo 97), Italy (codice
fiscale), Spain (DNI and NIE, modulo 23), United Kingdom (national insurance, by its form).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

PATTERN = re.compile(
    r"(?<![A-Za-z0-9_.-])(?:"
    r"\d{3}-\d{2}-\d{4}"
    r"|\d{17}[\dXx]"
    r"|[1-9]\d{10}"
    r"|[12] ?\d{2} ?\d{2} ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}"
    r"|[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]"
    r"|\d{8}-?[A-Z]|[XYZ]-?\d{7}-?[A-Z]"
    r"|[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]"
    r")(?![A-Za-z0-9_-])"
)
_FISCAL_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
"""What letters (and, by their first ten, digits) count for at odd places of a codice fiscale."""


def is_national_id(text: str) -> bool:
    """Whether a text of the form of :data:`PATTERN` is such a number.

    >>> is_national_id("078-05-1120"), is_national_id("666-05-1120")
    (True, False)
    >>> is_national_id("11010519491231002X"), is_national_id("110105194912310021")
    (True, False)
    >>> is_national_id("86095742719"), is_national_id("86095742718")
    (True, False)
    >>> is_national_id("2 55 08 14 168 025 38"), is_national_id("RSSMRA85T10A562S"), is_national_id("12345678Z")
    (True, True, True)
    """
    plain = re.sub(r"[ -]", "", text).upper()
    return any(re.fullmatch(form, text) and holds(plain) for form, holds in _FORMS)


def _social_security(plain: str) -> bool:
    area = plain[:3]
    return area not in ("000", "666") and area < "900" and plain[3:5] != "00" and plain[5:] != "0000"


def _resident(plain: str) -> bool:
    year, month, day = int(plain[6:10]), int(plain[10:12]), int(plain[12:14])
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(plain[:17]))
    return 1900 <= year < 2100 and 1 <= month <= 12 and 1 <= day <= 31 and "10X98765432"[total % 11] == plain[17]


def _tax(plain: str) -> bool:
    counts = sorted(Counter(plain[:10]).values())
    if counts[-1] not in (2, 3) or (len(counts) > 1 and counts[-2] > 1):
        return False
    product = 10
    for digit in plain[:10]:
        total = (int(digit) + product) % 10 or 10
        product = 2 * total % 11
    return (11 - product) % 10 == int(plain[10])


def _french(plain: str) -> bool:
    number = plain[:13].replace("2A", "19").replace("2B", "18") if plain[5:7] in ("2A", "2B") else plain[:13]
    month = int(plain[3:5]) if plain[3:5].isdigit() else 0
    return number.isdigit() and (1 <= month <= 12 or month >= 20) and 97 - int(number) % 97 == int(plain[13:])


def _fiscal(plain: str) -> bool:
    total = 0
    for place, character in enumerate(plain[:15]):
        value = int(character) if character.isdigit() else ord(character) - ord("A")
        total += _FISCAL_ODD[value] if place % 2 == 0 else value
    return ord("A") + total % 26 == ord(plain[15])


def _spanish(plain: str) -> bool:
    number = {"X": "0", "Y": "1", "Z": "2"}.get(plain[0], plain[0]) + plain[1:-1]
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == plain[-1]


def _insurance(plain: str) -> bool:
    never = plain[:2] in {"BG", "GB", "NK", "KN", "TN", "NT", "ZZ"}
    return not never and plain[0] not in "DFIQUV" and plain[1] not in "DFIOQUV"


_FORMS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    (r"\d{3}-\d{2}-\d{4}", _social_security),
    (r"\d{17}[\dXx]", _resident),
    (r"[1-9]\d{10}", _tax),
    (r"[12] ?\d{2} ?\d{2} ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}", _french),
    (r"[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]", _fiscal),
    (r"\d{8}-?[A-Z]|[XYZ]-?\d{7}-?[A-Z]", _spanish),
    (r"[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]", _insurance),
)
