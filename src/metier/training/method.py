"""The contract of a fine-tuning method, and the registry of methods."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from metier.core import Registry
from metier.models import Family, Profile
from metier.training.settings import WeightsSettings


class Defaults(NamedTuple):
    """What a method uses where the recipe is silent.

    Attributes:
        learning_rate: peak rate of AdamW.
        epochs: how often each row is seen.
        batch_size: rows of an optimiser step.
    """

    learning_rate: float
    epochs: float
    batch_size: int


class Method(Protocol):
    """A way to change weights. The file ``methods/NAME.py`` has an object ``method``."""

    families: tuple[Family, ...]
    """Model families that it works for."""
    frozen_base: bool
    """True: the base stays as it is, and may be kept in a small number format."""

    def defaults(self, family: Family) -> Defaults:
        """Settings for a family, with their source in the method's docstring."""
        ...

    def prepare(self, module: Any, settings: WeightsSettings, profile: Profile) -> Any:
        """The module to train: exactly what should change requires gradients. Random parts use torch's global seed."""
        ...


METHODS: Registry[Method] = Registry("metier.training.methods", kind="training method", attribute="method")
"""All methods, by file name."""
