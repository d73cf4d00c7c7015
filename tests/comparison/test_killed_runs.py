"""``metier run`` killed at any moment and started again ends as if nothing had happened, bit for bit."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet
from tests.small_task import write_recipe

from metier.core.artifacts import hash_file, read_json

METIER = str(Path(sys.executable).parent / "metier")
WEIGHTS = {"epochs": 40, "patience": 0, "checkpoint_seconds": 0, "batch_size": 8, "max_length": 200}


def lines(run: Path) -> int:
    journal = run / "events.jsonl"
    return journal.read_bytes().count(b"\n") if journal.is_file() else 0


def start(recipe: Path, run: Path) -> subprocess.Popen[bytes]:
    command = [METIER, "run", str(recipe), "--out", str(run)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def results(run: Path) -> dict[str, Any]:
    """All that must be the same: metrics, answers, and every byte of the weights."""
    board = read_json(run / "leaderboard.json")
    found: dict[str, Any] = {
        row["name"]: (row["status"], row["metrics"], row["vs_best"]) for row in board["approaches"]
    }
    for path in sorted(run.rglob("*")):
        if path.suffix == ".safetensors":
            found[str(path.relative_to(run))] = hash_file(path)
        if path.suffix == ".parquet":
            found[str(path.relative_to(run))] = parquet.read_table(path).to_pylist()
    return found


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", range(3))
def test_a_run_that_was_killed_again_and_again_ends_the_same(
    seed: int, tiny_causal: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    approaches = {
        "few-shot": {"prompt": {"demonstrations": 2}},
        "lora": {"weights": {"method": "lora", "rank": 2, "dropout": 0.1, **WEIGHTS}},
        "encoder-full": {"model": str(tiny_encoder), "weights": {"method": "full", **WEIGHTS}},
    }
    recipe = write_recipe(tmp_path, causal=tiny_causal, encoder=tiny_encoder, approaches=approaches)
    assert start(recipe, tmp_path / "whole").wait() == 0
    draw, run = random.Random(seed), tmp_path / "killed"
    for _ in range(4):
        until = lines(run) + draw.randint(1, lines(tmp_path / "whole"))
        process = start(recipe, run)
        while lines(run) < until and process.poll() is None:
            time.sleep(0.002)
        time.sleep(draw.random() * 0.3)
        if process.poll() is None:
            # The parent alone, or all at once as when the machine goes down.
            (os.kill if draw.random() < 0.5 else os.killpg)(process.pid, signal.SIGKILL)
        process.wait()
    time.sleep(1)  # for a worker that is still ending
    assert start(recipe, run).wait() == 0
    assert results(run) == results(tmp_path / "whole")
    assert not [path for path in run.rglob(".*") if path.name.endswith((".part", ".old"))]
