"""The energy that a piece of work took, where the machine tells it: processors by RAPL, NVIDIA GPUs by NVML.

Both count for everything that runs on the processor or the GPU, not for one program; on a machine that does nothing
else that is the work and what idling costs. Linux lets only root read RAPL unless it is told otherwise (CVE-2020-8694).
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

POWERCAP = Path("/sys/class/powercap")
"""Where Linux shows RAPL's counters."""
WATT_HOUR = 3600.0
"""In joules."""
_LOOK_SECONDS = 20.0
"""A counter of a large processor begins again after some ten minutes at full power."""


class Counter(NamedTuple):
    """Something that counts joules.

    Attributes:
        read: what it shows now.
        wraps: where it begins again at 0; 0: never.
    """

    read: Callable[[], float]
    wraps: float


class Energy:
    """A context manager that finds what its block took.

    Attributes:
        watt_hours: of processors and GPUs together; None before the block ends, and where the machine tells neither.
        how: what was counted, for a person; empty where nothing was.

    >>> with Energy() as energy:
    ...     pass
    >>> energy.watt_hours is None or energy.watt_hours >= 0
    True
    """

    def __init__(self, counters: dict[str, list[Counter]] | None = None) -> None:
        self.watt_hours: float | None = None
        self.how = ""
        self._given = counters

    def __enter__(self) -> Energy:
        """Start counting."""
        found = {"processors (RAPL)": processors(), "GPUs (NVML)": gpus()} if self._given is None else self._given
        self.how = " and ".join(name for name, counters in found.items() if counters)
        self._counters = [counter for counters in found.values() for counter in counters]
        self._joules, self._lost = 0.0, False
        self._last = [0.0] * len(self._counters)
        self._look(first=True)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="energy", daemon=True)
        if self._counters:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Note what was counted, also where the block failed."""
        self._done.set()
        if self._counters:
            self._thread.join()
            self._look()
        if self._counters and not self._lost:
            self.watt_hours = self._joules / WATT_HOUR

    def _watch(self) -> None:
        while not self._done.wait(_LOOK_SECONDS):
            self._look()

    def _look(self, *, first: bool = False) -> None:
        for place, counter in enumerate(self._counters):
            try:
                now = counter.read()
            except (OSError, ValueError):  # half a figure is none
                self._lost = True
                continue
            if not first:
                went = now - self._last[place]
                self._joules += went + counter.wraps if went < 0 else went
            self._last[place] = now


def processors(folder: Path = POWERCAP) -> list[Counter]:
    """A counter for each processor package that may be read."""
    found: list[Counter] = []
    for zone in sorted(folder.glob("intel-rapl:*")):
        if zone.name.count(":") != 1:  # parts of a package count within it
            continue
        with suppress(OSError, ValueError):
            if not (zone / "name").read_text().startswith("package"):
                continue
            micro(zone / "energy_uj")
            found.append(Counter(lambda zone=zone: micro(zone / "energy_uj"), micro(zone / "max_energy_range_uj")))
    return found


def micro(path: Path) -> float:
    """A file's number of millionths."""
    return int(path.read_text()) / 1e6


def gpus() -> list[Counter]:
    """A counter for each GPU that torch sees, where this process uses CUDA and the driver tells."""
    torch: Any = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available() or not torch.cuda.is_initialized():
        return []
    try:
        library = ctypes.CDLL("libnvidia-ml.so.1")
        if library.nvmlInit_v2():
            return []
        return [
            counter
            for device in range(torch.cuda.device_count())
            if (counter := _gpu(library, str(torch.cuda.get_device_properties(device).uuid))) is not None
        ]
    except (OSError, AttributeError):
        return []


def _gpu(library: Any, uuid: str) -> Counter | None:
    """The counter of a GPU by the name that the driver knows it by; None where it has none."""
    handle = ctypes.c_void_p()
    name = uuid if uuid.startswith("GPU-") else f"GPU-{uuid}"
    if library.nvmlDeviceGetHandleByUUID(name.encode(), ctypes.byref(handle)):
        return None

    def read() -> float:
        millijoules = ctypes.c_ulonglong()
        if library.nvmlDeviceGetTotalEnergyConsumption(handle, ctypes.byref(millijoules)):
            raise OSError("the driver does not tell")
        return millijoules.value / 1000

    with suppress(OSError):
        read()
        return Counter(read, 0.0)
    return None
