"""Energy by counters that wrap, vanish or are not there."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from metier.evaluation.costing import energy
from metier.evaluation.costing.energy import Counter, Energy, gpus, processors


def counting(*values: float | None, wraps: float = 0.0) -> Counter:
    stream: Iterator[float | None] = iter(values)

    def read() -> float:
        value = next(stream)
        if value is None:
            raise OSError("gone")
        return value

    return Counter(read, wraps)


def test_counters_are_added_up() -> None:
    with Energy({"processors": [counting(100, 4000), counting(5, 5)], "GPUs": [counting(0, 3300)]}) as found:
        pass
    assert found.watt_hours == pytest.approx(2.0)
    assert found.how == "processors and GPUs"


def test_a_counter_that_begins_again_goes_on() -> None:
    with Energy({"processors": [counting(9000, 800, wraps=10_000)]}) as found:
        pass
    assert found.watt_hours == pytest.approx(0.5)


def test_half_a_figure_is_none() -> None:
    with Energy({"processors": [counting(1, None), counting(1, 2)]}) as found:
        pass
    assert found.watt_hours is None


def test_a_machine_that_tells_nothing() -> None:
    with Energy({"processors": []}) as found:
        pass
    assert (found.watt_hours, found.how) == (None, "")


def zone(folder: Path, name: str, kind: str, energy_uj: int) -> None:
    place = folder / name
    place.mkdir()
    (place / "name").write_text(f"{kind}\n")
    (place / "energy_uj").write_text(f"{energy_uj}\n")
    (place / "max_energy_range_uj").write_text("262143328850\n")


def test_packages_count_and_their_parts_do_not(tmp_path: Path) -> None:
    zone(tmp_path, "intel-rapl:0", "package-0", 5_000_000)
    zone(tmp_path, "intel-rapl:1", "package-1", 7_000_000)
    zone(tmp_path, "intel-rapl:0:0", "core", 3_000_000)
    zone(tmp_path, "intel-rapl:2", "psys", 90_000_000)
    (tmp_path / "intel-rapl:3").mkdir()  # may not be read
    found = processors(tmp_path)
    assert [counter.read() for counter in found] == [5.0, 7.0]
    assert found[0].wraps == pytest.approx(262143.32885)
    assert processors(tmp_path / "nowhere") == []


def test_gpus_are_read_by_their_uuid(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    def handle(name: bytes, found: Any) -> int:
        asked.append(name)
        return 0 if name == b"GPU-one" else 1

    def consumed(handle: Any, found: Any) -> int:
        ctypes.cast(found, ctypes.POINTER(ctypes.c_ulonglong))[0] = 2500
        return 0

    library = SimpleNamespace(
        nvmlInit_v2=lambda: 0,
        nvmlDeviceGetHandleByUUID=handle,
        nvmlDeviceGetTotalEnergyConsumption=consumed,
    )
    cuda = SimpleNamespace(
        is_available=lambda: True,
        is_initialized=lambda: True,
        device_count=lambda: 2,
        get_device_properties=lambda device: SimpleNamespace(uuid=("one", "GPU-two")[device]),
    )
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
    monkeypatch.setattr(energy.ctypes, "CDLL", lambda name: library)
    (found,) = gpus()
    assert found.read() == 2.5
    assert asked == [b"GPU-one", b"GPU-two"]
    library.nvmlInit_v2 = lambda: 9
    assert gpus() == []
