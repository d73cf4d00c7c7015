"""How far a model has moved from its start on answers that belong to other prompts: the yardstick of KTO."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from metier.training.batching.batches import Layout, micro_batches
from metier.training.computing.log_probs import Answered, answer_log_probs
from metier.training.rows import Row


class Moved:
    """Measures it anew for each step, over all of the step's rows; see :class:`~metier.training.Preparation`.

    So the loss does not depend on micro-batches. Every row brings its own answer to another prompt (``rejected``), the
    same in every epoch, whose log-probability at the start (``reference[1]``) is computed once.

    Args:
        pad: id of the padding token.
        tokens: of a micro-batch.
    """

    def __init__(self, *, pad: int, tokens: int) -> None:
        self._pad, self._tokens = pad, tokens

    def prepare(self, module: Any, rows: Sequence[Row], *, step: int, layout: Layout) -> list[Row]:
        """The rows with the estimate of KL(model || start), in nats, at least 0; the other answers are done with."""
        import torch

        module.eval()
        others = [
            Row(id=row.id, ids=row.rejected, weights=row.rejected_weights, reference=row.reference) for row in rows
        ]
        device, moved = str(next(module.parameters()).device), 0.0
        for micro in micro_batches(others, max_tokens=self._tokens, layout=layout):
            sequences = [Answered(row.ids, row.weights) for row in micro]
            with torch.no_grad():
                sums, _ = answer_log_probs(module, sequences, pad=self._pad, device=device, layout=layout)
            moved += float(sums.double().sum()) - sum(row.reference[1] for row in micro)
        shift = max(0.0, moved / len(rows))
        return [replace(row, rejected=(), rejected_weights=(), shift=shift) for row in rows]

    def value(self, module: Any, rows: Sequence[Row]) -> float | None:
        """Validation measures the loss."""
        return None
