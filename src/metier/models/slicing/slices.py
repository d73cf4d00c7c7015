"""What a model will take, found without its weights: a skeleton to count, and slices of a few layers to measure.

Layers of a model are alike. An encoder-decoder model has layers of two sorts, so its slices take as many of each as
keep the whole model's proportion: "layers" are then the largest equal parts of both. So whatever grows with them
(seconds, bytes) is measured on the first layer alone and on the first few, with random weights at the model's own
widths and vocabulary, and carried on to all of them. Nothing of the model's file is read but its config.
"""

from __future__ import annotations

import copy
import gc
import math
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from metier.models.device import Compute
from metier.models.finding.source import ModelSource
from metier.models.loading import auto_class, load_module, quiet

SHALLOW, DEEP = 1, 4
"""Layers of the two slices, or as many as the model has."""
_SIDES = ("num_layers", "num_encoder_layers", "encoder_layers", "num_decoder_layers", "decoder_layers")
"""Where configs of encoder-decoder models say how many layers either side has."""


class Outputs(NamedTuple):
    """The head of an encoder.

    Attributes:
        numbers: how many it gives; 0 where it foretells words.
        tokens: whether it stands on every token, and not on the whole text.
        words: whether it foretells masked words.
    """

    numbers: int
    tokens: bool = False
    words: bool = False


class Quantities(NamedTuple):
    """What was measured on a slice, by name.

    Attributes:
        growing: more with every layer, evenly.
        staying: the same for any number of layers; the deeper slice's holds.
    """

    growing: Mapping[str, float]
    staying: Mapping[str, float] = MappingProxyType({})


class TooLargeToTryError(Exception):
    """Not even a slice of the model fits into the memory that it may take."""


def skeleton(source: ModelSource, compute: Compute, *, outputs: Outputs | None = None) -> Any:
    """The whole model without numbers (on torch's meta device): names and shapes of everything in it.

    Args:
        source: the base model.
        compute: its number format.
        outputs: for encoders with a head.
    """
    import torch

    quiet()
    with torch.device("meta"):
        return _class(source, outputs).from_config(config_of(source, outputs), dtype=compute.torch_dtype)


def _class(source: ModelSource, outputs: Outputs | None) -> Any:
    if outputs is None:
        return auto_class(source, None)
    return auto_class(source, outputs.numbers, tokens=outputs.tokens, words=outputs.words)


def config_of(source: ModelSource, outputs: Outputs | None = None) -> Any:
    """The model's config, as transformers reads it."""
    from transformers import AutoConfig

    more = {"num_labels": outputs.numbers} if outputs and outputs.numbers else {}
    return AutoConfig.from_pretrained(source.path, trust_remote_code=False, **more)


def num_layers(source: ModelSource) -> int:
    """How many layers the model has, or into how many equal parts both sides of an encoder-decoder model go."""
    return _parts(config_of(source))


def over_layers(
    measure: Callable[[Any], Quantities],
    source: ModelSource,
    compute: Compute,
    *,
    outputs: Outputs | None = None,
    room: float,
) -> dict[str, float]:
    """What ``measure`` would find for the whole model: ``q(1) + (layers - 1) (q(few) - q(1)) / (few - 1)``.

    Args:
        measure: what is to be measured on a module with fewer layers and random weights.
        source: the base model.
        compute: device and number format.
        outputs: for encoders with a head.
        room: bytes that a slice may take.

    Raises:
        TooLargeToTryError: the larger slice would take more than ``room``.
    """
    layers = num_layers(source)
    few = min(DEEP, layers)
    if _slice_bytes(source, compute, few, outputs) > room:
        few = min(2, layers)
        if (needed := _slice_bytes(source, compute, few, outputs)) > room:
            raise TooLargeToTryError(f"{few} of its layers alone take {needed / 1e9:.1f} GB")
    first = _measured(measure, source, compute, SHALLOW, outputs)
    if layers == SHALLOW:
        return {**first.growing, **first.staying}
    more = _measured(measure, source, compute, few, outputs)
    return {
        name: value + (layers - SHALLOW) * max(0.0, more.growing[name] - value) / (few - SHALLOW)
        for name, value in first.growing.items()
    } | dict(more.staying)


def _measured(
    measure: Callable[[Any], Quantities],
    source: ModelSource,
    compute: Compute,
    layers: int,
    outputs: Outputs | None,
) -> Quantities:
    module = slice_of(source, compute, layers, outputs=outputs)
    found = measure(module)
    del module
    gc.collect()
    return found


def slice_of(source: ModelSource, compute: Compute, layers: int, *, outputs: Outputs | None = None) -> Any:
    """The first ``layers`` layers of a model, with random weights, in evaluation mode on the device."""
    import torch

    quiet()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = _shortened(config_of(source, outputs), layers)
        module = _class(source, outputs).from_config(config, dtype=compute.torch_dtype)
    if not compute.bits:
        return module.to(compute.device).eval()
    with tempfile.TemporaryDirectory(prefix="metier-slice-") as folder:  # few bits are made while a file is loaded
        module.save_pretrained(folder)
        return load_module(replace(source, path=Path(folder)), compute)  # causal models alone have few bits


def _parts(config: Any) -> int:
    return math.gcd(*(getattr(config, name) for name in _counts(config)))


def _counts(config: Any) -> tuple[str, ...]:
    """Where a config says how many layers there are."""
    sides = tuple(name for name in _SIDES if hasattr(config, name)) if config.is_encoder_decoder else ()
    return sides or ("num_hidden_layers",)


def _shortened(config: Any, layers: int) -> Any:
    short, parts = copy.deepcopy(config), _parts(config)
    for name in _counts(config):
        setattr(short, name, getattr(config, name) * layers // parts)
    if getattr(short, "max_window_layers", None) is not None:
        short.max_window_layers = min(short.max_window_layers, layers)
    if getattr(short, "layer_types", None):
        short.layer_types = list(short.layer_types)[:layers]
    return short


def _slice_bytes(source: ModelSource, compute: Compute, layers: int, outputs: Outputs | None) -> float:
    import torch

    with torch.device("meta"):
        module = _class(source, outputs).from_config(
            _shortened(config_of(source, outputs), layers), dtype=compute.torch_dtype
        )
    return float(sum(p.numel() * p.element_size() for p in module.parameters()))
