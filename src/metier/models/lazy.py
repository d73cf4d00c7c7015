"""What models that read and write words share: a source, a tokenizer, and weights that are loaded when first used."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, Self

from metier.models.device import Compute
from metier.models.finding.source import ModelSource
from metier.models.loading import load_module, load_tokenizer


class LazyModel:
    """A base model with its tokenizer.

    Args:
        source: the base model.
        compute: device and precision.
        weights: a folder with a PEFT adapter, or with a whole model, to use instead of the base's own weights.

    Raises:
        ModelError: the folder has no usable tokenizer.
    """

    words = False
    """Whether an encoder is loaded with its head for masked words."""

    def __init__(self, source: ModelSource, compute: Compute, *, weights: Path | None = None) -> None:
        self.source, self.compute, self._weights = source, compute, weights
        self.tokenizer = load_tokenizer(source)

    @classmethod
    def with_module(cls, source: ModelSource, compute: Compute, module: Any) -> Self:
        """A model whose weights are ``module``, in place of those of the source."""
        model = cls(source, compute)
        model.module = module
        return model

    @cached_property
    def module(self) -> Any:
        """The model itself. Who only needs tokens (training rows, say) does not pay for its weights."""
        return load_module(self.source, self.compute, weights=self._weights, words=self.words)
