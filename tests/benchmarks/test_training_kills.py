"""The short version of ``benchmarks/training/kills.py``."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "training" / "kills.py"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks processes")
def test_trainings_killed_at_random_moments_end_the_same() -> None:
    command = [sys.executable, str(SCRIPT), "--kills", "3"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 kills, 3 endings with the same weights and losses, byte for byte" in done.stdout
