"""Estimates against reality: ``python benchmarks/training/estimates.py [SHAPE ...] [--out estimates.json]``.

For each shape a recipe with one approach is written (the bundled domain's tickets; longer texts are tickets joined),
estimated as ``metier check`` does in a process of its own, and built and asked as ``metier run`` does in another. Shown
are the estimate, what was measured and their ratio: peak resident memory, seconds of building, and seconds of training
alone. The goal is memory within 15% and time within 25%. Needs the bundled models and a quiet machine; a shape takes
less than a minute. ``--table estimates.json`` shows an earlier run.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

LLAMA = {
    "hidden_size": 512, "num_hidden_layers": 6, "intermediate_size": 1536, "num_attention_heads": 8,
    "num_key_value_heads": 2,
}  # fmt: skip
QWEN = {
    "hidden_size": 640, "num_hidden_layers": 14, "intermediate_size": 2560, "num_attention_heads": 10,
    "num_key_value_heads": 2,
}  # fmt: skip
GPT2 = {"n_embd": 512, "n_layer": 8, "n_head": 8, "n_positions": 1024}
ASK = {"prompt": {"sensitivity": 0}}
SHAPES: dict[str, dict[str, Any]] = {
    "smollm2 lora, short rows": {**ASK, "weights": {"method": "lora", "epochs": 1, "max_rows": 96}},
    "smollm2 lora, long rows": {"long": 8, **ASK, "weights": {"method": "lora", "epochs": 1, "max_rows": 16}},
    "smollm2 full, short rows": {**ASK, "weights": {"method": "full", "epochs": 1, "max_rows": 32}},
    "smollm2 qlora, short rows": {**ASK, "weights": {"method": "qlora", "epochs": 1, "max_rows": 32}},
    "llama 26M lora, long rows": {
        "from": ("llama", LLAMA), "long": 8, **ASK, "weights": {"method": "lora", "epochs": 1, "max_rows": 96},
    },
    "qwen2 shape full, short rows": {
        "from": ("qwen2", QWEN), **ASK, "weights": {"method": "full", "epochs": 1, "max_rows": 64},
    },
    "gpt2 shape lora, float32": {
        "from": ("gpt2", GPT2), "precision": "float32", **ASK,
        "weights": {"method": "lora", "epochs": 1, "max_rows": 128},
    },
    "minilm full": {"model": "builtin-encoder", "weights": {"method": "full", "epochs": 2}},
    "minilm lora": {"model": "builtin-encoder", "weights": {"method": "lora", "epochs": 2}},
    "minilm head, long rows": {"model": "builtin-encoder", "long": 8, "weights": {"method": "head", "epochs": 3}},
    "smollm2 zero-shot": {},
    "smollm2 few-shot": {"prompt": {"demonstrations": 8, "choose": "random", "sensitivity": 0}},
}  # fmt: skip
TICKETS = 320
"""So many of the domain's tickets are split into train, validation and test: a shape takes less than a minute."""
OWN = ("from", "long", "precision")


def write_recipe(name: str, folder: Path) -> Path:
    """The recipe of a shape, with its rows and, where it has one, its model from a config."""
    from metier.comparison import demo_recipe

    shape = SHAPES[name]
    with (demo_recipe().parent / "tickets.csv").open(encoding="utf-8", newline="") as file:
        tickets = list(csv.DictReader(file))[:TICKETS]
    joined = shape.get("long", 1)
    rows = [
        {"text": "\n\n".join(one["message"] for one in tickets[i : i + joined]), "label": tickets[i]["intent"]}
        for i in range(len(tickets) - joined + 1)
    ]
    with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["text", "label"])
        writer.writeheader()
        writer.writerows(rows)
    approach = {key: value for key, value in shape.items() if key not in OWN}
    if "from" in shape:
        approach["model"] = str(write_model(*shape["from"], folder / "model"))
    recipe = {
        "name": "estimates",
        "task": {"kind": "classify", "instruction": "Decide what the customer wants."},
        "data": {"examples": "rows.csv", "input": "text", "target": "label"},
        "approaches": {"it": approach},
        "evaluate": {"latency_queries": 5},
        "precision": shape.get("precision", "auto"),
    }
    path = folder / "recipe.yaml"
    path.write_text(json.dumps(recipe), encoding="utf-8")  # JSON is YAML
    return path


def write_model(kind: str, sizes: dict[str, int], folder: Path) -> Path:
    """Random weights for a config, with the bundled model's tokenizer."""
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    from metier.models import locate

    tokenizer = AutoTokenizer.from_pretrained(locate("builtin", folder=folder).path)
    ids = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": 0}
    config = AutoConfig.for_model(kind, vocab_size=len(tokenizer), tie_word_embeddings=True, **sizes, **ids)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def estimate(folder: Path) -> dict[str, Any]:
    """What ``metier check`` would say."""
    from metier.comparison import check_recipe
    from metier.core.artifacts import plain

    begun = time.monotonic()
    path = folder / "recipe.yaml"
    checked: Any = plain(check_recipe(path, estimates=True)._asdict())
    return checked["expected"]["it"] | {"check_seconds": time.monotonic() - begun}


def run(folder: Path) -> dict[str, Any]:
    """What building and asking the approach takes in a process of its own."""
    from metier import data
    from metier.comparison.recipe import load_recipe
    from metier.comparison.working.job import Job
    from metier.comparison.working.worker import run_isolated
    from metier.core import Silent
    from metier.core.artifacts import read_json

    loaded = load_recipe(folder / "recipe.yaml")
    recipe, out = loaded.recipe, folder / "run"
    data.prepare(recipe.task, recipe.data, folder=folder, seed=recipe.seed).save(out)
    job = Job(run=out, name="it", settings=recipe.approaches["it"], loaded=loaded)
    outcome = run_isolated(job, Silent())
    if outcome.status != "done":
        sys.exit(f"{outcome.status}: {outcome.why}")
    place = out / "approaches" / "it"
    building, record, costs = (read_json(place / f"{name}.json") for name in ("building", "record", "costs"))
    return {
        "memory_mb": max(building["peak_memory_mb"], costs["peak_memory_mb"]),
        "building_mb": building["peak_memory_mb"],
        "answering_mb": costs["peak_memory_mb"],
        "build_seconds": building["seconds"],
        "train_seconds": record["seconds"].get("train"),
        "test_seconds": costs["answer_seconds"],
        "seconds": record["seconds"],
    }


def in_own_process(what: str, name: str, folder: Path) -> dict[str, Any]:
    """One of the functions above, in a fresh process."""
    command = [sys.executable, __file__, name, "--do", what, "--folder", str(folder)]
    environment = {"GOMP_SPINCOUNT": "10000", **os.environ}  # as the command line sets it
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        sys.exit(f"{name}, {what}: {done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def trained(seconds: dict[str, float]) -> float | None:
    """Estimated seconds of what the record calls ``train``."""
    parts = [seconds.get(part, 0.0) for part in ("train", "validate", "checkpoints", "self-test")]
    return sum(parts) if seconds.get("train") else None


def table(found: dict[str, Any]) -> None:
    """Estimate, measurement and ratio of each shape."""
    print(f"{'':<30}{'memory, MB':>22}{'build, s':>22}{'training, s':>22}{'test rows, s':>22}{'check, s':>10}")
    for name, (guess, real) in found.items():
        pairs = [
            (guess["memory_mb"], real["memory_mb"]),
            (guess["build_seconds"], real["build_seconds"]),
            (trained(guess["seconds"]), real["train_seconds"]),
            (guess["seconds"].get("answering: test rows"), real["test_seconds"]),
        ]
        cells = [f"{a:>7.0f} {b:>7.0f} {a / b:>6.2f}" if a and b else "" for a, b in pairs]
        print(f"{name:<30}" + "".join(f"{cell:>22}" for cell in cells) + f"{guess['check_seconds']:>10.0f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shapes", nargs="*", choices=[[], *SHAPES], help="which; none: all")
    parser.add_argument("--out", type=Path, help="keep everything that was found as JSON")
    parser.add_argument("--table", type=Path, help="show what was kept")
    parser.add_argument("--do", choices=["estimate", "run"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.do:
        print(json.dumps({"estimate": estimate, "run": run}[arguments.do](arguments.folder)))
        return
    if arguments.table:
        table(json.loads(arguments.table.read_text(encoding="utf-8")))
        return
    found: dict[str, Any] = {}
    for name in arguments.shapes or SHAPES:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            write_recipe(name, folder)
            found[name] = [in_own_process(what, name, folder) for what in ("estimate", "run")]
            table({name: found[name]})
            if arguments.out:
                arguments.out.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
