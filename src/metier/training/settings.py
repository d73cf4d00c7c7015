"""The ``weights`` section of an approach."""

from __future__ import annotations

from pydantic import Field

from metier.core import Settings
from metier.training.batches import Layout, Order


class WeightsSettings(Settings):
    """How weights are trained. ``None``: the method's own default for the model's family, written to the record."""

    method: str = "lora"
    """``lora`` (low-rank adapter), ``full`` (every weight) or ``head`` (an encoder's classification head alone)."""
    rank: int = Field(default=16, ge=1, le=1024)
    """LoRA: rank of the update of each layer. Parameters and capacity grow with it."""
    alpha: float | None = Field(default=None, gt=0)
    """LoRA: the update is scaled by alpha / rank. None: twice the rank."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """LoRA: share of an adapter's inputs that is dropped in training."""
    targets: tuple[str, ...] | None = None
    """LoRA: names of the layers to adapt. None: those of the model's profile (all linear layers, usually)."""
    epochs: float | None = Field(default=None, gt=0, le=1000)
    """How often each row is seen. Early stopping may end before."""
    learning_rate: float | None = Field(default=None, gt=0, le=1)
    """Peak rate of AdamW, reached after warm-up."""
    batch_size: int | None = Field(default=None, ge=1, le=65536)
    """Rows of an optimiser step, whatever the memory: it is cut into micro-batches as needed, with the same result."""
    warmup: float = Field(default=0.06, ge=0, lt=1)
    """Share of the steps in which the rate rises from 0; then it falls along a cosine to a tenth of the peak."""
    weight_decay: float = Field(default=0.01, ge=0, lt=1)
    """AdamW's decay; not applied to biases and norms."""
    clip: float = Field(default=1.0, gt=0)
    """Largest norm of the gradient of a step."""
    patience: int = Field(default=2, ge=0)
    """Stop after so many validations in a row without a better loss; the best weights are kept. 0: never stop early."""
    max_length: int | None = Field(default=None, ge=8)
    """Longest row in tokens. Inputs of longer rows are cut at their end, answers never, and the ledger says so. None:
    the model's window, at most 2048."""
    max_rows: int | None = Field(default=None, ge=1)
    """Train on at most so many rows, drawn by the seed; the ledger says which. None: all."""
    checkpoint_seconds: float = Field(default=30.0, ge=0)
    """Write a checkpoint at most this often, and never so often that saving takes more than 5% of the time."""
    tokens_per_micro_batch: int = Field(default=2048, ge=1)
    """Upper bound of tokens that one forward and backward pass computes: memory, not quality."""
    layout: Layout | None = None
    """``tree``: rows that start alike share that start, computed once; ``chain``: packed without sharing; ``padded``:
    one row an example. The loss is the same. None: the first of these that a self-test shows to be exact."""
    order: Order = "grouped"
    """``grouped``: rows that share a long start (questions about a document) stay together while the groups are
    shuffled, which makes trees pay; ``shuffled``: every row by itself; ``given``: the order of the data."""
