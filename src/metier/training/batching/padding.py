"""Rows of different lengths as one rectangle, for objectives that do not pack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metier.training.rows import Row


def padded(rows: Sequence[Row], *, pad: int, device: Any) -> dict[str, Any]:
    """``input_ids`` and ``attention_mask``, each [B, T], filled up at the ends of rows."""
    return padded_ids([row.ids for row in rows], pad=pad, device=device)


def padded_ids(sequences: Sequence[Sequence[int]], *, pad: int, device: Any) -> dict[str, Any]:
    """The same for token ids that are no rows."""
    import torch

    width = max(map(len, sequences))
    ids = [[*one, *[pad] * (width - len(one))] for one in sequences]
    mask = [[1] * len(one) + [0] * (width - len(one)) for one in sequences]
    return {
        "input_ids": torch.tensor(ids, device=device),
        "attention_mask": torch.tensor(mask, device=device),
    }
