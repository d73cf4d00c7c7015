"""Calibration of label scores: corrects a model's taste for some labels, whatever the text.

Fitted on validation and then frozen, so that an answer never depends on what else is asked at the same time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Method = Literal["auto", "none", "batch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Turns log-probabilities of labels into probabilities: ``softmax((scores - bias) / temperature)``.

    Attributes:
        method: ``none`` or ``batch``.
        bias: one number a label, in nats.
        temperature: above 1 makes answers less sure.
        validation_loss: mean negative log-probability of the right label on validation, in nats.
    """

    method: str
    bias: tuple[float, ...]
    temperature: float
    validation_loss: float

    @classmethod
    def identity(cls, num_labels: int) -> Calibration:
        """Nothing corrected: what stands before fitting, and where there is no validation."""
        return cls(method="none", bias=(0.0,) * num_labels, temperature=1.0, validation_loss=0.0)

    def probabilities(self, scores: Any) -> Any:
        """Probabilities [N, K] from log-probabilities [N, K]."""
        return np.exp(_log_softmax((np.asarray(scores) - np.asarray(self.bias)) / self.temperature))


def fit(scores: Any, targets: Any, *, method: Method = "auto") -> Calibration:
    """Fit on validation.

    Args:
        scores: log-probabilities of the labels, [N, K].
        targets: index of the right label of each row, [N].
        method: ``batch`` subtracts each label's mean normalised score over validation (batch calibration, Zhou et al.
            2023, arXiv 2309.17249); ``none`` subtracts nothing; ``auto`` takes the one with the lower loss. All fit one
            temperature (Guo et al. 2017, arXiv 1706.04599).
    """
    scores, targets = np.asarray(scores, dtype=float), np.asarray(targets, dtype=int)
    num_labels = scores.shape[1]
    if not len(targets):
        return Calibration.identity(num_labels)
    biases = {"none": np.zeros(num_labels), "batch": _log_softmax(scores).mean(axis=0)}
    tried = [
        _with_temperature(name, bias, scores, targets) for name, bias in biases.items() if method in ("auto", name)
    ]
    return min(tried, key=lambda found: found.validation_loss)


def _with_temperature(method: str, bias: Any, scores: Any, targets: Any) -> Calibration:
    from scipy.optimize import minimize_scalar

    rows = np.arange(len(targets))

    def loss(log_temperature: float) -> float:
        return float(-_log_softmax((scores - bias) / np.exp(log_temperature))[rows, targets].mean())

    best: Any = minimize_scalar(loss, bounds=(-3.0, 4.0), method="bounded")
    return Calibration(
        method=method,
        bias=tuple(float(value) for value in bias),
        temperature=float(np.exp(best.x)),
        validation_loss=float(best.fun),
    )


def _log_softmax(scores: Any) -> Any:
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
