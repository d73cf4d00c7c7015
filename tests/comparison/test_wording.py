"""Numbers in words: the edges between units, and what is missing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from metier.comparison import wording
from metier.core import Score


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ")


@pytest.mark.parametrize(("say", "value", "expected"), [
    (wording.milliseconds, 0, "< 0.01 ms"),
    (wording.milliseconds, 9.96, "10.0 ms"),
    (wording.milliseconds, 999.4, "999 ms"),
    (wording.milliseconds, 999.6, "1.0 s"),
    (wording.seconds, 0, "0.0 s"),
    (wording.seconds, 7260, "2 h 1 min"),
    (wording.megabytes, 0.00001, "1 kB"),
    (wording.megabytes, 999.6, "1.0 GB"),
    (wording.amount, 999.9, "1.0 k"),
    (wording.amount, 999_600, "1.0 M"),
    (wording.percent, 1, "100.0 %"),
    (wording.signed, -0.0004, "0.0"),
    (wording.p_value, 0.001, "p = 0.001"),
    (wording.p_value, 1, "p = 1.00"),
    (wording.money, 1234.5, "1,234.50"),
    (wording.moment, 1_773_480_000, "14 March 2026, 09:20 UTC"),
])  # fmt: skip
def test_said_as_people_write_it(say: Callable[[float], str], value: float, expected: str) -> None:
    assert plain(say(value)) == expected


@pytest.mark.parametrize("say", [
    wording.amount, wording.count, wording.megabytes, wording.milliseconds, wording.money, wording.moment,
    wording.percent, wording.points, wording.seconds, wording.signed, wording.span,
])  # fmt: skip
def test_missing_value_is_a_dash(say: Callable[[None], str]) -> None:
    assert say(None) == "–"


def test_units_never_part_from_their_number() -> None:
    said = [
        wording.milliseconds(8.4),
        wording.seconds(190),
        wording.megabytes(4),
        wording.points(0.02),
        wording.percent(0.5),
    ]
    assert not any(" " in text for text in said)
    assert " " not in wording.span(Score(value=0.5, low=0.4, high=0.6))
