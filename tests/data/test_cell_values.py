import math
from datetime import date
from decimal import Decimal

import pytest

from metier.data.values import flatten, is_blank, normalise, shorten, text_of


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (None, ""),
        (math.nan, ""),
        (True, "true"),
        (3, "3"),
        (3.0, "3"),
        (0.25, "0.25"),
        (1e300, "1e+300"),
        (math.inf, "inf"),
        ("café".encode(), "café"),
        (Decimal("1.50"), "1.50"),
        (date(2026, 1, 5), "2026-01-05"),
        ("\ud83d\ude00", "😀"),
        ("\ud800 half", "\ufffd half"),
    ],
)
def test_any_cell_becomes_text_that_utf8_can_hold(value, text):
    assert text_of(value) == text
    text_of(value).encode()


def test_blank_is_what_shows_nothing():
    assert all(map(is_blank, ["", " \t\n\xa0", "\u200b\ufeff"]))
    assert not any(map(is_blank, ["0", "."]))


def test_normalising_joins_what_a_person_calls_the_same():
    assert normalise("Straße  ①") == normalise("STRASSE 1")
    assert normalise("ﬁne") == normalise("Fine")
    assert normalise("cafe\u0301") == normalise("CAFÉ")
    assert normalise("a b") != normalise("ab")


def test_normalising_twice_changes_nothing():
    for text in ["ΐ ŉ ẞ", "İstanbul", "ｆｕｌｌ　width", "ͅ α"]:
        assert normalise(normalise(text)) == normalise(text)


def test_objects_become_dotted_columns_down_to_a_depth():
    deep = {"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}
    assert flatten(deep) == {"a.b.c.d.e": {"f": 1}}
    assert flatten({"a": {}, "b": [{"c": 1}]}) == {"a": {}, "b": [{"c": 1}]}


def test_shortening_keeps_to_one_line_and_the_limit():
    assert shorten("a\nb") == "a b"
    assert len(shorten("x" * 500)) == 60
    assert len(shorten("x " * 500, limit=20)) <= 20
