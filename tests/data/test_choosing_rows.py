"""Which rows are worth labelling: exact values of each measure."""

import numpy as np
import pytest

from metier.data.labelling import disagreement, farthest_first, ranked, uncertainty


def test_a_small_margin_is_doubt() -> None:
    shares = [[0.5, 0.5, 0.0], [0.1, 0.8, 0.1], [0.0, 1.0, 0.0]]
    assert uncertainty(shares).tolist() == pytest.approx([1.0, 0.3, 0.0])
    assert uncertainty([[1.0]]).tolist() == [0.0]


def test_votes_that_differ_are_disagreement() -> None:
    votes = [["a", "a", "a"], ["a", "b", "a"], ["a", "c", "b"]]
    same, differing, split = disagreement(votes, labels=True)
    assert same == pytest.approx(0)
    assert differing == pytest.approx(1)
    assert split == pytest.approx((2 / 3 * np.log(3 / 2) + 1 / 3 * np.log(3)) / np.log(3))


def test_texts_disagree_by_how_unlike_they_are() -> None:
    alike, unlike = disagreement([["the card was lost", "yes"], ["the card was lost", "no"]], labels=False)
    assert alike == 0
    assert unlike == 1
    (near,) = disagreement([["the card was lost"], ["the card was lost."]], labels=False)
    assert 0 < near < 0.1


def test_the_farthest_row_comes_first_and_no_row_twice() -> None:
    known = [[1.0, 0.0]]
    vectors = [[1.0, 0.0], [0.6, 0.8], [-1.0, 0.0], [-0.96, 0.28]]
    assert farthest_first(vectors, known, count=3) == [2, 1, 3]
    assert sorted(farthest_first(vectors, known, count=10)) == [0, 1, 2, 3]
    assert farthest_first(vectors, np.zeros((0, 2)), count=2)[0] in (0, 1, 2, 3)


def test_measures_are_joined_by_rank_and_equal_rows_share_one() -> None:
    assert ranked([0.1, 0.9, 0.5], [1, 3, 2]).tolist() == [0.0, 1.0, 0.5]
    assert ranked([1, 1, 1]).tolist() == [0.5, 0.5, 0.5]
