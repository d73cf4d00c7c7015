"""Kill a run at random moments and continue it: ``python benchmarks/kills.py [--kills 10] [--seed 0]``.

A small run of the bundled domain (LoRA and full fine-tuning of the encoder, LoRA of SmolLM2 on a few rows) is done once
undisturbed. Then the same run, in another folder, is killed with SIGKILL after a random share of the undisturbed time,
started again, killed again ... and at last left to end. Its leaderboard (all that is not a timing or a memory figure)
and every weight file must be the same, byte for byte.
"""

import argparse
import hashlib
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

METIER = str(Path(sys.executable).parent / "metier")
RECIPE = """
name: kills
task: {kind: classify, instruction: Decide what the customer wants.}
data: {examples: %s, input: message, target: intent, group: customer_id}
approaches:
  lora: {prompt: {sensitivity: 0}, weights: {method: lora, rank: 4, epochs: 1, max_rows: 48, checkpoint_seconds: 1}}
  encoder-lora: {model: builtin-encoder, weights: {method: lora, epochs: 1, max_rows: 256, checkpoint_seconds: 1}}
  encoder-full: {model: builtin-encoder, weights: {method: full, epochs: 1, max_rows: 256, checkpoint_seconds: 1}}
"""
TIMINGS = ("_seconds", "_ms", "_mb", "_wh", "seconds")
MEASURED = ("answers_per_second", "load", "recommended", "reason", "trace", "break_even")
"""Speeds, and the advice, which looks at measured latency: they differ from run to run."""


def run(recipe: Path, out: Path, *, kill_after: float | None = None) -> bool:
    """One start of the run; True when it ended by itself."""
    process = subprocess.Popen(
        [METIER, "run", str(recipe), "--out", str(out)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        process.wait(kill_after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return False
    if process.returncode:
        sys.exit(f"the run failed with code {process.returncode}")
    return True


def outcome(out: Path) -> dict[str, str]:
    """What must be the same: the leaderboard without timings, predictions and weights by hash."""

    def steady(value: object) -> object:
        if isinstance(value, dict):
            return {k: steady(v) for k, v in value.items() if not k.endswith(TIMINGS) and k not in MEASURED}
        return [steady(item) for item in value] if isinstance(value, list) else value

    board = json.loads((out / "leaderboard.json").read_text())
    found = {f"leaderboard.json: {path}": json.dumps(value) for path, value in leaves(steady(board))}
    for path in sorted(out.glob("approaches/*/weights/*.safetensors")) + sorted(
        out.glob("approaches/*/predictions.parquet")
    ):
        found[str(path.relative_to(out))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every value that holds no other, with the way to it."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, f"{path}.{key}" if path else str(key))
    else:
        yield path, value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    from metier.comparison import demo_recipe

    rng = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        recipe = Path(folder) / "recipe.yaml"
        recipe.write_text(RECIPE % (demo_recipe().parent / "tickets.csv"))
        started = time.monotonic()
        run(recipe, Path(folder) / "whole")
        whole = time.monotonic() - started
        expected = outcome(Path(folder) / "whole")
        files = sum(not name.startswith("leaderboard.json") for name in expected)
        print(f"undisturbed: {whole:.0f} s, {files} files and {len(expected) - files} figures compared", flush=True)
        killed = Path(folder) / "killed"
        kills = 0
        while kills < arguments.kills:
            after = rng.uniform(2.0, whole / 3)
            if run(recipe, killed, kill_after=after):
                print(f"  ended by itself within {after:.1f} s after {kills} kills; starting anew", flush=True)
                if outcome(killed) != expected:
                    sys.exit("DIFFERENT")
                subprocess.run(["rm", "-rf", str(killed)], check=True)
                continue
            kills += 1
            print(f"  kill {kills} after {after:.1f} s", flush=True)
        run(recipe, killed)
        found = outcome(killed)
        different = [name for name in {**expected, **found} if found.get(name) != expected.get(name)]
        for name in different:
            print(f"  DIFFERENT  {name}: {expected.get(name)} / {found.get(name)}")
        if different:
            sys.exit(1)
        print(f"{kills} kills: the same leaderboard, predictions and weights, byte for byte")


if __name__ == "__main__":
    main()
