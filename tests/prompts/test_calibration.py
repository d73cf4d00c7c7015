import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from metier.prompts import Calibration, fit

METHODS = ["none", "batch", "auto"]


def sample(count: int = 60, labels: int = 4, *, taste: float = 3.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Scores that know something, with a taste for the first label, and the right labels."""
    random = np.random.default_rng(seed)
    targets = random.integers(labels, size=count)
    scores = random.normal(size=(count, labels))
    scores[np.arange(count), targets] += 2
    scores[:, 0] += taste
    return scores, targets


def loss(probabilities: np.ndarray, targets: np.ndarray) -> float:
    return float(-np.log(probabilities[np.arange(len(targets)), targets]).mean())


def test_batch_calibration_is_the_papers_formula() -> None:
    """Zhou et al. 2023, equation 3: the score less its mean over the batch, here with two rows worked by hand."""
    scores = np.log(np.array([[0.8, 0.2], [0.6, 0.4]]))
    found = fit(scores, np.array([0, 1]), method="batch")
    means = (0.5 * np.log(0.8 * 0.6), 0.5 * np.log(0.2 * 0.4))
    assert found.bias == pytest.approx(means)
    corrected = found.probabilities(scores)
    assert corrected[0, 0] > 0.5 > corrected[1, 0]  # the taste for the first label is gone


def test_probabilities_are_the_documented_softmax() -> None:
    scores, targets = sample()
    found = fit(scores, targets, method="batch")
    expected = softmax((scores - np.array(found.bias)) / found.temperature, axis=1)
    assert np.allclose(found.probabilities(scores), expected)
    assert np.allclose(found.probabilities(scores).sum(axis=1), 1)


@pytest.mark.parametrize("method", METHODS)
def test_the_temperature_lowers_the_loss_and_the_loss_is_what_is_said(method: str) -> None:
    scores, targets = sample()
    scores *= 5  # far too sure
    found = fit(scores, targets, method=method)  # type: ignore[arg-type]
    assert found.validation_loss == pytest.approx(loss(found.probabilities(scores), targets))
    assert found.validation_loss < loss(softmax(scores - np.array(found.bias), axis=1), targets)
    assert found.temperature > 1


def test_the_temperature_is_the_best_one() -> None:
    scores, targets = sample()
    found = fit(scores, targets, method="none")
    grid = [loss(softmax(scores / t, axis=1), targets) for t in np.linspace(0.1, 10, 2000)]
    assert found.validation_loss <= min(grid) + 1e-5


def test_auto_takes_whichever_has_the_lower_loss() -> None:
    for taste in (0.0, 3.0):
        scores, targets = sample(taste=taste)
        both = {name: fit(scores, targets, method=name).validation_loss for name in ("none", "batch")}  # type: ignore[arg-type]
        assert fit(scores, targets).validation_loss == min(both.values())
    assert fit(*sample(taste=5.0)).method == "batch"


@pytest.mark.parametrize("method", METHODS)
def test_once_fitted_it_is_frozen_a_row_does_not_depend_on_the_others(method: str) -> None:
    scores, targets = sample()
    found = fit(scores, targets, method=method)  # type: ignore[arg-type]
    new = sample(seed=1)[0]
    alone = np.concatenate([found.probabilities(row[None]) for row in new])
    assert np.array_equal(found.probabilities(new), alone)
    assert np.array_equal(found.probabilities(new[::-1])[::-1], alone)


def test_the_identity_changes_nothing() -> None:
    scores = log_softmax(sample()[0], axis=1)
    assert np.allclose(Calibration.identity(4).probabilities(scores), np.exp(scores))
    assert fit(np.zeros((0, 3)), np.zeros(0)) == Calibration.identity(3)


def test_one_validation_row_and_extreme_scores_give_numbers() -> None:
    for scores in (np.array([[-1e4, 0.0]]), np.array([[0.0, 0.0]]), np.array([[-800.0, -801.0]])):
        found = fit(scores, np.array([0]))
        assert np.isfinite(found.probabilities(scores)).all()
        assert np.isfinite(found.validation_loss)


def test_no_rows_to_answer_give_no_probabilities() -> None:
    assert Calibration.identity(3).probabilities(np.zeros((0, 3))).shape == (0, 3)
