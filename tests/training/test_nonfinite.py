"""A loss or gradient that is not a number stops the training before it reaches the weights, and names the example."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.training.tiny_training import Training

from metier.core import TrainingError
from metier.training import OBJECTIVES, Row
from metier.training.stepping.nonfinite import blame


def poisoned(ids: set[str], *, gradient: bool = False) -> Any:
    """The completion objective, whose loss (or only its gradient) is not a number for rows of these ids."""
    plain = OBJECTIVES.get("completion")

    def loss(module: Any, rows: Sequence[Row], **how: Any) -> Any:
        value, weight = plain(module, rows, **how)
        if ids & {row.id for row in rows}:
            value = value + (value - value).sqrt() * 0 if gradient else value * float("inf") * 0
        return value, weight

    return loss


def test_the_example_is_named(tiny_causal: Path, tmp_path: Path) -> None:
    training = Training(tiny_causal, tmp_path, objective=poisoned({"r6"}))
    with pytest.raises(TrainingError, match=r"The loss of step [123] is not a number because of example 'r6'"):
        training.go(tokens_per_micro_batch=4096)


def test_all_of_several_are_named(tiny_causal: Path, tmp_path: Path) -> None:
    training = Training(tiny_causal, tmp_path, objective=poisoned({"r6", "r1"}))
    with pytest.raises(TrainingError, match=r"2 examples: 'r[16]', 'r[16]' \(the 8 beside give numbers\)"):
        training.go(tokens_per_micro_batch=4096, batch_size=10)


def test_a_gradient_is_stopped_before_the_weights(tiny_causal: Path, tmp_path: Path) -> None:
    training = Training(tiny_causal, tmp_path, objective=poisoned({"r6"}, gradient=True))
    with pytest.raises(TrainingError, match=r"The gradient of step [123] is not a number because of example 'r6'"):
        training.go()
    assert all(bool(tensor.isfinite().all()) for tensor in training.weights.values())


def test_weights_that_have_left_the_numbers_are_told_from_bad_data() -> None:
    rows = [Row(id=f"r{i}", ids=(1,)) for i in range(3)]
    assert "for each of its 3 examples (the first is 'r0'): the weights" in blame(
        rows, lambda row: False, step=4, what="loss"
    )
    assert "though each of its examples alone gives one: 'r0', 'r1', 'r2'" in blame(
        rows, lambda row: True, step=4, what="loss"
    )
    assert "because of example 'r0'. Look" in blame(rows[:1], lambda row: False, step=4, what="loss")
