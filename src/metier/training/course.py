"""What a method may do beside the gradient steps: rates of its own, a penalty, a decision after each step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Course:
    """The plain course, which does nothing; a method with more to do overrides what it needs.

    Whatever it must remember from step to step belongs into ``optimizer.state``, which checkpoints keep.
    """

    @property
    def plain(self) -> bool:
        """Whether it leaves gradients and weights alone, and may change rates only."""
        own = type(self)
        return own.add_gradients is Course.add_gradients and own.after_step is Course.after_step

    def rate(self, name: str) -> float:
        """The learning rate of a parameter, as a multiple of the training's."""
        return 1.0

    def add_gradients(self, module: Any) -> None:
        """The gradients of a step are summed: add those of a penalty."""

    def after_step(self, module: Any, optimizer: Any, *, step: int, total: int) -> None:
        """Step ``step`` (from 1) of ``total`` is done, and its gradients are still there."""


class HeadRate(Course):
    """A method's course in which an encoder's head learns at a rate of its own.

    Args:
        inner: the method's own course.
        factor: the head's rate, as a multiple of the training's.
        in_head: whether a parameter of that name belongs to the head.
    """

    def __init__(self, inner: Course, factor: float, in_head: Callable[[str], bool]) -> None:
        self._inner, self._factor, self._in_head = inner, factor, in_head

    @property
    def plain(self) -> bool:
        """The method's own."""
        return self._inner.plain

    def rate(self, name: str) -> float:
        """The head's rate, or else the method's own."""
        return self._factor if self._in_head(name) else self._inner.rate(name)

    def add_gradients(self, module: Any) -> None:
        """The method's own."""
        self._inner.add_gradients(module)

    def after_step(self, module: Any, optimizer: Any, *, step: int, total: int) -> None:
        """The method's own."""
        self._inner.after_step(module, optimizer, step=step, total=total)
