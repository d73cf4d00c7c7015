"""Which texts count as new."""

import numpy as np

from metier.approaches.tuning.agreeing import Novelty

VECTORS = {"known": (1.0, 0.0), "near": (0.8, 0.6), "off": (0.0, 1.0), "off too": (0.0, 1.0)}


def novelty(band: tuple[float, float]) -> Novelty:
    return Novelty(["known"], band, lambda texts: np.array([VECTORS[text] for text in texts]))


def test_what_was_refused_as_off_the_subject_vouches_for_nothing() -> None:
    assert novelty((0.7, 1.0)).reasons(["off", "off too"]) == ["unlike", "unlike"]


def test_what_is_new_is_known_from_then_on() -> None:
    asked = novelty((0.5, 0.9))
    assert asked.reasons(["near", "near", "known"]) == ["", "too like", "too like"]
    assert asked.reasons(["off"]) == [""]  # 0.6 to the one that was let in, 0 to the first
