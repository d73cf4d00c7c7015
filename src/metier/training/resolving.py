"""Settings whose gaps are filled: the one place where a method's defaults enter."""

from __future__ import annotations

import math
from collections.abc import Mapping

from metier.core.said import Said
from metier.models import Family
from metier.training.method import METHODS
from metier.training.settings import WeightsSettings

LEAST_STEPS: Mapping[Family, int] = {"encoder": 400}
"""Optimiser steps that a training on few rows has at least where the recipe names no epochs: heads begin at random, and
what small sets lack is mostly steps (Mosbach et al. 2021, arXiv 2006.04884; Zhang et al. 2021, arXiv 2006.05987)."""
_POWER, _MOST = 0.78, 5.0
"""How the best rate falls with the width of a causal model, as Schulman et al. 2025 ("LoRA without regret") fitted it
on Llama models; it also leads from QLoRA's rate for 7B to its own for 65B. No rate is raised by more than the second.
"""
MOST_EPOCHS = 20
"""Epochs that are not passed to reach them; Mosbach et al. train for so many."""


def resolved(settings: WeightsSettings, family: Family, *, width: int = 0) -> WeightsSettings:
    """The settings with the method's defaults filled in for a family of models; ``alpha`` is twice the rank.

    ``epochs`` stay open: they depend on the number of rows (:func:`with_epochs`).

    Args:
        settings: as the recipe has them.
        family: of the base.
        width: of its hidden states. 0: not known; the rate is the one for wide models.

    >>> from metier.training import WeightsSettings
    >>> settings = resolved(WeightsSettings(method="lora", rank=4), "causal")
    >>> settings.alpha, settings.learning_rate, settings.epochs
    (8.0, 0.0002, None)
    >>> resolved(WeightsSettings(method="lora"), "causal", width=576).learning_rate
    0.00092
    """
    method = METHODS.get(settings.method)
    defaults = method.defaults(family)
    found = defaults._asdict()
    del found["epochs"], found["width"]
    if defaults.width and width and not (settings.preference or settings.reinforce):  # these move little on purpose
        factor = min(_MOST, (defaults.width / width) ** _POWER)
        found["learning_rate"] = float(f"{defaults.learning_rate * factor:.2g}")
    chosen = {name: value for name, value in found.items() if getattr(settings, name) is None and value is not None}
    settings = settings.model_copy(update=chosen)
    if "alpha" in method.uses and settings.alpha is None and settings.rank is not None:
        settings = settings.model_copy(update={"alpha": 2.0 * settings.rank})
    return settings


def with_epochs(settings: WeightsSettings, family: Family, rows: int) -> WeightsSettings:
    """The settings with epochs: the recipe's, else the method's, or more where ``rows`` would make too few steps.

    >>> from metier.training import WeightsSettings
    >>> full = resolved(WeightsSettings(method="full"), "encoder")
    >>> [with_epochs(full, "encoder", rows).epochs for rows in (100, 1000, 10_000)]
    [20, 13, 6]
    """
    if settings.epochs is not None:
        return settings
    assert settings.batch_size
    steps_an_epoch = math.ceil(rows / settings.batch_size)
    enough = min(MOST_EPOCHS, math.ceil(LEAST_STEPS.get(family, 0) / max(steps_an_epoch, 1)))
    return settings.model_copy(update={"epochs": max(_usual(settings, family), enough)})


def more_epochs(asked: WeightsSettings, chosen: WeightsSettings, family: Family) -> str:
    """Why a training has more epochs than its method's default, in a sentence; empty where it has not."""
    usual = _usual(chosen, family)
    if asked.epochs is not None or chosen.epochs == usual:
        return ""
    return Said(
        "%(epochs)s epochs in place of %(usual)s: rows are few, and fewer than %(least)s steps teach a new head little "
        "(weights.epochs decides otherwise).",
        epochs=f"{chosen.epochs:g}",
        usual=f"{usual:g}",
        least=str(LEAST_STEPS[family]),
    )


def _usual(settings: WeightsSettings, family: Family) -> float:
    return METHODS.get(settings.method).defaults(family).epochs
