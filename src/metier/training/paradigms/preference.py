"""Preference losses: what makes a chosen answer likelier than a rejected one, or a good one likelier than a bad one.

Legend: ``N`` pairs, or answers. ``chosen`` and ``rejected`` are summed log-probabilities of the answers' tokens, [N].
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from pydantic import Field

from metier.core import Settings


class PreferenceSettings(Settings):
    """Learn from pairs of a chosen and a rejected answer, or from answers marked good or bad."""

    loss: Literal["dpo", "ipo", "orpo", "simpo", "kto"] = "dpo"
    """``dpo`` (Rafailov et al. 2023, arXiv 2305.18290), ``ipo`` (Azar et al. 2023, arXiv 2310.12036), ``orpo`` (Hong et
    al. 2024, arXiv 2403.07691) or ``simpo`` (Meng et al. 2024, arXiv 2405.14734); the last two need no reference.
    ``kto`` (Ethayarajh et al. 2024, arXiv 2402.01306) takes answers marked ``desirable`` or not, one by one."""
    beta: float | None = Field(default=None, gt=0)
    """dpo, ipo, kto: how closely to stay with the model at the start; simpo: scale of the reward; orpo: weight of the
    odds ratio. None: the papers' 0.1, and 2.0 for simpo."""
    label_smoothing: float = Field(default=0.0, ge=0, lt=0.5)
    """dpo: the share of pairs that are thought to be the wrong way round."""
    reference_free: bool = False
    """dpo: leave out the model at the start, as if it found all answers equally likely."""
    margin: float = Field(default=1.0, ge=0)
    """simpo: by how much the chosen answer's reward should exceed the other's (gamma)."""

    desirable_weight: float = Field(default=1.0, gt=0, le=1000)
    """kto: what a good answer counts (lambda_D)."""
    undesirable_weight: float = Field(default=1.0, gt=0, le=1000)
    """kto: what a bad answer counts (lambda_U). The paper weighs so that either kind counts the same in all, up to a
    third more for the good ones."""

    @property
    def chosen_beta(self) -> float:
        """``beta``, or the number that the loss's paper takes."""
        return self.beta or (2.0 if self.loss == "simpo" else 0.1)

    @property
    def needs_reference(self) -> bool:
        """Whether log-probabilities under the model at the start enter the loss."""
        return self.loss == "kto" or (self.loss in ("dpo", "ipo") and not self.reference_free)


class Answers(NamedTuple):
    """Log-probabilities of answers, [N] each, and how many tokens they have, [N]."""

    log_probs: Any
    lengths: Any
    reference: Any


def pair_losses(settings: PreferenceSettings, chosen: Answers, rejected: Answers) -> Any:
    """The loss of each pair, [N].

    ``dpo``: ``-log sigmoid(beta h)``, with ``h`` the difference of the two answers' log-ratios to the reference; mixed
    with the loss of the reversed pair by ``label_smoothing``. ``ipo``: ``(h - 1 / (2 beta))^2``. ``simpo``: as dpo, of
    the difference of mean log-probabilities less the margin. ``orpo``: mean negative log-probability of the chosen
    answer, and beta times ``-log sigmoid`` of the log odds ratio of mean probabilities.
    """
    import torch

    log_sigmoid = torch.nn.functional.logsigmoid
    beta = settings.chosen_beta
    if settings.loss in ("dpo", "ipo"):
        h = (chosen.log_probs - chosen.reference) - (rejected.log_probs - rejected.reference)
        if settings.loss == "ipo":
            return (h - 1 / (2 * beta)) ** 2
        flipped = settings.label_smoothing
        return -(1 - flipped) * log_sigmoid(beta * h) - flipped * log_sigmoid(-beta * h)
    mean_chosen, mean_rejected = chosen.log_probs / chosen.lengths, rejected.log_probs / rejected.lengths
    if settings.loss == "simpo":
        return -log_sigmoid(beta * (mean_chosen - mean_rejected) - settings.margin)
    odds = _log_odds(mean_chosen) - _log_odds(mean_rejected)
    return -mean_chosen - beta * log_sigmoid(odds)


def answer_losses(settings: PreferenceSettings, ratios: Any, shift: Any, desirable: Any) -> Any:
    """The ``kto`` loss of each answer by itself, [N].

    A good answer gives ``lambda_D (1 - sigmoid(beta (r - z)))``, a bad one ``lambda_U (1 - sigmoid(beta (z - r)))``.

    Args:
        settings: of the training.
        ratios: the log-probability of each answer less that under the model at the start (r), [N].
        shift: how far the model has moved from the start on answers of other prompts, at least 0 (z), [N].
        desirable: whether each is a good one, [N].
    """
    import torch

    beta = settings.chosen_beta
    sign = torch.where(desirable, 1.0, -1.0)
    weight = torch.where(desirable, settings.desirable_weight, settings.undesirable_weight)
    return weight * (1 - torch.sigmoid(beta * sign * (ratios - shift)))


def _log_odds(log_prob: Any) -> Any:
    """log(p / (1 - p)) of a log-probability."""
    import torch

    return log_prob - torch.log1p(-torch.exp(log_prob.clamp(max=-1e-6)))
