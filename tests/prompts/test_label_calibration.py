from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from metier.prompts import Calibration, fit
from metier.prompts.calibration import PENALTIES

METHODS = ["none", "batch", "affine", "auto"]


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
    cold = replace(found, temperature=1.0, scale=())
    assert found.validation_loss < loss(cold.probabilities(scores), targets)
    assert found.temperature > 1 or found.method == "affine"  # whose scales do the same


def test_the_temperature_is_the_best_one() -> None:
    scores, targets = sample()
    found = fit(scores, targets, method="none")
    grid = [loss(softmax(scores / t, axis=1), targets) for t in np.linspace(0.1, 10, 2000)]
    assert found.validation_loss <= min(grid) + 1e-5


def test_contextual_calibration_is_the_papers_formula() -> None:
    """Zhao et al. 2021: what a text that says nothing gets becomes the uniform answer."""
    nothing = np.log(np.array([[0.7, 0.2, 0.1], [0.5, 0.4, 0.1]]))
    scores = np.log(np.array([[0.6, 0.3, 0.1], [0.2, 0.2, 0.6]]))
    found = replace(fit(scores, np.array([1, 2]), method="contextual", content_free=nothing), temperature=1.0)
    weighed = np.exp(scores) / np.exp(nothing).mean(axis=0)
    assert np.allclose(found.probabilities(scores), weighed / weighed.sum(axis=1, keepdims=True))


def test_contextual_calibration_cannot_do_without_the_texts_that_say_nothing() -> None:
    with pytest.raises(ValueError, match="texts that say nothing"):
        fit(*sample(), method="contextual")


def test_an_affine_map_learns_what_a_shift_cannot() -> None:
    """Scores of one label that are ten times too weak: no shift and no common temperature mends that."""
    scores, targets = sample(400, taste=0.0)
    scores = log_softmax(2 * scores, axis=1)
    scores[:, 1] *= 0.1
    found = {name: fit(scores, targets, method=name) for name in ("none", "batch", "affine")}  # type: ignore[arg-type]
    new, right = sample(400, taste=0.0, seed=1)
    new = log_softmax(2 * new, axis=1)
    new[:, 1] *= 0.1
    held_out = {name: one.loss(new, right) for name, one in found.items()}
    assert held_out["affine"] < 0.9 * min(held_out["none"], held_out["batch"])
    assert fit(scores, targets).method == "affine"


def test_the_affine_fit_is_a_minimum_of_its_penalised_loss() -> None:
    """Against a plain numerical optimiser that knows no gradient, on the formula written out."""
    scores, targets = sample(40, 3)
    plain, found = fit(scores, targets, method="none"), fit(scores, targets, method="affine")
    logits = log_softmax(scores, axis=1) / plain.temperature

    def penalised(parameters: np.ndarray, penalty: float) -> float:
        slope, shift = parameters.reshape(2, -1)
        logs = log_softmax(logits + slope * (logits - logits.mean(axis=0)) + shift, axis=1)
        return float(-logs[np.arange(40), targets].sum() + penalty / 2 * (parameters**2).sum())

    slope = np.array(found.scale) * plain.temperature - 1
    at = np.concatenate([slope, slope * logits.mean(axis=0) - np.array(found.bias)])
    best = [minimize(penalised, np.zeros(6), args=(penalty,)).fun for penalty in PENALTIES]
    assert min(abs(penalised(at, p) - value) for p, value in zip(PENALTIES, best, strict=True)) < 1e-3


def test_auto_takes_what_does_best_on_rows_that_it_was_not_fitted_on() -> None:
    scores, targets = sample(200, taste=5.0)
    shifted = fit(scores, targets, method="batch")
    assert fit(scores, targets).validation_loss <= shifted.validation_loss + 0.02
    assert fit(scores, targets).method in ("batch", "affine")
    scores, targets = sample(12, 6, taste=0.0)  # twelve parameters for twelve rows
    assert fit(scores, targets).method != "affine"


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
