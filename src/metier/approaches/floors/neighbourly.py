"""Probabilities of labels from neighbours: how they vote, and how close the nearest row of each label lies.

Votes alone cannot be believed as probabilities: one neighbour is always sure, of a text in another language too. How
close the nearest row of each label lies says more; both are weighed, and a temperature fitted, on validation.

Legend: ``N`` texts, ``R`` training rows, ``K`` labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from metier.prompts import Calibration, fit

WEIGHTS = (0.3, 1.0, 3.0, 10.0)
"""Of closeness beside votes, which are tried; validation decides."""
FARTHEST = -1.0
"""Closeness of a label of whose rows none may be read: the lowest cosine."""


@dataclass(frozen=True, slots=True)
class Belief:
    """How much is believed of what the neighbours say.

    Attributes:
        weight: of closeness beside votes.
        calibration: of both together; one temperature.
    """

    weight: float
    calibration: Calibration

    @classmethod
    def fitted(cls, votes: Any, close: Any, targets: Sequence[int]) -> Belief:
        """The one with the lowest loss on validation.

        Args:
            votes: share of the neighbours that each label has, [N, K].
            close: cosine of each label's nearest row, [N, K].
            targets: place of the right label of each text, [N].
        """
        tried = [cls(w, fit(votes + w * close, np.array(targets), method="none")) for w in WEIGHTS]
        return min(tried, key=lambda one: one.calibration.validation_loss)

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Belief:
        """As :meth:`plain` gave it."""
        return cls(stored["weight"], Calibration(**stored["calibration"]))

    def plain(self) -> dict[str, Any]:
        """For a JSON file."""
        return {"weight": self.weight, "calibration": asdict(self.calibration)}

    def probabilities(self, votes: Any, close: Any) -> Any:
        """Of the labels, [N, K]."""
        return self.calibration.probabilities(votes + self.weight * close)


def closeness(similar: Any, targets: Sequence[str], labels: Sequence[str]) -> Any:
    """Cosine of the nearest row of each label, [N, K]; :data:`FARTHEST` where there is none.

    Args:
        similar: cosine of every training row, [N, R]; -inf where it may not be read.
        targets: label of each training row, [R].
        labels: all there are, [K].
    """
    found = np.full((len(similar), len(labels)), FARTHEST)
    place = np.array([labels.index(target) for target in targets])
    for k in np.unique(place):
        found[:, k] = np.maximum(similar[:, place == k].max(axis=1), FARTHEST)
    return found
