"""What writes and scores texts: causal models and encoder-decoder models behind one interface."""

from __future__ import annotations

from pathlib import Path

from metier.models.causal import CausalModel
from metier.models.device import Compute
from metier.models.finding.source import ModelSource
from metier.models.seq2seq import Seq2SeqModel

LanguageModel = CausalModel | Seq2SeqModel
"""Both have ``encode``, ``prompt``, ``answer``, ``label_ids``, ``room``, ``generate`` and ``score``."""


def language_class(source: ModelSource) -> type[CausalModel] | type[Seq2SeqModel]:
    """What answers with text for a source's family."""
    return Seq2SeqModel if source.profile.family == "seq2seq" else CausalModel


def language_model(source: ModelSource, compute: Compute, *, weights: Path | None = None) -> LanguageModel:
    """The model of a source's family that answers with text.

    Args:
        source: a causal or an encoder-decoder model.
        compute: device and precision.
        weights: a folder with a PEFT adapter, or with a whole model, to use instead of the base's own weights.
    """
    return language_class(source)(source, compute, weights=weights)
