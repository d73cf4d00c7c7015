"""Full fine-tuning of MiniLM on banking77 against the plain transformers ``Trainer``, in turns in one run.

``python benchmarks/finetune_peer.py FOLDER [--rows 2000] [--rounds 3]``: same model, same rows, same batch of 32, one
epoch, float32, the same rate; each side in a process of its own, time of training alone (loading excluded). Prints
seconds, the ratio of medians, and the accuracy of both on the test set, which says whether they did the same work.
Bound by matrix products; what differs is padding, as Metier sorts each optimiser step by length into micro-batches.
"""

import argparse
import csv
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

RATE, BATCH, SEED = 2e-4, 32, 0


def rows(folder: Path, limit: int) -> tuple[list[tuple[str, str]], list[tuple[str, str]], list[str]]:
    def read(name: str) -> list[tuple[str, str]]:
        with (folder / name).open(encoding="utf-8", newline="") as file:
            return [(row["text"], row["category"]) for row in csv.DictReader(file)]

    train, test = read("train.csv"), read("test.csv")
    labels = sorted({label for _, label in train})
    step = max(1, len(train) // limit)  # the file is sorted by label: take every n-th row
    return train[::step][:limit], test, labels


def metier(folder: Path, limit: int) -> dict[str, float]:
    import torch

    from metier.core import Silent
    from metier.models import EncoderModel, choose, load_module, locate, quick_float32
    from metier.training import METHODS, OBJECTIVES, Plan, Row, WeightsSettings, train

    train_rows, test, labels = rows(folder, limit)
    source, compute = locate("builtin-encoder", folder=folder), choose(precision="float32")
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
        learning_rate=RATE, epochs=1, batch_size=BATCH, warmup=0.06, weight_decay=0.01, clip=1.0, patience=0,
        checkpoint_seconds=1e9,
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


def trainer(folder: Path, limit: int) -> dict[str, float]:
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
            output_dir=scratch, per_device_train_batch_size=BATCH, num_train_epochs=1, learning_rate=RATE,
            lr_scheduler_type="cosine", warmup_steps=0.06, weight_decay=0.01, use_cpu=True, report_to=[],
            save_strategy="no", logging_strategy="no", disable_tqdm=True, seed=SEED,
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
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--side", choices=["metier", "trainer"])
    arguments = parser.parse_args()
    if arguments.side:
        print(json.dumps((metier if arguments.side == "metier" else trainer)(arguments.folder, arguments.rows)))
        return
    times: dict[str, list[dict[str, float]]] = {"metier": [], "trainer": []}
    for _ in range(arguments.rounds):
        for side, found in times.items():
            command = [sys.executable, __file__, str(arguments.folder), "--rows", str(arguments.rows), "--side", side]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            found.append(json.loads(done.stdout.splitlines()[-1]))
    medians = {side: statistics.median(f["seconds"] for f in found) for side, found in times.items()}
    for side, found in times.items():
        print(f"{side:<8} {medians[side]:6.1f} s  accuracy {found[0]['accuracy']:.3f}  ({arguments.rows} rows)")
    print(f"ratio    {medians['trainer'] / medians['metier']:6.2f}")


if __name__ == "__main__":
    main()
