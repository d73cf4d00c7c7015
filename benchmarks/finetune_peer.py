"""Full fine-tuning of MiniLM on banking77 against the plain transformers ``Trainer``, in turns in one run.

``python benchmarks/finetune_peer.py FOLDER [--rows 2000] [--batch 32] [--rounds 3]``: same model, same rows, same
batch, one epoch, the same rate; each way in a process of its own, time of training alone (loading excluded), in float32
and bfloat16, the Trainer with rows drawn at random and by length, Metier with and without padding. Prints seconds,
accuracy on the test set, which says whether they did the same work, and the ratio to the Trainer's best way.
Bound by matrix products; what differs is padding, which Metier does not compute, and how dropout is drawn.
"""

import argparse
import csv
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

RATE, SEED = 2e-4, 0
WAYS = [
    "metier float32",
    "metier float32 padded",
    "metier bfloat16",
    "metier bfloat16 padded",
    "trainer float32",
    "trainer float32 by-length",
    "trainer bfloat16",
    "trainer bfloat16 by-length",
]


def rows(folder: Path, limit: int) -> tuple[list[tuple[str, str]], list[tuple[str, str]], list[str]]:
    def read(name: str) -> list[tuple[str, str]]:
        with (folder / name).open(encoding="utf-8", newline="") as file:
            return [(row["text"], row["category"]) for row in csv.DictReader(file)]

    train, test = read("train.csv"), read("test.csv")
    labels = sorted({label for _, label in train})
    step = max(1, len(train) // limit)  # the file is sorted by label: take every n-th row
    return train[::step][:limit], test, labels


def metier(folder: Path, limit: int, batch: int, precision: str, *flags: str) -> dict[str, float]:
    import torch

    from metier.core import Silent
    from metier.models import EncoderModel, choose, load_module, locate, quick_float32
    from metier.training import METHODS, OBJECTIVES, Plan, Row, WeightsSettings, train

    train_rows, test, labels = rows(folder, limit)
    source, compute = locate("builtin-encoder", folder=folder), choose(precision=precision)
    quick_float32()
    model = EncoderModel(source, compute, outputs=len(labels))
    encoded = [
        Row(id=str(i), ids=tuple(model.encode(text)[0]), label=labels.index(label))
        for i, (text, label) in enumerate(train_rows)
    ]
    torch.manual_seed(SEED)
    module = load_module(source, compute, num_labels=len(labels))
    module = METHODS.get("full").prepare(module, WeightsSettings(method="full"), source.profile)
    plan = Plan(
        learning_rate=RATE, epochs=1, batch_size=batch, warmup=0.06, weight_decay=0.01, clip=1.0, patience=0,
        checkpoint_seconds=1e9, layout="padded" if "padded" in flags else None,
        tokens_per_micro_batch=4096, seed=SEED, pad=model.tokenizer.pad_token_id, facts={},
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as scratch:
        trained = train(
            module, OBJECTIVES.get("classification"), encoded, [], plan,
            compute=compute, folder=Path(scratch), reporter=Silent(),
        )  # fmt: skip
    model.module = module
    scores = model.logits([model.encode(text)[0] for text, _ in test], reporter=Silent())
    right = [labels[i] == label for i, (_, label) in zip(scores.argmax(1), test, strict=True)]
    return {"seconds": trained.seconds, "accuracy": statistics.mean(right)}


def trainer(folder: Path, limit: int, batch: int, precision: str, *flags: str) -> dict[str, float]:
    import time

    import torch
    from transformers import (
        AutoModelForSequenceClassification,
        AutoTokenizer,
        DataCollatorWithPadding,
        Trainer,
        TrainingArguments,
    )

    from metier.models import locate

    train_rows, test, labels = rows(folder, limit)
    path = locate("builtin-encoder", folder=folder).path
    tokenizer = AutoTokenizer.from_pretrained(path)
    torch.manual_seed(SEED)
    model = AutoModelForSequenceClassification.from_pretrained(path, num_labels=len(labels))
    encoded = [{**tokenizer(text), "label": labels.index(label)} for text, label in train_rows]
    with tempfile.TemporaryDirectory() as scratch:
        arguments = TrainingArguments(
            output_dir=scratch, per_device_train_batch_size=batch, num_train_epochs=1, learning_rate=RATE,
            lr_scheduler_type="cosine", warmup_steps=0.06, weight_decay=0.01, use_cpu=True, report_to=[],
            save_strategy="no", logging_strategy="no", disable_tqdm=True, seed=SEED, bf16=precision == "bfloat16",
            train_sampling_strategy="group_by_length" if "by-length" in flags else "random",
        )  # fmt: skip
        started = time.perf_counter()
        Trainer(model, arguments, train_dataset=encoded, data_collator=DataCollatorWithPadding(tokenizer)).train()
        seconds = time.perf_counter() - started
    model.eval()
    right: list[bool] = []
    for start in range(0, len(test), 64):
        some = test[start : start + 64]
        with torch.no_grad():
            logits = model(**tokenizer([t for t, _ in some], padding=True, return_tensors="pt")).logits
        right += [labels[i] == label for i, (_, label) in zip(logits.argmax(1).tolist(), some, strict=True)]
    return {"seconds": seconds, "accuracy": statistics.mean(right)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ways", nargs="+", default=WAYS, choices=WAYS)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    sizes = [str(arguments.folder), "--rows", str(arguments.rows), "--batch", str(arguments.batch)]
    if arguments.way:
        side, precision, *flags = arguments.way.split()
        work = metier if side == "metier" else trainer
        print(json.dumps(work(arguments.folder, arguments.rows, arguments.batch, precision, *flags)))
        return
    found: dict[str, list[dict[str, float]]] = {way: [] for way in arguments.ways}
    for _ in range(arguments.rounds):
        for way, runs in found.items():
            command = [sys.executable, __file__, *sizes, "--way", way]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            runs.append(json.loads(done.stdout.splitlines()[-1]))
    medians = {way: statistics.median(run["seconds"] for run in runs) for way, runs in found.items()}
    best = min((seconds for way, seconds in medians.items() if way.startswith("trainer")), default=float("nan"))
    for way, runs in found.items():
        print(
            f"{way:<27} {medians[way]:6.1f} s  accuracy {runs[0]['accuracy']:.3f}  "
            f"{best / medians[way]:5.2f} times the Trainer's best"
        )


if __name__ == "__main__":
    main()
