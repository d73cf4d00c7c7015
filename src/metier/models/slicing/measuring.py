"""Seconds and bytes of a piece of work with tensors."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import accumulate, pairwise, takewhile
from typing import Any, NamedTuple

from metier.core.heap import give_back
from metier.models.device import Compute
from metier.models.slicing.sizing import resident_bytes

_REPEATS, _SECONDS = 3, 1.0
_SIZES, _ROWS, _WIDTH = 40, 200, 331  # of products that no model has
_ATTENTION = "_scaled_dot_product_flash_attention_for_cpu"
_PRODUCTS = {"mm": 1, "addmm": 1, "bmm": 1, "baddbmm": 1, "linear": 1, _ATTENTION: 4, f"{_ATTENTION}_backward": 8}
"""Operations of torch, and how many products each compiles for a new size; by oneDNN's own log, in float32."""
_MARK = "metier: a part"


def seconds_of(work: Callable[[], object], *, device: str = "cpu", warm: bool = False) -> float:
    """How long ``work`` takes once it is warm, in seconds: the least of three times, or of fewer where it is slow.

    The least and not the median: what is measured on a few layers is carried on to all, and with it whatever else the
    machine did.

    Args:
        work: may be done again and again.
        device: waited for, where it is a GPU.
        warm: it has been done before.
    """
    if not warm:
        work()
    found: list[float] = []
    while not found or (len(found) < _REPEATS and sum(found) < _SECONDS):
        _wait(device)
        begun = time.perf_counter()
        work()
        _wait(device)
        found.append(time.perf_counter() - begun)
    return min(found)


def sizes_read(module: Any, work: Callable[[], object]) -> int:
    """How many sizes of input (rows times tokens) ``module`` reads within ``work``."""
    seen: set[int] = set()

    def note(_: Any, given: Sequence[Any], named: Mapping[str, Any]) -> None:
        inputs = next((one for one in (*given, *named.values()) if hasattr(one, "numel")), None)
        if inputs is not None:
            seen.add(inputs.numel())

    hook = module.register_forward_pre_hook(note, with_kwargs=True)
    try:
        work()
    finally:
        hook.remove()
    return len(seen)


def compiled_bytes(compute: Compute) -> float:
    """What a matrix product of a size that was not there before leaves in a process, beside its result.

    On a CPU oneDNN compiles one for each size: some hundred kilobytes by processor and format; nothing where another
    library multiplies, or on a GPU.
    """
    return _compiled_bytes(compute.torch_dtype) if compute.device == "cpu" else 0.0


@cache
def _compiled_bytes(dtype: Any) -> float:
    """Measured once in a process: a product that is there already leaves nothing."""
    import torch

    weight = torch.zeros(_WIDTH, _WIDTH, dtype=dtype)

    def multiply(rows: int) -> None:
        torch.nn.functional.linear(torch.zeros(rows, _WIDTH, dtype=dtype), weight)

    multiply(_ROWS + _SIZES)
    give_back()
    before = resident_bytes()
    for rows in range(_ROWS, _ROWS + _SIZES):
        multiply(rows)
    give_back()
    return max(0.0, resident_bytes() - before) / _SIZES


def products_of(work: Callable[[], object]) -> Mapping[Any, int]:
    """The matrix products within ``work``, forward and backward: each sort once, and how many it stands for.

    Sorts differ in shapes and in how the operands lie; layers repeat them.
    """
    from torch.utils._python_dispatch import TorchDispatchMode

    seen: dict[Any, int] = {}

    class Noting(TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            name = func.overloadpacket.__name__
            if name in _PRODUCTS:
                lie = [(tuple(one.shape), one.stride()[-1:] == (1,)) for one in args if hasattr(one, "stride")]
                seen[name, *lie] = _PRODUCTS[name]
            return func(*args, **(kwargs or {}))

    with Noting():
        work()
    return seen


def peak_bytes_of(work: Callable[[], object], *, device: str = "cpu") -> float:
    """The most bytes that tensors made within ``work`` took at one moment, beside those that were there before."""
    if device.startswith("cuda"):
        return _on_gpu(work)[1]
    ((_, held),) = _held(work)
    return max(held, default=0.0)


class Held(NamedTuple):
    """Bytes of tensors in a forward and a backward pass, beside those that were there before.

    Attributes:
        kept: after the forward pass, for the backward pass; of a model with more layers it is evenly more.
        over: the most beside ``kept`` while most of it is still there; layers add nothing, for they come one by one.
        peak: the most at one moment; in a shallow model it may come at the end, with the gradient of the embeddings.
    """

    kept: float
    over: float
    peak: float


def held_by(forward: Callable[[], Any], *, device: str = "cpu") -> Held:
    """What a forward pass and the backward pass from the loss that it returns hold.

    On a GPU all of the backward pass counts for ``over``: its allocator tells the highest mark alone.
    """
    losses: list[Any] = []
    if device.startswith("cuda"):
        kept, ahead = _on_gpu(lambda: losses.append(forward()))
        back = kept + _on_gpu(lambda: losses.pop().backward())[1]
        return Held(kept, max(ahead, back) - kept, max(ahead, back))
    marks = _held(lambda: losses.append(forward()), lambda: losses.pop().backward())
    (kept, ahead), (_, back) = marks
    early = takewhile(lambda bytes_: bytes_ >= kept / 2, back)
    return Held(kept, max((*ahead, *early), default=kept) - kept, max((*ahead, *back), default=kept))


def _on_gpu(work: Callable[[], object]) -> tuple[float, float]:
    """Bytes that ``work`` leaves, and the most that it took at one moment."""
    import torch

    _wait("cuda")
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    work()
    _wait("cuda")
    return float(torch.cuda.memory_allocated() - before), float(torch.cuda.max_memory_allocated() - before)


def _held(*works: Callable[[], object]) -> list[tuple[float, list[float]]]:
    """Of each work in turn: the bytes that are held after it, and those after each of its changes, on a CPU."""
    from torch.autograd.profiler import profile, record_function

    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # or it prints a line for each profile
    profiled: Any = profile(use_cpu=True, profile_memory=True)  # torch.profiler's would load the compiler: seconds
    with profiled:
        for work in works:
            with record_function(_MARK):
                work()
    events = profiled.kineto_results.events()
    starts = sorted(event.start_ns() for event in events if event.name() == _MARK)
    changes = sorted((event.start_ns(), event.nbytes()) for event in events if event.name() == "[memory]")
    held = list(accumulate((bytes_ for _, bytes_ in changes), initial=0))
    found: list[tuple[float, list[float]]] = []
    for start, end in pairwise([*starts, math.inf]):
        part = [float(after) for (at, _), after in zip(changes, held[1:], strict=True) if start <= at < end]
        found.append((part[-1] if part else 0.0, part))
    return found


def _wait(device: str) -> None:
    """Until a GPU has done what it was asked to do."""
    if device.startswith("cuda"):
        import torch

        torch.cuda.synchronize()
