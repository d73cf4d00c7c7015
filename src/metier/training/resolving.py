"""Settings whose gaps are filled: the one place where a method's defaults enter."""

from __future__ import annotations

from typing import TypeVar

from metier.models import Family
from metier.training.method import METHODS
from metier.training.settings import WeightsSettings

Value = TypeVar("Value")


def resolved(settings: WeightsSettings, family: Family) -> WeightsSettings:
    """The settings with the method's defaults filled in for a family of models; ``alpha`` is twice the rank.

    >>> from metier.training import WeightsSettings
    >>> settings = resolved(WeightsSettings(method="lora", rank=4), "causal")
    >>> settings.alpha, settings.epochs
    (8.0, 3)
    """
    method = METHODS.get(settings.method)
    found = method.defaults(family)._asdict()
    chosen = {name: value for name, value in found.items() if getattr(settings, name) is None and value is not None}
    settings = settings.model_copy(update=chosen)
    if "alpha" in method.uses and settings.alpha is None and settings.rank is not None:
        settings = settings.model_copy(update={"alpha": 2.0 * settings.rank})
    return settings
