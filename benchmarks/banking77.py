"""The whole comparison on banking77: ``python benchmarks/banking77.py FOLDER [--out RUN] [--set key=value ...]``.

FOLDER holds ``train.csv`` and ``test.csv``. Prints, for every approach, quality with its interval, the time to build it
and to answer 3,080 messages, and the peak memory of its process. Bound by matrix products in float32 on a CPU without
bfloat16; SmolLM2's rows are mostly the 77 label names, scored as one tree a message.
"""

import argparse
import json
from pathlib import Path

from metier.comparison import run

RECIPE = Path(__file__).parent / "recipes" / "banking77.yaml"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path("runs/banking77"))
    parser.add_argument("--set", action="append", default=[])
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    files = [f"data.examples.{split}={folder / split}.csv" for split in ("train", "test")]
    finished = run(RECIPE, out=arguments.out, overrides=[*files, *arguments.set])
    names = ("macro-F1", "low", "high", "accuracy", "build s", "answer s", "p50 ms", "MB")
    print(f"{'approach':<14}" + "".join(f"{name:>10}" for name in names))
    for row in finished.leaderboard["approaches"]:
        if row["status"] != "done":
            print(f"{row['name']:<14} {row['status']}: {row['why']}")
            continue
        costs = json.loads((finished.folder / "approaches" / row["name"] / "costs.json").read_text())
        score, accuracy = row["metrics"]["macro_f1"], row["metrics"]["accuracy"]["value"]
        shares = "".join(f"{value:10.3f}" for value in (score["value"], score["low"], score["high"], accuracy))
        memory = max(row["peak_memory_mb"], row["build_memory_mb"])
        seconds = f"{row['build_seconds']:10.0f}{costs['answer_seconds']:10.0f}"
        print(f"{row['name']:<14}{shares}{seconds}{row['latency_p50_ms']:10.1f}{memory:10.0f}")
    took = json.loads((finished.folder / "run.json").read_text())["took"]
    print(f"in all {took}")


if __name__ == "__main__":
    main()
