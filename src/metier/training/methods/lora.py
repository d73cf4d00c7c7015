"""LoRA: a low-rank update beside frozen layers (Hu et al. 2021, arXiv 2106.09685), and its better starts and rates.

``W x + (alpha / rank) B A x`` with trained ``A`` [rank, in] and ``B`` [out, rank]. All linear layers are adapted,
which matters more than the rank (Dettmers et al. 2023, arXiv 2305.14314, section 4); their rate of 2e-4 is the default
for causal models. Encoders train a random head beside it and take 1e-3.

Starts: ``zero`` (A random, B zero), ``pissa`` (Meng et al. 2024, arXiv 2404.02948: the largest singular directions of
W), ``olora`` (Büyükakyüz 2024, arXiv 2406.01775: an orthonormal basis of W, by QR). Both take their start out of W, so
that the output does not change. ``eva``: A from the data, B zero (:mod:`metier.training.adapting.data_starts`). Also:
``rank_stabilised`` (Kalajdzievski 2023, arXiv 2312.03732) and LoRA+, whose ``B`` learns ``rate_ratio`` times as fast
as ``A`` (Hayou et al. 2024, arXiv 2402.12354).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from metier.core import Problem
from metier.models import ModelSource, Profile
from metier.training.adapting.adapters import adapted, check_init, check_low_rank, lora_config
from metier.training.adapting.data_starts import begin_with_data
from metier.training.course import Course
from metier.training.method import Defaults, Method, upper_matrix
from metier.training.rows import Row
from metier.training.settings import WeightsSettings

_INIT: dict[str, Any] = {"zero": True, "eva": True, "pissa": "pissa_niter_16", "olora": "olora"}  # PEFT's names
_TAKES_OUT = ("pissa", "olora")


def prepare(module: Any, settings: WeightsSettings, profile: Profile) -> Any:
    """The module wrapped by PEFT.

    Raises:
        ModelError: a target names no layer of the model.
    """
    module = adapted(module, lora_config(module, settings, profile, init_lora_weights=_INIT[settings.init]))
    if settings.init in _TAKES_OUT:
        module.taken_out = {name: p.detach().clone() for name, p in module.named_parameters() if _is_lora(name)}
    return module


def save(module: Any, settings: WeightsSettings, folder: Path) -> None:
    """Save so that it fits the plain base: what a start took out of the weights is put into the adapter.

    ``B A - B0 A0`` is a LoRA of twice the rank: ``[B, -B0] [A; A0]`` (as PEFT converts PiSSA).
    """
    module.save_pretrained(folder)
    if settings.init not in _TAKES_OUT:
        return
    import torch
    from peft.tuners.lora import LoraConfig
    from safetensors.torch import load_file, save_file

    path = folder / "adapter_model.safetensors"
    tensors = load_file(path)
    for name, start in module.taken_out.items():
        key = name.replace(".default", "")
        first, across = (start.cpu(), 0) if ".lora_A." in name else (-start.cpu(), 1)
        tensors[key] = torch.cat([tensors[key], first], dim=across).contiguous()
    save_file(tensors, path, metadata={"format": "pt"})
    saved: Any = LoraConfig.from_pretrained(str(folder))
    widened = 2**0.5 if settings.rank_stabilised else 2  # the scale, alpha / rank or its root, stays
    saved.r, saved.lora_alpha, saved.init_lora_weights = 2 * saved.r, widened * saved.lora_alpha, True
    saved.save_pretrained(str(folder))


def look(module: Any, settings: WeightsSettings, rows: Sequence[Row], pad: int) -> None:
    """Begin with the data, where the recipe says so."""
    if settings.init == "eva":
        begin_with_data(module, rows, pad=pad)


def check(settings: WeightsSettings, source: ModelSource) -> list[Problem]:
    """Targets must be there; what few bits lost is for a base in few bits."""
    looks = source.profile.family != "seq2seq"  # eva reads one row of tokens, and these models read two
    return [*check_init(settings, *(way for way in _INIT if looks or way != "eva")), *check_low_rank(settings, source)]


def course(module: Any, settings: WeightsSettings) -> Course:
    """Two rates for LoRA+, one otherwise."""
    return _TwoRates(settings.rate_ratio)


class _TwoRates(Course):
    def __init__(self, ratio: float) -> None:
        self._ratio = ratio

    def rate(self, name: str) -> float:
        return self._ratio if ".lora_B." in name else 1.0


def _is_lora(name: str) -> bool:
    return ".lora_A." in name or ".lora_B." in name


method = Method(
    defaults_by_family={
        "causal": Defaults(2e-4, 3, 16, rank=16, width=4096),
        "encoder": Defaults(1e-3, 8, 32, rank=16),
        "seq2seq": Defaults(1e-3, 3, 16, rank=16),
    },
    prepare=prepare,
    uses=frozenset({"rank", "alpha", "dropout", "targets", "init", "rank_stabilised", "rate_ratio"}),
    look=look,
    merges=True,
    combines="joined",
    scales=upper_matrix,
    check=check,
    course=course,
    save=save,
)
