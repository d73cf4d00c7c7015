"""A frozen encoder is read once: what its body gives for each row is kept, and every epoch trains the head on that.

Legend: ``B`` rows of a batch, ``T`` tokens, ``D`` hidden width.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from metier.core import Reporter, step
from metier.models import Compute
from metier.training.batching.batches import micro_batches
from metier.training.batching.padding import padded
from metier.training.computing.precision import is_mixed
from metier.training.plan import Plan
from metier.training.rows import Row

MOST_BYTES = 1 << 30
"""Rows whose states would take more memory are read in every epoch."""
_ALIKE = 1e-2
"""Largest difference of an output, relative to the largest: more, and the model is one that this file does not know."""


@contextmanager
def read_once(module: Any, rows: Sequence[Row], plan: Plan, *, compute: Compute, reporter: Reporter) -> Generator[bool]:
    """Within it, the frozen body of ``module`` gives what it gave for the same tokens when it was first read.

    Rows are read in batches that depend on them alone, so that a training that goes on has the same states, bit for
    bit. Tokens that were not among ``rows`` are read as ever.

    Args:
        module: an encoder with a head; all but the head is frozen, and drops nothing out.
        rows: what is trained and validated on.
        plan: tokens of a micro-batch, padding.
        compute: device and precision.
        reporter: told of the progress.

    Yields:
        whether states were kept: not where they would take too much memory, or the model's body is no part that can
        be taken out.
    """
    body = getattr(module, getattr(module, "base_model_prefix", ""), None)
    distinct = list({row.ids: row for row in rows}.values())
    room = state_bytes(sum(len(row.ids) for row in distinct), getattr(module.config, "hidden_size", 0))
    if body is None or not room:
        yield False
        return
    states = _States(body)
    module.to(compute.device).eval()
    if not _read(module, body, states, distinct, plan, compute, reporter):
        yield False
        return
    with _standing_in(states, body):
        yield True


def state_bytes(tokens: int, width: int) -> int:
    """Bytes that the states of so many tokens take; 0 where they are too many to be kept, or there are none."""
    found = 4 * tokens * width
    return found if found <= MOST_BYTES else 0


class _States:
    """Hidden states by token ids, and a body's forward pass that looks them up.

    Args:
        body: the model below its head; a pooler in it is part of what is trained, and is not skipped.
    """

    def __init__(self, body: Any) -> None:
        self._whole, self._pooler = body.forward, getattr(body, "pooler", None)
        self.kept: dict[tuple[int, ...], Any] = {}

    def keep(self, rows: Sequence[Row], hidden: Any) -> None:
        """Keep the states of rows, [B, T, D]."""
        for row, one in zip(rows, hidden, strict=True):
            self.kept[row.ids] = one[: len(row.ids)].clone()

    def forward(self, input_ids: Any = None, attention_mask: Any = None, **given: Any) -> Any:
        """As the body's own, from what was kept."""
        import torch
        from transformers.modeling_outputs import BaseModelOutputWithPooling

        found = None if input_ids is None else self._found(input_ids, attention_mask)
        if found is None:
            return self._whole(input_ids, attention_mask=attention_mask, **given)
        hidden = torch.nn.utils.rnn.pad_sequence(found, batch_first=True)  # [B, T, D]
        pooled = self._pooler(hidden) if self._pooler is not None else None
        return BaseModelOutputWithPooling(last_hidden_state=hidden, pooler_output=pooled)

    def _found(self, input_ids: Any, mask: Any) -> list[Any] | None:
        ids = input_ids.tolist()
        lengths = [len(row) for row in ids] if mask is None else mask.sum(1).tolist()
        found = [self.kept.get(tuple(row[:length])) for row, length in zip(ids, lengths, strict=True)]
        return None if any(one is None for one in found) else found


def _read(
    module: Any, body: Any, states: _States, rows: Sequence[Row], plan: Plan, compute: Compute, reporter: Reporter
) -> bool:
    """Read all rows; whether the head gives the same from what was kept, which the first batch shows."""
    import torch

    device = compute.device.partition(":")[0]
    batches = micro_batches(rows, max_tokens=plan.tokens_per_micro_batch, layout="padded")
    with (
        torch.no_grad(),
        torch.autocast(device, torch.bfloat16, enabled=is_mixed(compute, module)),
        step(reporter, "read", len(rows)) as bar,
    ):
        for number, batch in enumerate(batches):
            inputs: Mapping[str, Any] = padded(batch, pad=plan.pad, device=compute.device)
            states.keep(batch, body(**inputs)[0])
            if number == 0 and not _same_outputs(module, body, states, inputs):
                return False
            bar.advance(len(batch))
    return True


@contextmanager
def _standing_in(states: _States, body: Any) -> Generator[None]:
    body.forward = states.forward
    try:
        yield
    finally:
        del body.forward


def _same_outputs(module: Any, body: Any, states: _States, inputs: Mapping[str, Any]) -> bool:
    wanted = module(**inputs).logits.float()
    try:
        with _standing_in(states, body):
            found = module(**inputs).logits.float()
    except (AttributeError, IndexError, TypeError, RuntimeError):  # the head asks the body for something else
        return False
    real = inputs["attention_mask"].bool() if wanted.dim() == 3 else ...
    difference = (wanted[real] - found[real]).abs().max()
    return wanted.shape == found.shape and bool(difference <= _ALIKE * wanted.abs().max())
