"""Numbers as targets: their spelling, their bins, and what is read of a model's answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metier.core.tasks import form_of
from metier.core.tasks.regress import LARGEST, bins, number_of, number_text
from metier.models import Grammar

FORM = form_of("regress")


@given(st.floats(-LARGEST, LARGEST))
def test_a_number_is_read_as_it_was_written(value: float):
    assert number_of(number_text(value)) == value
    assert "e" not in number_text(value)


@pytest.mark.parametrize("text", ["", "nan", "inf", "1e400", "1_000", "٣", "1,5", "0x10", "1e16", "three"])
def test_what_is_no_number_is_none(text: str):
    assert number_of(text) is None


@pytest.mark.parametrize(
    ("answer", "target", "whole"),
    [
        ("4", "4", True),
        (" -4.50\n", "-4.5", True),
        ("$1,234.50", "1234.5", True),
        ("95 %", "95", True),
        ("**3.**", "3", True),
        ("Rating: 4", "4", False),
        ("4 stars, yes 4", "4", False),
        ("4 out of 5", "", False),
        ("12,34", "", False),
        ("four", "", False),
        ("-", "", False),
        ("9" * 20, "", False),
    ],
)
def test_answers_are_read(answer: str, target: str, whole: bool):
    assert FORM.read(answer, "", ()) == (target, whole)


def test_a_model_that_writes_is_held_to_numbers():
    assert FORM.lark is not None
    grammar = Grammar.lark(FORM.lark((), "any text"))
    assert grammar.trouble() == ""
    assert all(map(grammar.matches, ["0", "-3.5", "12", "0.000001", "999999999999"]))
    assert not any(map(grammar.matches, ["", "-", "03", ".5", "3.", "1e3", "1,000", "four", "9" * 13, "0.1234567"]))


def test_bins_hold_about_as_many_targets_each():
    found = bins([str(n * n) for n in range(100)])
    assert sorted(map(found.count, set(found))) == [10] * 10
    assert found == sorted(found, key=int)
    assert len({*bins(["1"] * 95 + ["2"] * 5)}) == 2  # equal numbers are never parted
    assert bins(["3", "1", "2"]) == ["0"] * 3  # too few to tell apart
    assert bins(["x", *"12345"])[0] == ""


def test_programs_get_a_number_and_people_its_text():
    assert FORM.value("3.5") == 3.5
    assert FORM.value("") is None
    assert FORM.shown("3.5") == "3.5"
