"""Every training method at its defaults, side by side: ``python benchmarks/training/methods.py SET [--minutes 20]``.

SET is ``smollm2`` (banking77 by the bundled causal model), ``minilm`` (banking77 by the bundled encoder) or ``bc5cdr``
(names of chemicals and diseases by the encoder). It is an ordinary recipe with an approach for each method that applies
and a run folder that goes on where it stopped: the same command again, with the same sizes, does what is missing. Those
that do not apply stand under the table with the reason. ``--rows 0 --tests 0 --labels 0`` takes all of a set.
``--table`` prints the table of what is there. Bound by matrix products; sizes decide whether it takes minutes or hours.
"""

import argparse
import csv
import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import yaml

from metier.comparison import run
from metier.core.artifacts import read_json, write_json, write_text
from metier.models import locate
from metier.training import METHODS, WeightsSettings, check_method

SEED = 0


class Set(NamedTuple):
    """What is learnt, by which model.

    Attributes:
        kind: of task.
        model: bundled.
        folder: below the shared data.
        licence: of the rows.
        instruction: of the task; empty: the kind's own.
    """

    kind: str
    model: str
    folder: str
    licence: str
    instruction: str = ""


SETS = {
    "smollm2": Set("classify", "builtin", "banking77", "CC-BY-4.0", "Decide what the customer of the bank wants."),
    "minilm": Set("classify", "builtin-encoder", "banking77", "CC-BY-4.0"),
    "bc5cdr": Set("extract", "builtin-encoder", "bio-ner/BC5CDR-IOB", "CC-BY-4.0"),
}


def main() -> None:
    """Write rows and recipe, run it, print what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    shared = os.environ.get("METIER_SHARED", str(Path(__file__).parents[3] / "shared"))
    parser.add_argument("set", choices=SETS)
    parser.add_argument("--data", type=Path, default=Path(shared) / "data", help="the folder of the real sets")
    parser.add_argument("--out", type=Path, help="default: runs/methods-SET")
    parser.add_argument("--rows", type=int, default=160, help="training rows, a quarter more for validation; 0: all")
    parser.add_argument("--tests", type=int, default=200, help="test rows; 0: all")
    parser.add_argument("--labels", type=int, default=20, help="intents of banking77; 0: all")
    parser.add_argument("--minutes", type=float, help="stop after so many; the same command goes on")
    parser.add_argument("--methods", nargs="+", default=METHODS.names(), choices=METHODS.names())
    parser.add_argument("--model", help="another model of the same family")
    parser.add_argument("--set", dest="settings", action="append", default=[], help="a setting of the recipe")
    parser.add_argument("--table", action="store_true", help="print what is there, and run nothing")
    given = parser.parse_args()
    out = (given.out or Path("runs") / f"methods-{given.set}").resolve()
    if not given.table:
        out.mkdir(parents=True, exist_ok=True)
        recipe, refused = prepared(SETS[given.set], given, out)
        write_json(out / "refused.json", refused)
        write_text(out / "recipe.yaml", yaml.safe_dump(recipe, sort_keys=False))
        run(out / "recipe.yaml", out=out / "run", overrides=given.settings)
    print(table(read_json(out / "run" / "leaderboard.json"), read_json(out / "refused.json")))


def prepared(chosen: Set, given: argparse.Namespace, out: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The recipe, and the methods that it leaves out with the reason."""
    model = given.model or chosen.model
    source = locate(model, folder=Path.cwd())
    approaches: dict[str, Any] = {}
    refused: dict[str, str] = {}
    for name in given.methods:
        weights = {"method": name}
        if problems := check_method(WeightsSettings.model_validate(weights), source):
            refused[name] = f"refused: {problems[0].got}, and not {problems[0].expected}"
            continue
        asked = {"prompt": {"sensitivity": 0}} if source.profile.family == "causal" else {}
        approaches[name] = {**asked, "weights": weights}
    write = intents if chosen.kind == "classify" else sentences
    recipe = {
        "name": f"methods-{given.set}",
        "task": {"kind": chosen.kind, "instruction": chosen.instruction},
        "data": write(given.data / chosen.folder, out, given),
        "model": model,
        "approaches": approaches,
        "evaluate": {"latency_queries": 6},
        "limits": {"minutes": given.minutes},
        "seed": SEED,
    }
    return recipe, refused


def intents(folder: Path, out: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Messages with their intents, each intent as often as any other: the recipe's ``data``."""
    read: dict[str, list[dict[str, str]]] = {}
    for split in ("train", "test"):
        with (folder / f"{split}.csv").open(encoding="utf-8", newline="") as file:
            read[split] = list(csv.DictReader(file))
        Random(SEED).shuffle(read[split])
    every = sorted({row["category"] for row in read["train"]})
    kept = set(Random(SEED).sample(every, given.labels or len(every)))
    train, test = (list(in_turns(rows, kept)) for rows in read.values())
    for split, rows in divided(train, test, given).items():
        with (out / f"{split}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["text", "category"])
            writer.writeheader()
            writer.writerows(rows)
    return {"examples": files("csv"), "input": "text", "target": "category"}


def in_turns(rows: list[dict[str, str]], kept: set[str]) -> Iterator[dict[str, str]]:
    """A row of each label, then the next of each."""
    by_label: dict[str, list[dict[str, str]]] = {label: [] for label in sorted(kept)}
    for row in rows:
        if row["category"] in kept:
            by_label[row["category"]].append(row)
    for place in range(max(map(len, by_label.values()))):
        yield from (some[place] for some in by_label.values() if place < len(some))


def sentences(folder: Path, out: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Sentences whose tokens have tags: the recipe's ``data``."""
    read: dict[str, list[str]] = {}
    for split in ("train", "test"):
        read[split] = (folder / f"{split}.tsv").read_text(encoding="utf-8").strip().split("\n\n")
        Random(SEED).shuffle(read[split])
    for split, some in divided(read["train"], read["test"], given).items():
        write_text(out / f"{split}.tsv", "\n\n".join(some) + "\n")
    return {"examples": files("tsv")}


def divided(train: list[Any], test: list[Any], given: argparse.Namespace) -> dict[str, list[Any]]:
    """Rows of each split: validation is the fifth of the training rows that is drawn last."""
    wanted = min(len(train), given.rows + given.rows // 4 if given.rows else len(train))
    learnt = wanted - wanted // 5
    return {"train": train[:learnt], "validation": train[learnt:wanted], "test": test[: given.tests or None]}


def files(ending: str) -> dict[str, str]:
    return {split: f"{split}.{ending}" for split in ("train", "validation", "test")}


def table(board: dict[str, Any], refused: dict[str, str]) -> str:
    """Markdown: what was measured of each approach, then the reasons of those that are missing."""
    first = board["primary_metric"]
    lines = [
        f"{board['run']}: {board['test_size']} test rows",
        f"| method | {first} | 95% interval | trained numbers | training s | build s | memory MB | disk MB | p50 ms |",
        "|---|" + "---:|" * 8,
    ]
    missing = dict(refused)
    for row in board["approaches"]:
        if row["status"] != "done":
            missing[row["name"]] = f"{row['status']}: {row['why']}"
            continue
        score = row["metrics"][first]
        memory = max(row["peak_memory_mb"], row["build_memory_mb"])
        lines.append(
            f"| {row['name']} | {score['value']:.3f} | {score['low']:.3f} to {score['high']:.3f} "
            f"| {row['trainable_parameters']:,} | {row['train_seconds']:.0f} | {row['build_seconds']:.0f} "
            f"| {memory:.0f} | {row['disk_mb']:.1f} | {row['latency_p50_ms']:.1f} |"
        )
    return "\n".join([*lines, *(f"- {name}: {why}" for name, why in sorted(missing.items()))])


if __name__ == "__main__":
    main()
