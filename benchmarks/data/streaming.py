"""A large file checked and prepared: rows a second and peak memory, by the number of rows, beside `datasets`.

    python benchmarks/data/streaming.py [--megabytes 20 80 320] [--words 40] [--only prepare check audit ...]

Each size is a jsonl of made-up rows (20 to 60 words of an invented language, 320 characters on average, or around
``--words``; a label, a customer, a number; a twentieth are near copies of others), written by the benchmark itself into
a temporary folder and removed at the end; it takes about three times its size while it runs. Each engine is a process
of its own:

- ``check``: the look through all rows that `metier init` takes;
- ``prepare``: everything that a run does with rows before the first approach, without the audit: two readings,
  duplicates, near duplicates, a stratified split, the ledger, Parquet;
- ``audit``: the same with the audit, as `metier run` has it;
- ``datasets-streaming``: `load_dataset("json", streaming=True)`, every row looked at and its text measured;
- ``datasets``: `load_dataset("json")` into its cache, `train_test_split` stratified by label, Parquet. It finds no
  duplicates, keeps no ledger and audits nothing.

Peak memory is the kernel's (``VmHWM``), and of that what is not file-backed where the kernel tells (``RssAnon``, looked
at ten times a second). What a row takes is the difference between the largest and the smallest size over their rows.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

WORDS, COPIES = 20_000, 0.05
ROWS = "rows.jsonl"


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--megabytes", type=int, nargs="+", default=[20, 80, 320])
    options.add_argument("--words", type=int, default=40, help="words of a row's text in the mean")
    options.add_argument("--only", nargs="+", default=list(ENGINES), choices=list(ENGINES))
    options.add_argument("--engine", help=argparse.SUPPRESS)
    options.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.engine:
        print(json.dumps(measured(ENGINES[asked.engine], asked.folder)))
        return
    found: dict[str, list[dict]] = {name: [] for name in asked.only}
    for megabytes in sorted(asked.megabytes):
        with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as folder:
            write(Path(folder) / ROWS, megabytes << 20, asked.words)
            for engine, results in found.items():
                command = [sys.executable, __file__, "--engine", engine, "--folder", folder]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if done.returncode:
                    print(f"{megabytes} MB, {engine}: {done.stderr[-500:]}", flush=True)
                    continue
                results.append(json.loads(done.stdout.splitlines()[-1]))
                print(f"{megabytes} MB, {engine}: {results[-1]}", flush=True)
    for engine, results in found.items():
        if len(results) > 1:
            rows = results[-1]["rows"] - results[0]["rows"]
            grown = {name: results[-1][name] - results[0][name] for name in ("peak_mb", "anonymous_mb")}
            each = ", ".join(f"{name}: {round(value * 2**20 / rows)} bytes a row" for name, value in grown.items())
            print(f"{engine}, from {results[0]['rows']:,} to {results[-1]['rows']:,} rows: {each}")


def write(path: Path, size: int, words_a_row: int = 40) -> None:
    """Rows until the file has so many bytes."""
    chance = random.Random(0)
    words = ["".join(chance.choices("aeiourstlnmdkp", k=chance.randrange(2, 11))) for _ in range(WORDS)]
    weights = [1 / (rank + 10) for rank in range(WORDS)]
    drawn = chance.choices(words, weights, k=2_000_000)
    earlier: list[str] = []
    written = number = 0
    with path.open("w", encoding="utf-8") as file:
        while written < size:
            number += 1
            if earlier and chance.random() < COPIES:
                text = chance.choice(earlier) + " " + chance.choice(words)
            else:
                length = chance.randrange(words_a_row // 2, words_a_row * 3 // 2 + 1)
                start = chance.randrange(len(drawn) - length)
                text = " ".join(chance.sample(drawn[start : start + length], length))
                if len(earlier) < 10_000:
                    earlier.append(text)
            row = {"text": text, "label": f"label {chance.randrange(12)}", "customer": f"c{chance.randrange(10**6)}"}
            written += file.write(json.dumps({**row, "amount": round(chance.random() * 1_000, 2)}) + "\n")


def measured(engine: Callable[[Path], int], folder: Path) -> dict[str, float]:
    """Rows a second, and memory at its highest."""
    highest, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.1):
            highest[0] = max(highest[0], memory("RssAnon"))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    started, clock = time.process_time(), time.perf_counter()
    rows = engine(folder)
    wall, cpu = time.perf_counter() - clock, time.process_time() - started
    over.set()
    watcher.join()
    return {
        "rows": rows,
        "rows_a_second": round(rows / wall),
        "cpu_seconds": round(cpu, 1),
        "peak_mb": memory("VmHWM") >> 10,
        "anonymous_mb": highest[0] >> 10,
    }


def memory(name: str) -> int:
    """A figure of this process in KB, by the kernel."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def check(folder: Path) -> int:
    from metier.data import DataSettings, inspect_source

    return inspect_source(DataSettings(examples=ROWS), folder=folder).rows


def prepare(folder: Path, *, audit: bool = False) -> int:
    from metier.data import DataSettings, TaskSettings, audited
    from metier.data import prepare as prepare_rows

    settings = DataSettings(examples=ROWS, input="text", target="label")
    prepared = prepare_rows(TaskSettings(kind="classify"), settings, folder=folder, seed=0)
    if audit:
        prepared = audited(prepared)
    prepared.save(folder / ("audited" if audit else "prepared"))
    return prepared.summary["rows"]


def streamed(folder: Path) -> int:
    from datasets import load_dataset

    rows = characters = 0
    for row in load_dataset("json", data_files=str(folder / ROWS), split="train", streaming=True):
        rows += 1
        characters += len(row["text"])
    return rows


def loaded(folder: Path) -> int:
    from datasets import load_dataset

    rows = load_dataset("json", data_files=str(folder / ROWS), split="train", cache_dir=str(folder / "cache"))
    divided = rows.class_encode_column("label").train_test_split(0.2, seed=0, stratify_by_column="label")
    for split, part in divided.items():
        part.to_parquet(folder / f"datasets-{split}.parquet")
    return len(rows)


ENGINES: dict[str, Callable[[Path], int]] = {
    "check": check,
    "prepare": prepare,
    "audit": lambda folder: prepare(folder, audit=True),
    "datasets-streaming": streamed,
    "datasets": loaded,
}

if __name__ == "__main__":
    main()
