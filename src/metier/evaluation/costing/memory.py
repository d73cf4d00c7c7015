"""The most memory that a piece of work needed: this process's resident memory, and the GPU's where one is used.

Linux keeps the highest resident size itself and lets a process set it back, which misses nothing and costs nothing.
Elsewhere a thread looks every few milliseconds.
"""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

_MB = 1e6
_SAMPLE_SECONDS = 0.01
_CLEAR, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


class _Gauge(Protocol):
    how: str

    def stop(self) -> float:
        """Peak in bytes since the gauge was made."""
        ...


class PeakMemory:
    """A context manager that finds the peak memory of its block. Must not be nested: the inner one resets the outer.

    Attributes:
        peak_mb: peak resident memory of this process (not of its children) in MB (10^6 bytes), all of it and not only
            what the block added; 0 before the block ends.
        gpu_peak_mb: peak memory of torch's tensors on all CUDA devices together, in MB; None where CUDA is not used.
        how: how both were measured, for a person.

    >>> with PeakMemory() as memory:
    ...     block = bytearray(1_000_000)
    >>> memory.peak_mb > 1
    True
    """

    def __init__(self) -> None:
        self.peak_mb = 0.0
        self.gpu_peak_mb: float | None = None
        self.how = ""

    def __enter__(self) -> PeakMemory:
        """Start measuring."""
        if (cuda := _cuda()) is not None:
            for device in range(cuda.device_count()):
                cuda.reset_peak_memory_stats(device)
        self._gauge: _Gauge = _HighWater() if _can_reset() else _Sampler()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Note the peaks, also where the block failed."""
        self.peak_mb = self._gauge.stop() / _MB
        self.how = self._gauge.how
        if (cuda := _cuda()) is not None:
            self.gpu_peak_mb = sum(cuda.max_memory_allocated(device) for device in range(cuda.device_count())) / _MB
            self.how += "; GPU: torch's peak of allocated memory"


class _HighWater:
    """The kernel's own record, set back when this is made."""

    how = "the kernel's high-water mark of resident memory (VmHWM), reset before"

    def __init__(self) -> None:
        _CLEAR.write_text("5")

    def stop(self) -> float:
        return _status("VmHWM")


class _Sampler:
    """Looks at the resident memory from a thread of its own."""

    how = f"resident memory, sampled every {1000 * _SAMPLE_SECONDS:.0f} ms"

    def __init__(self) -> None:
        import psutil

        self._process = psutil.Process()
        self._peak = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="peak-memory", daemon=True)
        self._look()
        self._thread.start()

    def _look(self) -> None:
        self._peak = max(self._peak, float(self._process.memory_info().rss))

    def _watch(self) -> None:
        while not self._done.wait(_SAMPLE_SECONDS):
            self._look()

    def stop(self) -> float:
        self._done.set()
        self._thread.join()
        self._look()
        return self._peak


def _can_reset() -> bool:
    """Whether the high-water mark exists and falls when it is reset; some sandboxes only pretend."""
    with suppress(OSError):
        _CLEAR.write_text("5")
        now, high = _status("VmRSS"), _status("VmHWM")
        return 0 < high <= 1.05 * now + 4e6
    return False


def _status(field: str) -> float:
    """A figure of ``/proc/self/status`` in bytes; 0 where it has none."""
    for line in _STATUS.read_text().splitlines():
        if line.startswith(f"{field}:"):
            return 1024.0 * int(line.split()[1])
    return 0.0


def _cuda() -> Any:
    """``torch.cuda`` where some part of the program has imported torch and used a GPU; never imports it."""
    torch: Any = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available() or not torch.cuda.is_initialized():
        return None
    return torch.cuda
