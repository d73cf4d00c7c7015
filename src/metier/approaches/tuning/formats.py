"""The base that training stands on and that trained weights answer with, and the format in which it is stored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from metier.core.artifacts import read_json
from metier.models import Compute, Family, ModelSource
from metier.training import METHODS, WeightsSettings, below


def base_compute(settings: WeightsSettings, compute: Compute, family: Family = "causal") -> Compute:
    """The format in which the base is stored for training: float32 where parts of it change, as an encoder's head."""
    method = METHODS.get(settings.method)
    if "bits" in method.uses:
        return compute._replace(bits=settings.bits)
    return compute if method.frozen_base and family != "encoder" else compute._replace(dtype="float32")


def answering_compute(weights: Path, compute: Compute) -> Compute:
    """The format in which the base answers with trained ``weights``: in few bits where it was trained so."""
    settings = WeightsSettings.model_validate(read_json(weights / "training.json")["settings"])
    return answering_format(settings, compute)


def answering_format(settings: WeightsSettings | None, compute: Compute) -> Compute:
    """As :func:`answering_compute`, of weights that are not trained yet; None: there will be none."""
    uses_bits = settings is not None and "bits" in METHODS.get(settings.method).uses
    return compute._replace(bits=settings.bits) if settings is not None and uses_bits else compute


def answering_source(weights: Path, source: ModelSource) -> ModelSource:
    """The base that trained ``weights`` answer with: the recipe's, or an earlier whole model that they began from.

    A whole model whose vocabulary has grown is its own base: its tokenizer is another one.

    Raises:
        ModelError: that model is not there any more, or has changed.
    """
    trained = read_json(weights / "training.json")
    if under := below(weights, trained):
        return replace(source, path=under)
    whole = METHODS.get(trained["settings"]["method"]).whole
    return replace(source, path=weights) if whole and trained.get("new_tokens") else source
