"""Encoders: texts to vectors, and texts to labels through a classification head.

Legend: ``B`` rows of a batch, ``T`` tokens, ``D`` width of a vector, ``K`` labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from metier.core import Reporter, step
from metier.models.device import Compute
from metier.models.loading import load_module, load_tokenizer
from metier.models.soft_prompts import virtual_tokens
from metier.models.source import ModelSource

TOKENS_A_BATCH = 4096
"""Upper bound of tokens (rows times longest row) that one forward pass takes."""


class EncoderModel:
    """An encoder with its tokenizer.

    Args:
        source: the base model.
        compute: device and precision.
        weights: a folder with a PEFT adapter or a whole model, to use instead of the base's own weights.
        labels: with a classification head for these labels; empty: the bare body, for vectors.
    """

    def __init__(
        self, source: ModelSource, compute: Compute, *, weights: Path | None = None, labels: Sequence[str] = ()
    ) -> None:
        self.source, self.compute, self.labels = source, compute, tuple(labels)
        self.tokenizer = load_tokenizer(source)
        self.module: Any = load_module(source, compute, weights=weights, num_labels=len(labels) or None)

    @property
    def max_tokens(self) -> int:
        """The longest text that it reads, in tokens, special ones included; a soft prompt takes its part."""
        return self.source.max_tokens - virtual_tokens(self.module)

    def encode(self, text: str, *, max_length: int | None = None) -> tuple[list[int], int]:
        """Token ids with special tokens, and how many tokens were cut from the end of a text that is too long."""
        limit = min(max_length or self.max_tokens, self.max_tokens)
        ids: list[int] = self.tokenizer(text, truncation=False, verbose=False)["input_ids"]
        if len(ids) <= limit:
            return ids, 0
        kept: list[int] = self.tokenizer(text, truncation=True, max_length=limit)["input_ids"]
        return kept, len(ids) - len(kept)

    def embed(self, texts: Sequence[str], *, reporter: Reporter, label: str = "embed") -> Any:
        """Unit vectors of texts: pooled over tokens as the profile says, then normalised.

        Returns:
            numpy float32 [len(texts), D].
        """
        import torch

        rows = [self.encode(text)[0] for text in texts]
        vectors = np.zeros((len(rows), self.module.config.hidden_size), dtype=np.float32)
        with step(reporter, label, len(rows)) as bar, torch.inference_mode():
            for batch, inputs in self._batches(rows):
                hidden = self.module(**inputs).last_hidden_state.float()  # [B, T, D]
                if self.source.profile.pooling == "first":
                    pooled = hidden[:, 0]
                else:
                    mask = inputs["attention_mask"][:, :, None].float()
                    pooled = (hidden * mask).sum(1) / mask.sum(1)
                vectors[batch] = torch.nn.functional.normalize(pooled, dim=1).cpu().numpy()
                bar.advance(len(batch))
        return vectors

    def classify(self, rows: Sequence[Sequence[int]], *, reporter: Reporter, label: str = "classify") -> Any:
        """Log-probabilities of the labels.

        Args:
            rows: token ids as :meth:`encode` gives them.
            reporter: told of the progress.
            label: what the bar is called.

        Returns:
            numpy float64 [len(rows), K].
        """
        import torch

        scores = np.zeros((len(rows), len(self.labels)))
        with step(reporter, label, len(rows)) as bar, torch.inference_mode():
            for batch, inputs in self._batches(rows):
                scores[batch] = self.module(**inputs).logits.double().log_softmax(-1).cpu().numpy()
                bar.advance(len(batch))
        return scores

    def _batches(self, rows: Sequence[Sequence[int]]) -> Iterator[tuple[list[int], dict[str, Any]]]:
        """Row indices and padded inputs, rows of similar length together."""
        import torch

        order = sorted(range(len(rows)), key=lambda i: -len(rows[i]))
        while order:
            longest = len(rows[order[0]])
            size = max(1, TOKENS_A_BATCH // max(longest, 1))
            batch, order = order[:size], order[size:]
            pad = self.tokenizer.pad_token_id
            ids = torch.tensor([list(rows[i]) + [pad] * (longest - len(rows[i])) for i in batch])
            mask = torch.tensor([[1] * len(rows[i]) + [0] * (longest - len(rows[i])) for i in batch])
            yield batch, {"input_ids": ids.to(self.compute.device), "attention_mask": mask.to(self.compute.device)}
