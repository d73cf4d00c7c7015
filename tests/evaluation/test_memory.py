import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from metier.evaluation import PeakMemory
from metier.evaluation.costing import memory

MB = 1_000_000


@pytest.fixture
def no_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)


MEASURED = """
import json, mmap, sys, time
from metier.evaluation.costing import memory

if sys.argv[1] == "sampled":
    memory._can_reset = lambda: False

with memory.PeakMemory() as idle:
    time.sleep(0.02)
with memory.PeakMemory() as busy:
    block = mmap.mmap(-1, 500_000_000, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for _ in range(500):
        block.write(b"x" * 1_000_000)
    gauge = busy._gauge
    if isinstance(gauge, memory._Sampler):
        look, looks = gauge._look, []
        gauge._look = lambda: (look(), looks.append(1))
        while not looks:
            time.sleep(0.001)
    block.close()
with memory.PeakMemory() as after:
    time.sleep(0.02)
print(json.dumps({"idle": idle.peak_mb, "busy": busy.peak_mb, "after": after.peak_mb, "how": busy.how,
                  "gpu": busy.gpu_peak_mb}))
"""
"""A process of its own, small beside its block of the system's memory: in one that holds a gigabyte of mapped libraries
the system may take as much back meanwhile, and what malloc gives may be there already."""


@pytest.mark.parametrize("way", ["reset", "sampled"])
def test_a_peak_inside_the_block_is_seen_after_it(way: str):
    if way == "reset" and not memory._can_reset():
        pytest.skip("this system does not let a process reset its high-water mark")
    ended = subprocess.run(
        [sys.executable, "-c", MEASURED, way], check=True, capture_output=True, text=True, timeout=120
    )
    peaks = json.loads(ended.stdout)
    assert peaks["busy"] - peaks["idle"] == pytest.approx(500, abs=150)
    assert peaks["after"] < peaks["busy"] - 350
    assert ("VmHWM" in peaks["how"]) == (way == "reset")
    assert peaks["gpu"] is None


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
