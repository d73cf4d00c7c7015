"""Drawn answers, made likelier where their reward is above that of the prompt's others; the prompt is computed once.

A policy gradient's own value says nothing, so the value that is reported is minus the reward of each answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metier.training.batching.batches import Layout
from metier.training.computing.log_probs import Answered, token_log_probs
from metier.training.paradigms.reinforcement import Drawn, ReinforceSettings, answer_losses
from metier.training.rows import Row


def loss(
    module: Any,
    rows: Sequence[Row],
    *,
    pad: int,
    device: str,
    layout: Layout,
    settings: ReinforceSettings | None = None,
    budget: int = 1,
) -> tuple[Any, float]:
    """Minus the summed rewards of drawn answers, with the policy's gradient, and their number.

    ``settings`` and ``budget``, the most tokens of an answer, are bound by who trains. None: those of GRPO.
    """
    import torch

    settings = settings or ReinforceSettings()
    sequences = [Answered(row.ids, row.weights) for row in rows]
    now, owner = token_log_probs(
        module, sequences, pad=pad, device=device, layout=layout, temperature=settings.temperature
    )
    drawn = Drawn(now, _known([row.drawn for row in rows], now), _start(rows, settings, now), owner)
    advantage = torch.tensor([row.advantage for row in rows], device=device)
    value = answer_losses(settings, drawn, advantage, budget=budget).sum()
    return value - value.detach() - sum(row.reward for row in rows), float(len(rows))


def _known(values: Sequence[tuple[float, ...]], now: Any) -> Any:
    """Log-probabilities when drawn: those noted, or the present ones where the answers were drawn a moment ago."""
    import torch

    if not any(values):
        return now.detach()
    return torch.tensor([value for row in values for value in row], device=now.device)


def _start(rows: Sequence[Row], settings: ReinforceSettings, now: Any) -> Any:
    import torch

    if not settings.kl or settings.loss == "rloo":
        return None
    return torch.tensor([value for row in rows for value in row.start], device=now.device)
