"""Seconds and bytes of a piece of work with tensors."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

_REPEATS, _SECONDS = 3, 0.6


def seconds_of(work: Callable[[], object], *, device: str = "cpu", warm: bool = False) -> float:
    """How long ``work`` takes once it is warm, in seconds: the median of three times, or of fewer where it is slow.

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
    return statistics.median(found)


def peak_bytes_of(work: Callable[[], object], *, device: str = "cpu") -> float:
    """The most bytes that tensors made within ``work`` took at one moment, beside those that were there before."""
    import torch

    if device.startswith("cuda"):
        _wait(device)
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        work()
        _wait(device)
        return float(torch.cuda.max_memory_allocated() - before)
    from torch.autograd.profiler import profile

    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # or it prints a line for each profile
    profiled: Any = profile(use_cpu=True, profile_memory=True)  # torch.profiler's would load the compiler: seconds
    with profiled:
        work()
    events = profiled.kineto_results.events()
    changes = sorted((event.start_ns(), event.nbytes()) for event in events if event.name() == "[memory]")
    now = peak = 0
    for _, change in changes:
        now += change
        peak = max(peak, now)
    return float(peak)


def _wait(device: str) -> None:
    """Until a GPU has done what it was asked to do."""
    if device.startswith("cuda"):
        import torch

        torch.cuda.synchronize()
