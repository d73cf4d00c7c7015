"""AdaLoRA: LoRA as singular triplets, whose number goes where it matters (Zhang et al. 2023, arXiv 2303.10512).

``W x + (alpha / r) P (e * (Q x))``. Every layer starts with half as many triplets again as ``rank``; the least
important ones are switched off while training goes on, until ``rank`` are left on average over all layers. Rates:
1e-3, in the middle of the paper's for GLUE (5e-4 to 2.2e-3), for encoders 5e-3, which took MiniLM on 120 sentences with
entities from span F1 0.15 to 0.52; rank 8 from 12, orthogonality 0.1 and smoothing 0.85 are
the paper's too, as are, as shares of the training, the times at which pruning begins and ends for the shorter tasks.
"""

from __future__ import annotations

import math
from typing import Any

from metier.models import Profile
from metier.training.adapting.adapters import adapted, check_low_rank, head_of, targets_of, task_type
from metier.training.course import Course
from metier.training.method import Defaults, Method
from metier.training.settings import WeightsSettings, decided

ORTHOGONALITY = 0.1
"""Weight of the penalty on P and Q that are not orthogonal."""
SMOOTHING = 0.85
"""Both moving averages of importance."""
BEGIN, END = 0.1, 0.6
"""Shares of the training between which the budget falls."""
DECISIONS = 100
"""About how often in a training triplets are switched."""


def prepare(module: Any, settings: WeightsSettings, profile: Profile) -> Any:
    """The module wrapped by PEFT; all triplets are on."""
    from peft import AdaLoraConfig

    rank = decided(settings.rank)
    config = AdaLoraConfig(
        init_r=math.ceil(1.5 * rank),
        target_r=rank,
        lora_alpha=decided(settings.alpha),  # pyright: ignore[reportArgumentType]  # any number works
        lora_dropout=settings.dropout,
        target_modules=targets_of(module, settings, profile),
        task_type=task_type(module, profile),
        modules_to_save=head_of(profile),
        total_step=1,  # PEFT's own schedule is not used: it is not resumed after a kill
    )
    return adapted(module, config)


def budget(step: int, *, total: int, start: int, target: int) -> int:
    """How many triplets are on after ``step`` of ``total``: ``start``, then falling with a cube to ``target``.

    >>> [budget(step, total=100, start=120, target=80) for step in (5, 10, 35, 60, 100)]
    [120, 120, 85, 80, 80]
    """
    begin, end = BEGIN * total, END * total
    left = min(1.0, max(0.0, 1 - (step - begin) / (end - begin)))
    return int(target + (start - target) * left**3)


class Allocation(Course):
    """Which triplets are on. Importance is remembered in the optimiser's state, and so in checkpoints."""

    def __init__(self, module: Any, settings: WeightsSettings) -> None:
        parameters = {name: p for name, p in module.named_parameters() if "lora_" in name and p.requires_grad}
        self._triplets = [
            (p, parameters[name.replace("lora_E", "lora_A")], parameters[name.replace("lora_E", "lora_B")])
            for name, p in parameters.items()
            if "lora_E" in name
        ]
        self._start = sum(len(values) for values, _, _ in self._triplets)
        self._target = decided(settings.rank) * len(self._triplets)

    def add_gradients(self, module: Any) -> None:
        """The penalty: how far P and Q are from orthogonal, averaged over the matrices."""
        import torch

        penalty: Any = 0.0
        for _, lower, upper in self._triplets:
            for product in (lower @ lower.T, upper.T @ upper):
                penalty = penalty + torch.linalg.matrix_norm(product - torch.eye(len(product), device=product.device))
        (ORTHOGONALITY * penalty / (2 * len(self._triplets))).backward()

    def after_step(self, module: Any, optimizer: Any, *, step: int, total: int) -> None:
        """Update importance; switch triplets off, a hundred times in a training; after END the choice stands."""
        import torch

        final = step > math.ceil(END * total)
        with torch.no_grad():
            if not final:
                for parameter in (p for triplet in self._triplets for p in triplet):
                    _note_importance(parameter, optimizer.state[parameter])
            last = step == math.ceil(END * total)
            if last or (not final and step > BEGIN * total and step % max(1, total // DECISIONS) == 0):
                self._choose(optimizer, budget(step, total=total, start=self._start, target=self._target))
            for values, _, _ in self._triplets:
                on = optimizer.state[values].get("on")
                if on is not None and (final or last or step % max(1, total // DECISIONS) == 0):
                    values.mul_(on)

    def _choose(self, optimizer: Any, count: int) -> None:
        """Put on the ``count`` most important triplets of all layers."""
        import torch

        scores = [
            _score(optimizer.state[values])[:, 0]
            + _score(optimizer.state[lower]).mean(1)
            + _score(optimizer.state[upper]).mean(0)
            for values, lower, upper in self._triplets
        ]
        kept = torch.zeros(self._start, device=scores[0].device)
        kept[torch.cat(scores).topk(count).indices] = 1.0
        for (values, _, _), on in zip(self._triplets, kept.split([len(score) for score in scores]), strict=True):
            optimizer.state[values]["on"] = on[:, None].clone()


def _note_importance(parameter: Any, state: dict[str, Any]) -> None:
    """Moving averages of ``|weight * gradient|`` and of its deviation (equations 8 to 10)."""
    now = (parameter * parameter.grad).abs()
    before = state.get("importance", now.new_zeros(now.shape))
    state["importance"] = SMOOTHING * before + (1 - SMOOTHING) * now
    deviation = (now - state["importance"]).abs()
    before = state.get("uncertainty", now.new_zeros(now.shape))
    state["uncertainty"] = SMOOTHING * before + (1 - SMOOTHING) * deviation


def _score(state: dict[str, Any]) -> Any:
    return state["importance"] * state["uncertainty"]


method = Method(
    defaults_by_family={
        "causal": Defaults(1e-3, 3, 16, rank=8),
        "encoder": Defaults(5e-3, 8, 32, rank=8),
        "seq2seq": Defaults(1e-3, 3, 16, rank=8),
    },
    prepare=prepare,
    uses=frozenset({"rank", "alpha", "dropout", "targets"}),
    merges=True,
    continues=False,
    check=check_low_rank,
    course=Allocation,
)
