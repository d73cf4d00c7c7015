"""Does reading the domain first help? ``python benchmarks/continuing.py SHARED [--documents N] [--rows N]``.

SHARED holds ``data/medquad`` and ``data/mts-dialog`` (both CC-BY-4.0). SmolLM2 learns the answers of medquad as raw
text (full, split by ``focus``), measured in bits a byte on answers held out; then the sections of clinical notes from
the dialogues of mts-dialog (LoRA), once from the base and once from what was read, by ROUGE-L on the given test set.
Bound by matrix products: two CPU cores take hours for all of it (``--documents 0 --rows 0``). As it stands it reads 48
answers and learns from 32 dialogues, in minutes, which shows that the chain works and answers nothing.
"""

import argparse
import csv
import json
import time
from pathlib import Path
from typing import Any

import yaml

from metier.comparison import run
from metier.core.artifacts import write_text

SEED = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--documents", type=int, default=48, help="documents at most, held-out ones too; 0: all")
    parser.add_argument("--rows", type=int, default=32, help="dialogues to learn from; half as many are test. 0: all")
    parser.add_argument("--model", default="builtin")
    parser.add_argument("--out", type=Path, default=Path("runs/continuing"))
    arguments = parser.parse_args()
    data, out, started = arguments.shared.resolve() / "data", arguments.out.resolve(), time.perf_counter()
    read = recipe("reading", arguments.model, reading(data, out, arguments.documents))
    weights = {"method": "full", "epochs": 1, "batch_size": 4, "max_length": 1024}
    read["approaches"] = {"read": {"weights": weights}}
    read["evaluate"] = {"latency_queries": 3}
    first = start(out, read)
    show(first, "bits_per_byte")
    instructed = recipe("notes", arguments.model, notes(data, out, arguments.rows))
    prompt = {"max_new_tokens": 64, "sensitivity": 0}
    tune = {"method": "lora", "epochs": 1, "batch_size": 4, "max_length": 768}
    reader = str(out / "reading" / "approaches" / "read")
    instructed["approaches"] = {
        "from-the-base": {"prompt": prompt, "weights": tune},
        "after-reading": {"prompt": prompt, "weights": {**tune, "start": reader}},
    }
    instructed["evaluate"] = {"metrics": ["rouge_l", "token_f1"], "latency_queries": 3}
    second = start(out, instructed)
    show(second, "rouge_l")
    print(f"{time.perf_counter() - started:.0f} s")


def recipe(name: str, model: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "model": model, "seed": SEED, **content}


def reading(data: Path, out: Path, most: int) -> dict[str, Any]:
    """The answers of medquad, each with what it is about."""
    rows = map(json.loads, (data / "medquad" / "medquad.jsonl").read_text(encoding="utf-8").splitlines())
    kept = [{"text": row["answer"], "focus": row["focus"]} for row in rows if row.get("answer")]
    kept = spread(kept, most)
    path = out / "medquad.jsonl"
    write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept))
    return {"task": {"kind": "continue"}, "data": {"examples": str(path), "input": "text", "group": "focus"}}


def notes(data: Path, out: Path, most: int) -> dict[str, Any]:
    """Dialogues with the section that was written of each, in the given splits."""
    files = {"train": "TrainingSet", "validation": "ValidationSet", "test": "TestSet-1-MEDIQA-Chat-2023"}
    examples: dict[str, str] = {}
    for (split, name), share in zip(files.items(), (1, 4, 2), strict=True):
        with (data / "mts-dialog" / f"MTS-Dialog-{name}.csv").open(encoding="utf-8", newline="") as file:
            rows = [{"dialogue": row["dialogue"], "section_text": row["section_text"]} for row in csv.DictReader(file)]
        path = out / f"notes-{split}.jsonl"
        write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in spread(rows, most // share)))
        examples[split] = str(path)
    columns = {"input": "dialogue", "target": "section_text"}
    return {
        "task": {
            "kind": "generate",
            "instruction": "Write the section of the clinical note that the dialogue is about.",
        },
        "data": {"examples": examples, **columns},
    }


def spread(rows: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """So many rows from the whole length; 0: all."""
    return rows[:: max(1, len(rows) // most)][:most] if most else rows


def start(out: Path, content: dict[str, Any]) -> dict[str, Any]:
    path = out / f"{content['name']}.yaml"
    write_text(path, yaml.safe_dump(content, sort_keys=False))
    return run(path, out=out / content["name"]).leaderboard


def show(board: dict[str, Any], metric: str) -> None:
    print(f"{board['run']}: {board['test_size']} test rows")
    for row in board["approaches"]:
        if row["status"] != "done":
            print(f"  {row['name']:<16} {row['status']}: {row['why']}")
            continue
        score = row["metrics"][metric]
        print(f"  {row['name']:<16}{score['value']:9.4f}  {score['low']:.4f} to {score['high']:.4f}")


if __name__ == "__main__":
    main()
