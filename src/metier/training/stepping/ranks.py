"""Several processes on one training: each computes some micro-batches of a step, the gradients are added up.

Started by ``torchrun`` (or ``accelerate launch``); with one process everything here does nothing. Because the loss of a
step is a sum over its micro-batches divided by the weight of the whole step, it does not matter which process computes
which: the result is that of one process, up to the order of sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

T = TypeVar("T")


class Ranks:
    """The processes of a training.

    Args:
        accelerator: accelerate's view of them.

    Attributes:
        first: whether this process writes checkpoints and speaks.
        alone: whether there are no others.
    """

    def __init__(self, accelerator: Any) -> None:
        self._rank, self._size = accelerator.process_index, accelerator.num_processes
        self._device = accelerator.device
        self.first = self._rank == 0
        self.alone = self._size == 1

    def mine(self, micro_batches: Sequence[T]) -> Sequence[T]:
        """The micro-batches that this process computes."""
        return micro_batches[self._rank :: self._size]

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
        if self._size == 1:
            return
        import torch

        for parameter in parameters:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
            torch.distributed.all_reduce(parameter.grad)
