"""Probabilities from neighbours: closeness counts beside votes, the nearest row's label stays the answer of one."""

import numpy as np
import pytest

from metier.approaches.floors.neighbourly import FARTHEST, Belief, closeness

LABELS = ("invoice", "refund", "travel")


def test_closeness_is_that_of_each_labels_nearest_row_that_may_be_read() -> None:
    similar = np.array([[0.2, 0.9, 0.5], [-np.inf, 0.1, -np.inf]])
    found = closeness(similar, ["invoice", "refund", "invoice"], LABELS)
    assert found.tolist() == [[0.5, 0.9, FARTHEST], [FARTHEST, 0.1, FARTHEST]]


@pytest.fixture(scope="module")
def drawn() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Closeness of three labels, the votes of one neighbour, and labels drawn with softmax(8 closeness)."""
    rng = np.random.default_rng(3)
    close = rng.uniform(0, 1, (3000, 3))
    shares = np.exp(8 * close)
    shares /= shares.sum(axis=1, keepdims=True)
    targets = np.array([rng.choice(3, p=row) for row in shares])
    return close, np.eye(3)[close.argmax(axis=1)], targets


def test_one_neighbours_label_is_the_answer_whatever_was_fitted(
    drawn: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    close, votes, targets = drawn
    belief = Belief.fitted(votes, close, targets.tolist())
    assert (belief.probabilities(votes, close).argmax(axis=1) == close.argmax(axis=1)).all()


def test_what_is_believed_comes_true_and_less_so_far_from_every_row(
    drawn: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    close, votes, targets = drawn
    belief = Belief.fitted(votes[:1500], close[:1500], targets[:1500].tolist())
    shares = belief.probabilities(votes[1500:], close[1500:])
    right = shares.argmax(axis=1) == targets[1500:]
    assert shares.max(axis=1).mean() == pytest.approx(right.mean(), abs=0.03)
    sure = shares.max(axis=1) > np.median(shares.max(axis=1))
    assert right[sure].mean() > right[~sure].mean() + 0.15
    near, between = (belief.probabilities(np.eye(3)[:1], np.array([row])).max() for row in ([0.9, 0, 0], [0.3] * 3))
    assert near > between


def test_without_validation_labels_keep_their_order() -> None:
    votes, close = np.array([[0.0, 1.0, 0.0]]), np.array([[0.3, 0.8, 0.1]])
    shares = Belief.fitted(votes[:0], close[:0], []).probabilities(votes, close)[0]
    assert shares.sum() == pytest.approx(1)
    assert shares.argsort().tolist() == [2, 0, 1]


def test_it_is_read_as_it_was_written(drawn: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    close, votes, targets = drawn
    belief = Belief.fitted(votes[:50], close[:50], targets[:50].tolist())
    assert Belief.read(belief.plain()) == belief
