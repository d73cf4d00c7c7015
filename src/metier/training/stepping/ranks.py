"""Several processes on one training: each computes some micro-batches of a step, the gradients are added up.

Each holds the whole model, or its part of it (``splitting.py``); then all compute equally often, for every forward pass
brings weights together.

Started by ``torchrun`` (or ``accelerate launch``); with one process everything here does nothing. Because the loss of a
step is a sum over its micro-batches divided by the weight of the whole step, it does not matter which process computes
which: the result is that of one process, up to the order of sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


class Ranks:
    """The processes of a training.

    Args:
        accelerator: accelerate's view of them.
        split: whether the model is to be split over them, where there are several.

    Attributes:
        first: whether this process writes checkpoints and speaks.
        alone: whether there are no others.
        split: whether each holds a part of the model.
    """

    def __init__(self, accelerator: Any, *, split: bool) -> None:
        self._rank, self._size = accelerator.process_index, accelerator.num_processes
        self._device = accelerator.device
        self.first = self._rank == 0
        self.alone = self._size == 1
        self.split = split and not self.alone

    def mine(self, micro_batches: Sequence[T]) -> Iterator[tuple[T, float]]:
        """The micro-batches that this process computes, and whether each counts (1) or keeps the others company (0)."""
        own = micro_batches[self._rank :: self._size]
        yield from ((micro, 1.0) for micro in own)
        if self.split and len(own) * self._size < len(micro_batches):
            yield micro_batches[0], 0.0

    def agree(self, wish: bool) -> bool:
        """Whether this process does what the first wishes: all do where all are needed for it, else the first alone."""
        return bool(self.add(float(self.first and wish))[0]) if self.split else self.first and wish

    def add(self, *numbers: float) -> tuple[float, ...]:
        """Each number added up over the processes."""
        if self._size == 1:
            return numbers
        import torch

        tensor = torch.tensor(numbers, dtype=torch.float64, device=self._device)
        torch.distributed.all_reduce(tensor)
        return tuple(tensor.tolist())

    def add_gradients(self, parameters: Sequence[Any]) -> None:
        """The gradients added up over the processes; a process that computed nothing adds 0."""
        if self._size == 1 or self.split:  # those of a split model come added up
            return
        import torch

        for parameter in parameters:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
            torch.distributed.all_reduce(parameter.grad)
