"""Another model's view of the same tokens, to be learnt from or to be kept near: its logits at trained positions.

Legend: ``K`` positions, ``V`` vocabulary, ``D`` hidden width.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from metier.training.batching import layouts
from metier.training.batching.batches import Layout
from metier.training.computing.log_probs import Answered, answer_states, chunks


class Teacher(Protocol):
    """A model that is asked and not trained."""

    @property
    def layout(self) -> Layout | None:
        """How its rows are laid out; None: as those of the trained model."""
        ...

    def opened(self) -> AbstractContextManager[Any]:
        """A context that gives the module, ready for forward passes without gradients."""
        ...


class Frozen:
    """A module of its own.

    Args:
        module: in evaluation mode, on its device; it is not changed.
        layout: how its rows are laid out.
    """

    def __init__(self, module: Any, layout: Layout) -> None:
        self.layout: Layout = layout
        self._module = module.eval().requires_grad_(False)

    @contextmanager
    def opened(self) -> Generator[Any]:
        """The module; attending over packed rows where its layout is one."""
        with layouts.laid_out(self._module, self.layout):
            yield self._module


def divergence(
    ours: tuple[Any, Any], theirs: tuple[Any, Any], weights: Any, *, teacher: Teacher, temperature: float = 1.0
) -> Any:
    """Weighted sum of KL(teacher || model) over positions, in nats times the temperature squared; with gradient.

    Soft targets at a temperature: Hinton et al. 2015, arXiv 1503.02531, whose factor keeps gradients of one size.

    Args:
        ours: hidden states [K, D] and head of the model; or its logits [K, V] and None.
        theirs: the same of the teacher, by :func:`taught_by`.
        weights: float32, [K].
        teacher: who taught.
        temperature: logits of both are divided by it.
    """
    from torch.utils.checkpoint import checkpoint

    (states, head), (wanted, their_head) = ours, theirs
    return sum(
        checkpoint(
            _chunk, (states[at], head), (wanted[at], their_head), weights[at], teacher, temperature, use_reentrant=False
        )
        for at in chunks(len(weights), states, head)
    )


def taught_by(
    teacher: Teacher, sequences: Sequence[Answered], *, pad: int, device: str, layout: Layout
) -> tuple[Any, Any]:
    """The teacher's hidden states [K, D] before each answer token, and its head; or its logits and None."""
    import torch

    with teacher.opened() as module, torch.no_grad():
        return answer_states(module, sequences, pad=pad, device=device, layout=teacher.layout or layout)


def _chunk(ours: tuple[Any, Any], theirs: tuple[Any, Any], weights: Any, teacher: Teacher, temperature: float) -> Any:
    import torch

    with teacher.opened(), torch.no_grad():  # a head that is trained must be the teacher's own for this
        wanted = _logits(theirs)
    logits = _logits(ours)
    width = min(logits.shape[-1], wanted.shape[-1])  # some models pad their vocabulary
    found = (logits[:, :width].float() / temperature).log_softmax(-1)
    right = (wanted[:, :width].float() / temperature).log_softmax(-1)
    return ((right.exp() * (right - found)).sum(-1) * weights).sum() * temperature**2


def _logits(found: tuple[Any, Any]) -> Any:
    states, head = found
    return states if head is None else head(states)
