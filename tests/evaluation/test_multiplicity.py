import pytest

from metier.evaluation import holm


def test_by_hand():
    # sorted: 0.005 * 4, 0.011 * 3, 0.02 * 2, 0.4 * 1
    assert holm([0.02, 0.005, 0.4, 0.011]) == pytest.approx([0.04, 0.02, 0.4, 0.033])


def test_never_below_the_one_before_and_never_above_one():
    # 0.01 * 3 = 0.03; 0.02 * 2 = 0.04; 0.021 * 1 = 0.021, raised to 0.04
    assert holm([0.021, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])
    assert holm([0.6, 0.7]) == [1.0, 1.0]


def test_one_is_left_as_it_is_and_none_is_fine():
    assert holm([0.03]) == [0.03]
    assert holm([]) == []
