"""What a method may do beside the gradient steps: rates of its own, a penalty, a decision after each step."""

from __future__ import annotations

from typing import Any


class Course:
    """The plain course, which does nothing; a method with more to do overrides what it needs.

    Whatever it must remember from step to step belongs into ``optimizer.state``, which checkpoints keep.
    """

    def rate(self, name: str) -> float:
        """The learning rate of a parameter, as a multiple of the training's."""
        return 1.0

    def add_gradients(self, module: Any) -> None:
        """The gradients of a step are summed: add those of a penalty."""

    def after_step(self, module: Any, optimizer: Any, *, step: int, total: int) -> None:
        """Step ``step`` (from 1) of ``total`` is done, and its gradients are still there."""
