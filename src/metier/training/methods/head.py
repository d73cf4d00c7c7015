"""Head: the body of an encoder stays frozen, what stands behind it is trained."""

from __future__ import annotations

from typing import Any

from metier.core import ModelError, Problem
from metier.models import Family, Profile
from metier.training.method import Defaults
from metier.training.settings import WeightsSettings


class Head:
    """Only the modules behind the body (pooler and classifier, by the model's profile) change."""

    families: tuple[Family, ...] = ("encoder",)
    frozen_base = True

    def defaults(self, family: Family) -> Defaults:
        """A high rate: few weights, and they start at random."""
        return Defaults(2e-3, 12, 32)

    def prepare(self, module: Any, settings: WeightsSettings, profile: Profile) -> Any:
        """The module with gradients in its head alone.

        Raises:
            ModelError: the model has no module of a name that the profile gives.
        """
        module.requires_grad_(False)
        found = [item for name, item in module.named_modules() if name.rpartition(".")[2] in profile.head]
        if not found:
            raise ModelError(
                [
                    Problem(
                        where="model",
                        path="head",
                        expected="modules named " + ", ".join(profile.head),
                        got=f"{type(module).__name__} without them",
                        remedy="use method: full or lora for this model",
                    )
                ]
            )
        for item in found:
            item.requires_grad_(True)
        return module


method = Head()
