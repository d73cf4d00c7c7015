"""Floating-point operations of a LoRA step, and the machine's matrix peak to hold them against.

``python benchmarks/training/flops.py [THREADS]`` prints the peak. Counted are the operations that the task needs when
every row is computed by itself, without padding: an engine that shares the starts of rows computes fewer and may pass
100%.
"""

import json
import statistics
import time
from collections.abc import Iterable
from typing import Any

SIZES = ((4096, 4096, 4096), (2048, 896, 4864), (2048, 4864, 896), (2048, 512, 1536))  # rows, inner, columns


def of_task(config: dict[str, Any], lengths: Iterable[int], trained_tokens: int, rank: int) -> float:
    """Operations of one epoch.

    A frozen weight costs 2 a token forward and 2 backward (to its input), an adapter's weight 2 and 4; attention
    ``2 T^2 D`` a layer forward (two products over half of ``T x T``) and twice that backward; the head only where
    there is loss. Norms, activations and the embedding are left out.

    Args:
        config: the model's ``config.json``.
        lengths: tokens of each row, ``T``.
        trained_tokens: positions with loss.
        rank: of LoRA.
    """
    layers, width, inner = config["num_hidden_layers"], config["hidden_size"], config["intermediate_size"]
    heads = config["num_attention_heads"]
    head = config.get("head_dim") or width // heads
    values = head * config["num_key_value_heads"]
    linears = [(width, heads * head), (width, values), (width, values), (heads * head, width)]
    linears += [(width, inner), (width, inner), (inner, width)]
    frozen = layers * sum(i * o for i, o in linears)
    adapters = layers * rank * sum(i + o for i, o in linears)
    lengths = list(lengths)
    return (
        sum(lengths) * (4 * frozen + 6 * adapters)
        + sum(6 * length**2 * heads * head * layers for length in lengths)
        + trained_tokens * 4 * config["vocab_size"] * width
    )


def measure_peak(threads: int, *, repeats: int = 7) -> dict[str, float]:
    """The best median over :data:`SIZES`, in GFLOP/s, by number format and library."""
    import torch

    torch.set_num_threads(threads)
    plain = torch.get_float32_matmul_precision()
    return {
        "float32": _best(torch.float32, plain, repeats),
        "float32 oneDNN": _best(torch.float32, "medium", repeats),
        "bfloat16": _best(torch.bfloat16, plain, repeats),
    }


def _best(dtype: Any, precision: str, repeats: int) -> float:
    import torch

    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(precision)
    found: list[float] = []
    for rows, inner, columns in SIZES:
        left, right = torch.randn(rows, inner).to(dtype), torch.randn(columns, inner).to(dtype)
        seconds: list[float] = []
        for _ in range(repeats + 1):
            begun = time.perf_counter()
            torch.nn.functional.linear(left, right)
            seconds.append(time.perf_counter() - begun)
        found.append(2 * rows * inner * columns / statistics.median(seconds[1:]) / 1e9)
    torch.set_float32_matmul_precision(before)
    return max(found)


if __name__ == "__main__":
    import os
    import sys

    print(json.dumps(measure_peak(int(sys.argv[1]) if sys.argv[1:] else os.cpu_count() or 1)))
