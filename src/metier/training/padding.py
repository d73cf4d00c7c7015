"""Rows of different lengths as one rectangle, for objectives that do not pack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metier.training.rows import Row


def padded(rows: Sequence[Row], *, pad: int, device: str) -> dict[str, Any]:
    """``input_ids`` and ``attention_mask``, each [B, T], filled up at the ends of rows."""
    import torch

    width = max(len(row.ids) for row in rows)
    ids = [list(row.ids) + [pad] * (width - len(row.ids)) for row in rows]
    mask = [[1] * len(row.ids) + [0] * (width - len(row.ids)) for row in rows]
    return {
        "input_ids": torch.tensor(ids, device=device),
        "attention_mask": torch.tensor(mask, device=device),
    }
