"""Policy gradients from rewards of sampled answers: GRPO, its length-unbiased form, and RLOO.

Legend: ``P`` prompts, ``G`` answers of a prompt, ``N`` answers, ``K`` tokens of all answers.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from pydantic import Field

from metier.core import Settings


class ReinforceSettings(Settings):
    """Learn from rewards of the model's own answers to the training rows, instead of from right answers."""

    loss: Literal["grpo", "dr_grpo", "rloo"] = "grpo"
    """``grpo`` (Shao et al. 2024, arXiv 2402.03300), ``dr_grpo``, the same without its biases towards long answers and
    easy prompts (Liu et al. 2025, arXiv 2503.20783), or ``rloo`` (Ahmadian et al. 2024, arXiv 2402.14740)."""
    answers: int = Field(default=8, ge=2, le=256)
    """Answers that are drawn for each prompt of a step and compared with each other. ``batch_size`` counts prompts."""
    answer_tokens: int | None = Field(default=None, ge=1, le=8192)
    """Longest answer that is drawn, in tokens. None: ``prompt.max_new_tokens``, or what the longest label takes."""
    temperature: float = Field(default=1.0, gt=0, le=10)
    """Logits are divided by it, in drawing and in learning. Above 1: more variety."""
    updates: int = Field(default=1, ge=1, le=64)
    """Optimiser steps on the same drawn answers. Above 1, ``clip`` bounds how far the model moves from who drew."""
    clip: float = Field(default=0.2, gt=0, le=10)
    """The ratio of an answer's probability to what it was when drawn counts up to 1 - clip and 1 + clip."""
    clip_high: float | None = Field(default=None, gt=0, le=10)
    """The upper bound by itself. None: as ``clip``."""
    kl: float = Field(default=0.0, ge=0, le=100)
    """Weight of the divergence from the model at the start (beta): in the loss of each token, for ``rloo`` in the
    reward."""


class Drawn(NamedTuple):
    """Tokens of drawn answers, one after the other.

    Attributes:
        now: their log-probabilities under the model, with gradient, [K].
        before: the same under the model that drew them, [K].
        start: the same under the model at the start, [K]; None where it has no part.
        owner: index of each token's answer, [K].
    """

    now: Any
    before: Any
    start: Any
    owner: Any


def advantages(loss: str, rewards: Any) -> Any:
    """How much better each answer is than its prompt's others; rewards and result [P, G].

    ``grpo``: less the mean, over the standard deviation (of a sample); 0 where all are alike. ``dr_grpo``: less the
    mean. ``rloo``: less the mean of the others.
    """
    import torch

    centred = rewards - rewards.mean(1, keepdim=True)
    if loss == "dr_grpo":
        return centred
    if loss == "rloo":
        count = rewards.shape[1]
        return centred * count / (count - 1)
    spread = rewards.std(1, keepdim=True)
    return torch.where(spread > 1e-8, centred / (spread + 1e-8), torch.zeros_like(centred))


def answer_losses(settings: ReinforceSettings, drawn: Drawn, advantage: Any, *, budget: int) -> Any:
    """The loss of each answer, [N]; their mean is the paper's loss with its sign turned.

    With ``r`` the ratio of a token's probability to what it was when drawn and ``A`` the answer's advantage, a token
    gives ``min(r A, clip(r) A) - kl (q - log q - 1)``, where ``q`` is the start's probability over the model's.
    ``grpo`` takes the mean over an answer's tokens, ``dr_grpo`` their sum over ``budget``; for ``rloo`` the answer as
    a whole has one ratio, and the divergence stands in its reward.

    Args:
        settings: of the training.
        drawn: the answers' tokens.
        advantage: of each answer, [N].
        budget: most tokens that an answer may have.
    """
    import torch

    zeros = torch.zeros(len(advantage), dtype=drawn.now.dtype, device=drawn.now.device)
    steps = drawn.now - drawn.before
    if settings.loss == "rloo":
        return -_clipped(settings, zeros.index_add(0, drawn.owner, steps).exp(), advantage)
    each = _clipped(settings, steps.exp(), advantage[drawn.owner])
    if drawn.start is not None:
        apart = drawn.start - drawn.now
        each = each - settings.kl * (apart.exp() - apart - 1)
    sums = zeros.index_add(0, drawn.owner, -each)
    if settings.loss == "dr_grpo":
        return sums / budget
    return sums / torch.bincount(drawn.owner, minlength=len(advantage)).clamp(min=1)


def _clipped(settings: ReinforceSettings, ratio: Any, advantage: Any) -> Any:
    high = settings.clip if settings.clip_high is None else settings.clip_high
    return (ratio * advantage).minimum(ratio.clamp(1 - settings.clip, 1 + high) * advantage)
