import mmap
import sys
import time
from types import SimpleNamespace
from typing import Any

import pytest

from metier.evaluation import PeakMemory
from metier.evaluation.costing import memory

MB = 1_000_000


@pytest.fixture
def no_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)


def held(megabytes: int) -> mmap.mmap:
    """New memory of the system's own, every page touched: what malloc gives may be there already."""
    block = mmap.mmap(-1, megabytes * MB, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for _ in range(megabytes):
        block.write(b"x" * MB)
    return block


def sampled(memory_: PeakMemory) -> None:
    """Wait, on however busy a machine, until a gauge that samples has looked once more, if it is one."""
    looks: list[float] = []
    gauge: Any = memory_._gauge
    if isinstance(gauge, memory._Sampler):
        look = gauge._look
        gauge._look = lambda: (look(), looks.append(1))
        end = time.monotonic() + 30
        while not looks:
            assert time.monotonic() < end, "the sampler does not look"
            time.sleep(0.001)


@pytest.mark.usefixtures("no_cuda")
@pytest.mark.parametrize("resettable", [True, False])
def test_a_peak_inside_the_block_is_seen_after_it(monkeypatch: pytest.MonkeyPatch, resettable: bool):
    if resettable and not memory._can_reset():
        pytest.skip("this system does not let a process reset its high-water mark")
    if not resettable:
        monkeypatch.setattr(memory, "_can_reset", lambda: False)
    with PeakMemory() as idle:
        time.sleep(0.02)
    with PeakMemory() as busy:
        block = held(200)
        sampled(busy)
        block.close()
    with PeakMemory() as after:
        time.sleep(0.02)
    assert busy.peak_mb - idle.peak_mb == pytest.approx(200, abs=20)
    assert after.peak_mb < busy.peak_mb - 150
    assert ("VmHWM" in busy.how) == resettable
    assert busy.gpu_peak_mb is None


@pytest.mark.usefixtures("no_cuda")
def test_a_failing_block_is_measured_too():
    with pytest.raises(RuntimeError), PeakMemory() as peak:
        raise RuntimeError
    assert peak.peak_mb > 10


def test_gpu_memory_is_summed_where_torch_uses_one(monkeypatch: pytest.MonkeyPatch):
    reset: list[int] = []
    cuda = SimpleNamespace(
        is_available=lambda: True,
        is_initialized=lambda: True,
        device_count=lambda: 2,
        reset_peak_memory_stats=reset.append,
        max_memory_allocated=lambda device: (device + 1) * 100 * MB,
    )
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
    with PeakMemory() as peak:
        pass
    assert peak.gpu_peak_mb == 300
    assert reset == [0, 1]
    assert "GPU" in peak.how


def test_torch_without_a_gpu_in_use_is_left_alone(monkeypatch: pytest.MonkeyPatch):
    cuda = SimpleNamespace(is_available=lambda: True, is_initialized=lambda: False)
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
    with PeakMemory() as peak:
        pass
    assert peak.gpu_peak_mb is None


@pytest.mark.gpu
def test_a_real_gpu():
    import torch

    torch.zeros(1, device="cuda")
    with PeakMemory() as peak:
        torch.zeros(50 * MB // 4, device="cuda")
    assert peak.gpu_peak_mb is not None
    assert peak.gpu_peak_mb >= 50
