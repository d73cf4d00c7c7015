"""``run.json``: what ran, and what it ran on: for the record, and for anyone who wants to repeat it."""

from __future__ import annotations

import os
import platform
import shlex
import sys
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from metier.comparison.recipe import Loaded
from metier.core import duration
from metier.core.artifacts import hash_value, read_json, write_json
from metier.data import Dataset

_PACKAGES = ("torch", "transformers", "peft", "accelerate", "safetensors", "tokenizers", "numpy", "scikit-learn")


def write_run_json(loaded: Loaded, folder: Path, dataset: Dataset, began: datetime, seconds: float) -> None:
    """What ran, on what, for how long; ``seconds`` adds up over continuations."""
    path = folder / "run.json"
    key = hash_value(loaded.recipe)
    before = read_json(path) if path.is_file() else {}
    continued = before.get("recipe") == key
    total = seconds + (before["seconds"] if continued else 0.0)
    write_json(
        path,
        {
            "recipe": key,
            "command": shlex.join(["metier", *sys.argv[1:]]),
            "started": before["started"] if continued else began.isoformat(timespec="seconds"),
            "seconds": round(total, 1),
            "took": duration(total),
            "recipe_folder": str(loaded.folder),
            "seed": loaded.recipe.seed,
            "inputs": {source["file"]: source["sha256"] for source in dataset.summary["sources"]},
            "versions": versions(),
            "machine": machine(),
        },
    )


def versions() -> dict[str, str]:
    """Versions of Metier and of the packages that results depend on."""
    import metier

    found = {"metier": metier.__version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def machine() -> dict[str, Any]:
    """Processor, cores, memory and system; no name, no address."""
    import psutil

    return {
        "cpu": _cpu_name(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "gpu": _gpu_name(),
        "os": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def _cpu_name() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _gpu_name() -> str | None:
    """From the driver's own files: asking torch would load it."""
    for file in Path("/proc/driver/nvidia/gpus").glob("*/information"):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("Model"):
                return line.partition(":")[2].strip()
    return None
