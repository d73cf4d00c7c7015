"""Encoders: texts to vectors, and texts to numbers through a head on the whole text or on every token.

Legend: ``B`` rows of a batch, ``T`` tokens, ``D`` width of a vector, ``K`` outputs of a head.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from metier.core import Reporter, step
from metier.models.device import Compute
from metier.models.finding.source import ModelSource
from metier.models.loading import load_module, load_tokenizer
from metier.models.virtual.soft_prompts import virtual_tokens
from metier.models.windows import windows

TOKENS_A_BATCH = 4096
"""Upper bound of tokens (rows times longest row) that one forward pass takes."""


class EncoderModel:
    """An encoder with its tokenizer; its weights are loaded when first used.

    Args:
        source: the base model.
        compute: device and precision.
        weights: a folder with a PEFT adapter or a whole model, to use instead of the base's own weights.
        outputs: with a head of so many outputs; None: the bare body, for vectors.
        tokens: the head stands on every token, and not on the whole text.
    """

    def __init__(
        self,
        source: ModelSource,
        compute: Compute,
        *,
        weights: Path | None = None,
        outputs: int | None = None,
        tokens: bool = False,
    ) -> None:
        self.source, self.compute, self.outputs = source, compute, outputs
        self._weights, self._tokens = weights, tokens
        self.tokenizer = load_tokenizer(source)

    @cached_property
    def module(self) -> Any:
        """The model itself. Who only needs tokens (training rows, say) does not pay for its weights."""
        return load_module(
            self.source, self.compute, weights=self._weights, num_labels=self.outputs, tokens=self._tokens
        )

    @property
    def max_tokens(self) -> int:
        """The longest text that it reads, in tokens, special ones included; a soft prompt takes its part."""
        return self.source.max_tokens - (virtual_tokens(self.module) if self._weights else 0)

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

    def token_vectors(self, texts: Sequence[str], *, reporter: Reporter, label: str = "embed") -> list[Any]:
        """Unit vectors of the tokens of texts, each in its context; long texts in windows, so that nothing is cut.

        Returns:
            for each text numpy float32 [T, D]; white space and special tokens have none.
        """
        import torch

        pieces = [
            (place, window)
            for place, text in enumerate(texts)
            for window in windows(self.tokenizer, text, max_length=self.max_tokens, unit="token")
        ]
        found: dict[int, Any] = {}
        with step(reporter, label, len(pieces)) as bar, torch.inference_mode():
            for batch, inputs in self._batches([window.ids for _, window in pieces]):
                hidden = self.module(**inputs).last_hidden_state.float()  # [B, T, D]
                vectors = torch.nn.functional.normalize(hidden, dim=2).cpu().numpy()
                for index, row in zip(batch, vectors, strict=True):
                    found[index] = row[[unit.token for unit in pieces[index][1].units]]
                bar.advance(len(batch))
        together: list[list[Any]] = [[] for _ in texts]
        for index, (place, _) in enumerate(pieces):
            together[place].append(found[index])
        return [np.concatenate(parts) for parts in together]

    def logits(self, rows: Sequence[Sequence[int]], *, reporter: Reporter, label: str = "answer") -> Any:
        """What the head on the whole text gives.

        Args:
            rows: token ids as :meth:`encode` gives them.
            reporter: told of the progress.
            label: what the bar is called.

        Returns:
            numpy float64 [len(rows), K].
        """
        import torch

        found = np.zeros((len(rows), self.outputs or 0))
        with step(reporter, label, len(rows)) as bar, torch.inference_mode():
            for batch, inputs in self._batches(rows):
                found[batch] = self.module(**inputs).logits.double().cpu().numpy()
                bar.advance(len(batch))
        return found

    def token_logits(self, rows: Sequence[Sequence[int]], *, reporter: Reporter, label: str = "answer") -> list[Any]:
        """What the head on every token gives, for each row numpy float64 [T, K]; arguments as for :meth:`logits`."""
        import torch

        found: dict[int, Any] = {}
        with step(reporter, label, len(rows)) as bar, torch.inference_mode():
            for batch, inputs in self._batches(rows):
                width = inputs["input_ids"].shape[1]
                # Behind a soft prompt, PEFT gives logits of the virtual tokens too: the last ones are the text's.
                values = self.module(**inputs).logits[:, -width:].double().cpu().numpy()
                found.update({index: values[place, : len(rows[index])] for place, index in enumerate(batch)})
                bar.advance(len(batch))
        return [found[index] for index in range(len(rows))]

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
