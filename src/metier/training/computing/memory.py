"""Out of memory while training: the micro-batch is halved and the step done again, with the same result."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from typing import TypeVar

from metier.core import TrainingError
from metier.training.batching.batches import Layout, micro_batches
from metier.training.rows import Row

Result = TypeVar("Result")
_WORDS = ("can't allocate memory", "not enough memory", "out of memory", "cannot allocate memory")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out: torch has a class for GPUs, and only a sentence for a CPU."""
    import torch

    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in _WORDS)


def within_memory(work: Callable[[], Result], make_smaller: Callable[[str], None]) -> Result:
    """Do ``work``; as often as memory runs out, ``make_smaller`` and do it again.

    Args:
        work: may be done again from its start after it has raised.
        make_smaller: is told the reason; raises where nothing can be made smaller.
    """
    while True:
        try:
            return work()
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            reason = str(error).splitlines()[0] if str(error) else "MemoryError"
        # Outside of the handler: there the traceback would still hold the tensors of the failed attempt.
        _free()
        make_smaller(reason)


def smaller(max_tokens: int, rows: Sequence[Row], layout: Layout, reason: str) -> int:
    """A bound of the tokens of a micro-batch, halved until ``rows`` fall into more micro-batches than before.

    Raises:
        TrainingError: every micro-batch is a single row already.
    """
    before = len(micro_batches(rows, max_tokens=max_tokens, layout=layout))
    while max_tokens > 1:
        max_tokens //= 2
        if len(micro_batches(rows, max_tokens=max_tokens, layout=layout)) > before:
            return max_tokens
    longest = max(row.longest for row in rows)
    raise TrainingError(
        f"Memory runs out ({reason}) with a single row of {longest} tokens. Lower weights.max_length, use precision: "
        "bfloat16, or choose a smaller model."
    )


def _free() -> None:
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
