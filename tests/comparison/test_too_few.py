"""How many test rows would tell what these leave open."""

from dataclasses import replace

import pytest

from metier.comparison.scoring.too_few import how_many_tell
from metier.evaluation import Comparison, Difference

BEST = Difference(value=0.0, low=0.0, high=0.0, p=1.0, p_holm=1.0, significant=False)
OPEN = Difference(value=-0.067, low=-0.137, high=0.037, p=0.1, p_holm=0.4, significant=False)


def compared(other: Difference, *, units: int = 30, grouped: bool = False) -> Comparison:
    return Comparison(
        primary="rouge_l",
        best="full",
        differences={"full": BEST, "nearest": other},
        disagreement=0.2,
        num_units=units,
        grouped=grouped,
        units_needed=6,
        resolvable_gap=0.2,
        optimism=0.0,
    )


def told(other: Difference, *, units: int = 30, grouped: bool = False) -> dict[str, str]:
    return {**how_many_tell(compared(other, units=units, grouped=grouped), unit="%", confidence=0.95)}


def test_the_number_of_rows_is_said() -> None:
    sentence = "full is 6.7 points better here; about 110 test rows in place of 30 would tell whether that is chance."
    assert told(OPEN) == {"nearest": sentence}
    assert "of about 110 groups in place of 30" in told(OPEN, grouped=True)["nearest"]


def test_an_interval_that_all_but_leaves_out_zero_asks_for_more_rows_all_the_same() -> None:
    assert "about 330 test rows in place of 300" in told(replace(OPEN, low=-0.08, high=-0.05), units=300)["nearest"]


@pytest.mark.parametrize(
    "other",
    [replace(OPEN, significant=True), replace(OPEN, value=0.0), replace(OPEN, value=-0.01)],
    ids=["told apart already", "alike", "thousands of rows"],
)
def test_nothing_is_said_where_nothing_is_open_or_nobody_would_collect_so_many(other: Difference) -> None:
    assert told(other) == {}
