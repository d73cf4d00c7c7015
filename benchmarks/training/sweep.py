"""A sweep on MiniLM and a subset of banking77: what it gains on validation, and what is left of that on the test set.

``python benchmarks/training/sweep.py --labels 10 --rows 400 --trials 8 --method head --way random``

The first labels of the alphabet, ``rows`` of the published training set drawn by the seed (a quarter of them for
validation), and the published test rows of those labels. One approach is as the recipe says, the other is swept over
rate, epochs and batch size; everything runs as ``metier run`` does it.
"""

import argparse
import csv
import os
from pathlib import Path
from random import Random
from typing import Any

import yaml

from metier.comparison import run
from metier.core import Silent
from metier.core.artifacts import read_json

OVER: dict[str, Any] = {
    "weights.learning_rate": {"low": 3e-4, "high": 3e-2, "log": True},
    "weights.epochs": [6, 12, 24],
    "weights.batch_size": [8, 16, 32],
}


def main() -> None:
    """Write the rows and the recipe, run it, print what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    shared = os.environ.get("METIER_SHARED", str(Path(__file__).parents[3] / "shared"))
    parser.add_argument("--data", type=Path, default=Path(shared) / "data" / "banking77")
    parser.add_argument("--out", type=Path, default=Path("runs/sweep"))
    parser.add_argument("--labels", type=int, default=10)
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--trials", type=int, default=8)
    parser.add_argument("--method", default="head")
    parser.add_argument("--way", default="random")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    weights = {"method": given.method, "max_length": 64}
    sweep = {"over": OVER, "trials": given.trials, "method": given.way}
    recipe = {
        "name": "sweep",
        "task": {"kind": "classify", "instruction": "Sort the message."},
        "data": {"examples": write_rows(given), "input": "text", "target": "category"},
        "model": "builtin-encoder",
        "approaches": {"default": {"weights": weights}, "swept": {"weights": weights, "sweep": sweep}},
    }
    path = given.out / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe, sort_keys=False), encoding="utf-8")
    done = run(path, out=given.out / "run", reporter=Silent())
    report(done.folder, done.leaderboard)


def write_rows(given: argparse.Namespace) -> dict[str, str]:
    """Three files; the recipe's ``data.examples``."""
    kept: set[str] = set()
    parts: dict[str, list[dict[str, str]]] = {}
    for split in ("train", "test"):
        with (given.data / f"{split}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        kept = kept or set(sorted({row["category"] for row in rows})[: given.labels])
        parts[split] = [row for row in rows if row["category"] in kept]
    drawn = Random(0).sample(parts["train"], given.rows)
    parts["train"], parts["validation"] = drawn[given.rows // 4 :], drawn[: given.rows // 4]
    for split, rows in parts.items():
        with (given.out / f"{split}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["text", "category"])
            writer.writeheader()
            writer.writerows(rows)
    return {split: f"{split}.csv" for split in ("train", "validation", "test")}


def report(folder: Path, board: dict[str, Any]) -> None:
    """The trials, then both approaches on the test set."""
    told = read_json(folder / "approaches/swept/sweep.json")
    for trial in told["trials"]:
        print(f"{trial['value']:.3f}  {trial['values'] or 'default'}  rows {trial['rows'] or 'all'}")
    found = told["sweep"]
    print(f"validation ({found['rows']} rows): default {found['default']}, best {found['best']}, {found['chosen']}")
    for row in board["approaches"]:
        if row["status"] == "done":
            score = row["metrics"]["macro_f1"]
            interval = f"{score['low']:.3f} to {score['high']:.3f}"
            print(f"test {row['name']}: {score['value']:.3f} ({interval}), training {row['train_seconds']:.0f} s")


if __name__ == "__main__":
    main()
