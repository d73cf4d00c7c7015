"""Columns that look personal: found by their name or by the pattern of their values. A hint, not a guarantee."""

from __future__ import annotations

import re

_CARD = re.compile(r"(?<![\w/-])(?:\d{4}[ -]?){3}\d{4}(?![\w/-])")
_PATTERNS = {
    "e-mail addresses": re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]{2,}"),
    "telephone numbers": re.compile(
        r"(?<![\w.-])(?<!\d )(?:\+|00)[1-9]\d{0,2}[ ./-]?(?:\(?\d{1,5}\)?[ ./-]?){2,5}\d{2,}\b"
    ),
    "bank accounts (IBAN)": re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b"),
    "card numbers": _CARD,
}
_NAMES = {
    "email",
    "e_mail",
    "mail_address",
    "phone",
    "telephone",
    "mobile",
    "first_name",
    "last_name",
    "firstname",
    "lastname",
    "surname",
    "full_name",
    "customer_name",
    "patient_name",
    "address",
    "street",
    "birthday",
    "birthdate",
    "date_of_birth",
    "dob",
    "ssn",
    "iban",
    "passport",
}


def personal_patterns(text: str) -> list[str]:
    """The kinds of personal data that a text seems to hold.

    >>> personal_patterns("write to ann@example.org")
    ['e-mail addresses']
    """
    if not any(character.isdigit() or character == "@" for character in text):
        return []
    return [kind for kind, pattern in _PATTERNS.items() if (found := pattern.search(text)) and _holds(pattern, found)]


def _holds(pattern: re.Pattern[str], found: re.Match[str]) -> bool:
    """Card numbers must pass the check of their last digit (Luhn); other patterns are enough by themselves."""
    if pattern is not _CARD:
        return True
    digits = [int(character) for character in reversed(found[0]) if character.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def is_personal_name(column: str) -> bool:
    """Whether a column's name says that its values are personal.

    >>> is_personal_name("Customer e-mail"), is_personal_name("message")
    (True, False)
    """
    name = re.sub(r"\W+", "_", column.rpartition(".")[2].strip().lower())
    return any(name == known or name.endswith("_" + known) for known in _NAMES)
