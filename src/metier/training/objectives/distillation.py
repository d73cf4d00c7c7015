"""Cross-entropy on answers and closeness to a teacher's distribution at the same positions, mixed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from metier.training.batching.batches import Layout
from metier.training.computing.head_loss import head_loss
from metier.training.computing.log_probs import Answered, answer_positions, answer_states
from metier.training.paradigms.teacher import Teacher, divergence, taught_by
from metier.training.rows import Row


class Lesson(NamedTuple):
    """What is learnt from a teacher, and how much of it.

    Attributes:
        teacher: who is asked.
        hard: weight of the cross-entropy with the tokens that stand there.
        soft: weight of KL(teacher || model).
        temperature: logits of both are divided by it for the divergence.
        replayed_only: whether the divergence counts on replayed rows alone.
    """

    teacher: Teacher
    hard: float = 1.0
    soft: float = 0.0
    temperature: float = 1.0
    replayed_only: bool = False


def loss(
    module: Any,
    rows: Sequence[Row],
    *,
    pad: int,
    device: str,
    layout: Layout,
    lesson: Lesson | None = None,
) -> tuple[Any, float]:
    """Summed weighted loss of ``rows``, and the weights' sum. ``lesson`` is bound by who trains; None: no teacher."""
    import torch

    sequences = [Answered(row.ids, row.weights) for row in rows]
    taught = [_taught(row, lesson) for row in rows]
    places = [(s, position) for s, sequence in enumerate(sequences) for position in answer_positions(sequence)]
    weights = torch.tensor([rows[s].weights[position] for s, position in places], device=device)
    known = None
    if lesson is not None and any(taught):
        chosen = [sequence for sequence, wanted in zip(sequences, taught, strict=True) if wanted]
        known = taught_by(lesson.teacher, chosen, pad=pad, device=device, layout=layout)
    states, head = answer_states(module, sequences, pad=pad, device=device, layout=layout)
    total = torch.zeros((), device=device)
    hard = lesson.hard if lesson else 1.0
    if hard:
        wanted = torch.tensor([rows[s].ids[position] for s, position in places], device=device)
        total = total + hard * _cross_entropy(states, head, wanted, weights)
    if lesson is not None and known is not None:
        at = torch.tensor([i for i, (s, _) in enumerate(places) if taught[s]], device=device)
        apart = divergence(
            (states[at], head), known, weights[at], teacher=lesson.teacher, temperature=lesson.temperature
        )
        total = total + lesson.soft * apart
    return total, sum(row.weight for row in rows)


def _taught(row: Row, lesson: Lesson | None) -> bool:
    return lesson is not None and lesson.soft > 0 and (row.replayed or not lesson.replayed_only)


def _cross_entropy(states: Any, head: Any, wanted: Any, weights: Any) -> Any:
    import torch

    if head is not None:
        return head_loss(states, head, wanted, weights)
    return (torch.nn.functional.cross_entropy(states.float(), wanted, reduction="none") * weights).sum()
