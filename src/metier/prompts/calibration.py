"""Calibration of label scores: corrects a model's taste for some labels, whatever the text.

Fitted on validation and then frozen, so that an answer never depends on what else is asked at the same time.

Legend: ``N`` rows, ``K`` labels, ``C`` texts that say nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

Method = Literal["auto", "none", "contextual", "batch", "affine"]
CONTENT_FREE = ("N/A", "", "[MASK]")
"""Texts that say nothing, for ``contextual`` (the three of Zhao et al. 2021)."""
FOLDS = 5
PENALTIES = (1.0, 10.0)  # of an affine map's departure from one temperature; validation chooses
_Fit = Callable[[Any, Any], "Calibration"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Turns log-probabilities of labels into probabilities: ``softmax((scale * scores - bias) / temperature)``.

    Scores are first normalised over the labels.

    Attributes:
        method: ``none``, ``contextual``, ``batch`` or ``affine``.
        bias: one number a label, in nats.
        temperature: above 1 makes answers less sure.
        validation_loss: mean negative log-probability of the right label on validation, in nats.
        scale: one number a label; empty: 1 for each.
    """

    method: str
    bias: tuple[float, ...]
    temperature: float
    validation_loss: float
    scale: tuple[float, ...] = ()

    @classmethod
    def identity(cls, num_labels: int) -> Calibration:
        """Nothing corrected: what stands before fitting, and where there is no validation."""
        return cls(method="none", bias=(0.0,) * num_labels, temperature=1.0, validation_loss=0.0)

    def log_probabilities(self, scores: Any) -> Any:
        """Logarithms of probabilities [N, K] from log-probabilities [N, K]."""
        scaled = _log_softmax(np.asarray(scores, dtype=float)) * (np.asarray(self.scale) if self.scale else 1.0)
        return _log_softmax((scaled - np.asarray(self.bias)) / self.temperature)

    def probabilities(self, scores: Any) -> Any:
        """Probabilities [N, K] from log-probabilities [N, K]."""
        return np.exp(self.log_probabilities(scores))

    def loss(self, scores: Any, targets: Any) -> float:
        """Mean negative log-probability of the right labels, in nats."""
        return float(-self.log_probabilities(scores)[np.arange(len(targets)), targets].mean())


def fit(scores: Any, targets: Any, *, method: Method = "auto", content_free: Any = None) -> Calibration:
    """Fit on validation.

    Args:
        scores: log-probabilities of the labels, [N, K].
        targets: index of the right label of each row, [N].
        method: ``contextual`` subtracts the scores of texts that say nothing (Zhao et al. 2021, arXiv 2102.09690);
            ``batch`` subtracts each label's mean normalised score over validation (Zhou et al. 2023, arXiv
            2309.17249); both fit one temperature (Guo et al. 2017, arXiv 1706.04599). ``affine`` learns a scale and a
            shift for each label from the right answers, held near one temperature by a penalty. ``none`` corrects
            nothing but the temperature. ``auto`` takes the one with the lowest cross-validated loss, the simplest
            where they are equal.
        content_free: log-probabilities [C, K] for :data:`CONTENT_FREE`. None: ``contextual`` is not tried.
    """
    scores, targets = np.asarray(scores, dtype=float), np.asarray(targets, dtype=int)
    if not len(targets):
        return Calibration.identity(scores.shape[1])
    ways: dict[str, list[_Fit]] = {"none": [lambda s, t: _shifted("none", np.zeros(s.shape[1]), s, t)]}
    if content_free is not None:
        taste = np.log(np.exp(_log_softmax(np.asarray(content_free, dtype=float))).mean(axis=0))
        ways["contextual"] = [lambda s, t: _shifted("contextual", taste, s, t)]
    ways["batch"] = [lambda s, t: _shifted("batch", _log_softmax(s).mean(axis=0), s, t)]
    ways["affine"] = [lambda s, t, penalty=penalty: _affine(s, t, penalty) for penalty in PENALTIES]
    tried = [way for name, some in ways.items() if method in ("auto", name) for way in some]
    if not tried:
        raise ValueError(f"{method} calibration needs the scores of texts that say nothing")
    best = min(tried, key=lambda way: _held_out_loss(way, scores, targets)) if len(tried) > 1 else tried[0]
    return best(scores, targets)


def _held_out_loss(way: _Fit, scores: Any, targets: Any) -> float:
    """Mean loss of rows by a fit on the other rows, in five folds (fewer where there are fewer rows)."""
    folds = min(FOLDS, len(targets))
    if folds < 2:
        return way(scores, targets).validation_loss
    fold = np.arange(len(targets)) % folds
    losses = [
        way(scores[fold != k], targets[fold != k]).loss(scores[fold == k], targets[fold == k]) * (fold == k).sum()
        for k in range(folds)
    ]
    return float(sum(losses) / len(targets))


def _shifted(method: str, bias: Any, scores: Any, targets: Any) -> Calibration:
    """One temperature after a shift of each label."""
    from scipy.optimize import minimize_scalar

    found = Calibration(method=method, bias=tuple(map(float, bias)), temperature=1.0, validation_loss=0.0)
    best: Any = minimize_scalar(
        lambda log: replace(found, temperature=float(np.exp(log))).loss(scores, targets),
        bounds=(-3.0, 4.0),
        method="bounded",
    )
    return replace(found, temperature=float(np.exp(best.x)), validation_loss=float(best.fun))


def _affine(scores: Any, targets: Any, penalty: float) -> Calibration:
    """A slope and a shift for each label: logistic regression that starts from, and is drawn to, one temperature.

    The slope turns around the label's mean score, so that its penalty means the same whatever the scores' level.
    """
    from scipy.optimize import minimize

    plain = _shifted("none", np.zeros(scores.shape[1]), scores, targets)
    logits = _log_softmax(scores) / plain.temperature  # [N, K]
    middle = logits.mean(axis=0)
    wanted = np.eye(scores.shape[1])[targets]

    def objective(parameters: Any) -> tuple[float, Any]:
        slope, shift = parameters.reshape(2, -1)
        logs = _log_softmax(logits + slope * (logits - middle) + shift)
        wrong = np.exp(logs) - wanted  # [N, K], gradient by the logits
        loss = -(logs * wanted).sum() + 0.5 * penalty * (parameters**2).sum()
        gradient = np.stack([(wrong * (logits - middle)).sum(axis=0), wrong.sum(axis=0)])
        return loss / len(targets), (gradient.ravel() + penalty * parameters) / len(targets)

    start = np.zeros(2 * scores.shape[1])
    slope, shift = minimize(objective, start, jac=True, method="L-BFGS-B").x.reshape(2, -1)
    found = Calibration(
        method="affine",
        scale=tuple(float(value) for value in (1 + slope) / plain.temperature),
        bias=tuple(float(value) for value in slope * middle - shift),
        temperature=1.0,
        validation_loss=0.0,
    )
    return replace(found, validation_loss=found.loss(scores, targets))


def _log_softmax(scores: Any) -> Any:
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
