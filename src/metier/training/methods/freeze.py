"""Freeze: only the upper layers are trained, or what the recipe names.

The default is the upper quarter of the layers, which reaches nine tenths of what training everything gains for BERT
and RoBERTa (Lee et al. 2019, "What would Elsa do?", arXiv 1911.03090). Rates are those of full fine-tuning. An
encoder's head is always trained.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

from metier.core import ModelError, Problem
from metier.core.names import listed
from metier.models import ModelSource, Profile, tensor_shapes
from metier.training.method import Defaults, Method, every_parameter
from metier.training.settings import WeightsSettings

_LAYER = re.compile(r"(?:^|\.)(?:layers?|h|blocks?)\.(\d+)\.")


def prepare(module: Any, settings: WeightsSettings, profile: Profile) -> Any:
    """The module with gradients in the upper layers, or in what is named.

    Raises:
        ModelError: no layer is called so.
    """
    parameters = dict(module.named_parameters())
    if wrong := _problems(settings, parameters):
        raise ModelError(wrong)
    heads = profile.head if profile.family == "encoder" else ()
    chosen = _chosen(settings, parameters)
    for name, parameter in parameters.items():
        parameter.requires_grad_(name in chosen or any(_is_in(name, head) for head in heads))
    return module


def check(settings: WeightsSettings, source: ModelSource) -> list[Problem]:
    """More layers than there are, or names that nothing has."""
    return _problems(settings, tensor_shapes(source.path))


def _chosen(settings: WeightsSettings, names: Iterable[str]) -> set[str]:
    names = list(names)
    if isinstance(settings.layers, tuple):
        return {name for name in names if any(_is_in(name, wanted) for wanted in settings.layers)}
    total = _num_layers(names)
    first = total - (settings.layers or math.ceil(total / 4))
    return {name for name in names if (found := _LAYER.search(name)) and int(found[1]) >= first}


def _num_layers(names: Iterable[str]) -> int:
    return 1 + max((int(found[1]) for name in names if (found := _LAYER.search(name))), default=-1)


def _is_in(parameter: str, part: str) -> bool:
    return f".{part}." in f".{parameter}."


def _problems(settings: WeightsSettings, names: Iterable[str]) -> list[Problem]:
    names = list(names)
    if isinstance(settings.layers, tuple):
        unknown = [part for part in settings.layers if not any(_is_in(name, part) for name in names)]
        expected, got = "parts of the model, such as layers.0, or names of modules", listed(unknown)
        return [_problem(expected, got)] if unknown else []
    total = _num_layers(names)
    if not total:
        return [_problem("names of what is to be trained", "a model whose layers are not numbered")]
    if settings.layers is not None and settings.layers > total:
        return [_problem(f"at most {total}, for so many layers the model has", str(settings.layers))]
    return []


def _problem(expected: str, got: str) -> Problem:
    return Problem(where="recipe", path="weights.layers", expected=expected, got=got, remedy="correct weights.layers")


method = Method(
    defaults_by_family={
        "causal": Defaults(2e-5, 3, 16, width=4096),
        "encoder": Defaults(2e-4, 6, 32),
        "seq2seq": Defaults(1e-4, 3, 16),
    },
    prepare=prepare,
    uses=frozenset({"layers"}),
    frozen_base=False,
    whole=True,
    scales=every_parameter,
    check=check,
)
