"""The model at the start of a training, without a second copy of it: only what is trained is kept."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from metier.training.batching.batches import Layout
from metier.training.course import Course


class Start:
    """The values that the trained parameters had before training.

    Make it before checkpoints are loaded, on the module that will be trained.

    Args:
        module: what requires gradients in it is kept: an adapter's numbers, or with ``method: full`` a whole copy.
    """

    layout: Layout | None = None
    """As the trained model: it is that model."""

    def __init__(self, module: Any) -> None:
        self._module = module
        self._values = {p: p.detach().clone() for p in module.parameters() if p.requires_grad}

    def of(self, parameter: Any) -> Any:
        """The value that ``parameter`` had, on its present device."""
        if self._values[parameter].device != parameter.device:
            self._values[parameter] = self._values[parameter].to(parameter.device)
        return self._values[parameter]

    @contextmanager
    def opened(self) -> Generator[Any]:
        """Within it, the module is as it was at the start, and evaluates; for forward passes without gradients."""
        training, now = self._module.training, {p: p.data for p in self._values}
        self._module.eval()
        try:
            for parameter in self._values:
                parameter.data = self.of(parameter)  # a pointer, not a copy
            yield self._module
        finally:
            for parameter, values in now.items():
                parameter.data = values
            self._module.train(training)


class Anchored(Course):
    """A method's course with a pull back to the start: ``strength / 2`` times the squared distance (L2-SP).

    Li et al. 2018, arXiv 1802.01483. What the base did not have, such as a new head, is not pulled.

    Args:
        inner: the method's own course.
        start: the values to stay near.
        strength: of the pull.
        new: names of modules that the base did not have.
    """

    def __init__(self, inner: Course, start: Start, strength: float, *, new: tuple[str, ...] = ()) -> None:
        self._inner, self._start, self._strength, self._new = inner, start, strength, new

    def rate(self, name: str) -> float:
        """The method's own."""
        return self._inner.rate(name)

    def add_gradients(self, module: Any) -> None:
        """The gradient of the pull, on top of the method's own."""
        self._inner.add_gradients(module)
        for name, parameter in module.named_parameters():
            if parameter.grad is not None and not any(f".{part}." in f".{name}" for part in self._new):
                parameter.grad.add_(parameter.detach() - self._start.of(parameter), alpha=self._strength)

    def after_step(self, module: Any, optimizer: Any, *, step: int, total: int) -> None:
        """The method's own."""
        self._inner.after_step(module, optimizer, step=step, total=total)
