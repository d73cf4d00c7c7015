"""A ticket desk small enough for tests: rows that a model can learn from, data sets and recipes made of them."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from metier.data import Dataset, DataSettings, TaskSettings, load, prepare

WORDS = {
    "card": "card stolen lost blocked pin chip swallowed contactless",
    "login": "password account locked sign forgot username code email",
    "refund": "money back return refund paid twice charged parcel",
}
FILLERS = "please help today since monday hello thanks again still cannot why what when there with about"

Rows = list[tuple[str, str]]


def rows(count: int = 60, labels: Sequence[str] = ("card", "login", "refund"), *, seed: int = 0) -> Rows:
    """``count`` different texts with a label each; a label without words of its own borrows some."""
    draw = random.Random(seed)
    own = list(WORDS.values())
    found: Rows = []
    for number in range(count):
        label = labels[number % len(labels)]
        words = WORDS.get(label, own[labels.index(label) % len(own)]).split()
        text = " ".join(draw.choices(FILLERS.split(), k=5) + draw.choices(words, k=4))
        found.append((f"{text} {number}", label))
    return found


def write_rows(path: Path, content: Rows, header: tuple[str, str] = ("message", "intent")) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *content])
    return path


def dataset_of(folder: Path, content: Rows, **task: Any) -> Dataset:
    """A data set of these rows, prepared and saved below ``folder``, read back."""
    write_rows(folder / "rows.csv", content)
    data = DataSettings(examples="rows.csv", input="message", target="intent")
    prepare(TaskSettings(**task), data, folder=folder, seed=0).save(folder)
    return load(folder)


def write_documents(path: Path, texts: Sequence[str]) -> Path:
    """A row with a text and a group, which two neighbours share."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({"text": text, "topic": f"topic {place // 2}"}) for place, text in enumerate(texts)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def documents_of(folder: Path, texts: Sequence[str]) -> Dataset:
    """A data set of raw texts, prepared and saved below ``folder``, read back."""
    write_documents(folder / "texts.jsonl", texts)
    data = DataSettings(examples="texts.jsonl", input="text", group="topic")
    prepare(TaskSettings(kind="continue"), data, folder=folder, seed=0).save(folder)
    return load(folder)


def write_recipe(
    folder: Path,
    *,
    causal: Path,
    encoder: Path,
    approaches: Mapping[str, Any],
    content: Rows | None = None,
    **sections: Any,
) -> Path:
    """Rows, and a recipe for them on tiny models and the CPU; ``sections`` replace parts of the recipe."""
    write_rows(folder / "tickets.csv", rows() if content is None else content)
    recipe: dict[str, Any] = {
        "name": "desk",
        "task": {"instruction": "Sort the message."},
        "data": {"examples": "tickets.csv", "input": "message", "target": "intent"},
        "model": str(causal),
        "embedder": str(encoder),
        "device": "cpu",
        "precision": "float32",
        "approaches": dict(approaches),
        "evaluate": {"latency_queries": 3},
    }
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe | sections, sort_keys=False), encoding="utf-8")
    return path


def every_approach(encoder: Path) -> dict[str, Any]:
    """An approach of every kind, quick ones, and one that fails."""
    return {
        "zero-shot": None,
        "few-shot": {"prompt": {"demonstrations": 2, "sensitivity": 2}},
        "lora": {"prompt": {"sensitivity": 0}, "weights": {"rank": 2, "epochs": 1, "max_length": 200, "max_rows": 30}},
        "broken": {"weights": {"max_length": 8}},
        "encoder-head": {"model": str(encoder), "weights": {"method": "head", "epochs": 1}},
    }
