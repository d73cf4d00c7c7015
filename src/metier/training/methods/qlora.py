"""QLoRA: LoRA beside a frozen base whose linear layers are kept in 4 or 8 bits.

Dettmers et al. 2023, arXiv 2305.14314. Rate 2e-4 and rank 16 on all linear layers, after the paper (2e-4 up to 13
billion weights; rank 64 or less made no difference). The base answers in the same few bits afterwards. It saves
memory, not time: on a CPU every product unpacks its weights. ``init: loftq`` begins with what the bits lost
(:mod:`metier.training.adapting.data_starts`). Needs bitsandbytes (``pip install metier[qlora]``).
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from metier.core import Problem
from metier.models import ModelSource, Profile
from metier.training.adapting.adapters import adapted, check_init, check_low_rank, lora_config
from metier.training.adapting.data_starts import begin_with_data, begin_with_what_bits_lost
from metier.training.method import Defaults, Method, upper_matrix
from metier.training.rows import Row
from metier.training.settings import WeightsSettings


def prepare(module: Any, settings: WeightsSettings, profile: Profile) -> Any:
    """The module, which was loaded in few bits, wrapped by PEFT."""
    module = adapted(module, lora_config(module, settings, profile))
    if settings.init == "loftq":
        begin_with_what_bits_lost(module, Path(module.config._name_or_path))
    return module


def look(module: Any, settings: WeightsSettings, rows: Sequence[Row], pad: int) -> None:
    """Begin with the data, where the recipe says so."""
    if settings.init == "eva":
        begin_with_data(module, rows, pad=pad)


def check(settings: WeightsSettings, source: ModelSource) -> list[Problem]:
    """The packages must be right; then as for LoRA."""
    if find_spec("bitsandbytes") is None:
        return [_problem("the package bitsandbytes", "none", "pip install metier[qlora], or use method: lora")]
    if find_spec("kernels") is not None:
        expected = "no package kernels: with it, bitsandbytes fetches code from the network and runs it"
        return [_problem(expected, "kernels is installed", "pip uninstall kernels, or use method: lora")]
    return [*check_init(settings, "zero", "eva", "loftq"), *check_low_rank(settings, source)]


def _problem(expected: str, got: str, remedy: str) -> Problem:
    return Problem(where="recipe", path="weights.method", expected=expected, got=got, remedy=remedy)


method = Method(
    defaults_by_family={"causal": Defaults(2e-4, 3, 16, rank=16, width=4096)},
    prepare=prepare,
    uses=frozenset({"rank", "alpha", "dropout", "targets", "rank_stabilised", "bits", "init"}),
    look=look,
    combines="joined",
    scales=upper_matrix,
    check=check,
)
