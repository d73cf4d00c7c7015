"""QLoRA: LoRA beside a frozen base whose linear layers are kept in 4 or 8 bits.

Dettmers et al. 2023, arXiv 2305.14314. Rate 2e-4 and rank 16 on all linear layers, after the paper (2e-4 up to 13
billion weights; rank 64 or less made no difference). The base answers in the same few bits afterwards. It saves
memory, not time: on a CPU every product unpacks its weights. Needs bitsandbytes (``pip install metier[qlora]``).
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from metier.core import Problem
from metier.models import ModelSource, Profile
from metier.training.adapters import adapted, check_targets, lora_config
from metier.training.method import Defaults, Method
from metier.training.settings import WeightsSettings


def prepare(module: Any, settings: WeightsSettings, profile: Profile) -> Any:
    """The module, which was loaded in few bits, wrapped by PEFT."""
    return adapted(module, lora_config(module, settings, profile))


def check(settings: WeightsSettings, source: ModelSource) -> list[Problem]:
    """The packages must be right; then as for LoRA."""
    if find_spec("bitsandbytes") is None:
        return [_problem("the package bitsandbytes", "none", "pip install metier[qlora], or use method: lora")]
    if find_spec("kernels") is not None:
        expected = "no package kernels: with it, bitsandbytes fetches code from the network and runs it"
        return [_problem(expected, "kernels is installed", "pip uninstall kernels, or use method: lora")]
    return check_targets(settings, source)


def _problem(expected: str, got: str, remedy: str) -> Problem:
    return Problem(where="recipe", path="weights.method", expected=expected, got=got, remedy=remedy)


method = Method(
    defaults_by_family={"causal": Defaults(2e-4, 3, 16, rank=16)},
    prepare=prepare,
    uses=frozenset({"rank", "alpha", "dropout", "targets", "rank_stabilised", "bits"}),
    check=check,
)
