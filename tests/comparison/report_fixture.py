"""Run folders as a finished run leaves them, invented but with the proportions of real ones.

``write_run(path, scene)`` writes one. ``TICKETS``: 14 labels, nine approaches, one failed and one not applicable.
``BANKING``: 77 labels and 3,080 test rows. ``REPLIES``: written answers.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from metier.core.artifacts import write_json, write_text

TICKET_LABELS = (
    "cancel order", "change address", "charged twice", "damaged item", "delivery late", "gift card", "invoice copy",
    "login problem", "missing part", "order status", "product question", "refund status", "return item", "warranty claim",
)  # fmt: skip
CONFUSED = (("delivery late", "order status"), ("refund status", "charged twice"), ("return item", "damaged item"),
            ("missing part", "damaged item"), ("warranty claim", "damaged item"))  # fmt: skip
OPENERS = ("Hello, ", "Hi there, ", "Good morning. ", "", "", "Dear team, ", "Sorry to bother you again: ")
BODIES = (
    "I have been waiting for order {n} since last week and nobody answers the telephone. Can you tell me about {label}?",
    "this is about {label}, number {n}. What do I have to do now",
    "We ordered three chairs ({n}) for our office; one of them is a case of {label}, and my colleague has written twice.",
    "{label}!! order {n}, please hurry",
    "My question is on {label}. The page says one thing and the letter that came on Monday with order {n} another.",
)
LONG = (
    " I am attaching the whole story, because it has become a long one. I first wrote on the second of the month, was told "
    "that somebody would call me back, waited for nine days, and then called myself. The gentleman was friendly but could "
    "not find the order; he asked me to write again, which I did, with a photograph. Since then I have heard nothing at "
    "all, and the amount has already been taken from my account. I would be glad if this could be solved this week."
)


@dataclass(frozen=True)
class Way:
    """An approach: its share of right answers and what it takes; ``status`` and ``why`` where it did not finish."""

    name: str
    summary: str
    accuracy: float = 0.0
    latency: float = 0.0
    train: float = 0.0
    build: float = 0.0
    memory: float = 0.0
    disk: float = 0.0
    trained: int = 0
    total: int = 0
    prompts: int = 0
    epochs: int = 0
    status: str = "done"
    why: str = ""


@dataclass(frozen=True)
class Scene:
    """What a run folder is about."""

    name: str
    kind: str
    labels: tuple[str, ...]
    rows: int
    ways: tuple[Way, ...]
    recommended: str | None
    reason: str
    ties: tuple[str, ...] = ()
    instruction: str = "Decide what the customer wants."
    limits: dict[str, Any] = field(default_factory=lambda: {"latency_ms": 500, "memory_gb": 16})


CPU_WAYS = (
    Way("majority", "Always answers the most frequent label.", 0.02, 0.002, 0, 0.01, 210, 0.001),
    Way("tfidf", "Logistic regression on TF-IDF of words and letters.", 0.807, 0.41, 1.6, 1.9, 268, 1.9, 96_000),
    Way("nearest", "The label of the most similar training row (TF-IDF, cosine).", 0.731, 0.62, 0, 0.4, 262, 3.1, prompts=2156),
    Way("zero-shot", "Scores each label after the instruction; nothing is learnt.", 0.585, 148, 0, 11, 812, 269, 0, 134_515_008),
    Way("few-shot", "Scores each label after 8 examples, the nearest ones.", 0.769, 512, 0, 14, 985, 272, 0, 134_515_008, 2156),
    Way("lora", "LoRA, rank 16, on all linear layers, three epochs.", 0.921, 71, 1486, 1512, 1630, 9.8, 4_884_480, 134_515_008, 0, 3),
    Way("encoder", "Full fine-tuning of the encoder with a classification head, six epochs.",
        0.931, 8.4, 214, 226, 642, 91, 22_718_222, 22_718_222, 0, 6),
    Way("full", "Full fine-tuning.", status="failed", epochs=1,
        why="Training stopped after step 12: it needs 3.4 GB of memory and the limit of the recipe is 2 GB."),
    Way("rag", "", status="not_applicable",
        why="The recipe names no documents, so there is nothing to retrieve from. Add data.documents to try it."),
)  # fmt: skip
TICKETS = Scene(
    name="support-tickets",
    kind="classify",
    labels=TICKET_LABELS,
    rows=616,
    ways=CPU_WAYS,
    recommended="encoder",
    reason="encoder and lora answer best and this test set cannot tell them apart; encoder is the cheaper of the two to run.",
    ties=("lora",),
)
BANKING = Scene(
    name="banking-77",
    kind="classify",
    labels=tuple(f"{verb} {thing}" for verb in ("ask about", "cancel", "change", "dispute", "verify", "report", "top up")
                 for thing in ("card", "transfer", "cash withdrawal", "direct debit", "exchange rate", "identity",
                               "pending payment", "fee", "country", "PIN", "virtual card")),
    rows=3080,
    ways=CPU_WAYS,
    recommended="encoder",
    reason="encoder answers best, and no other approach comes within what this test set can resolve.",
    instruction="Decide what the bank’s customer wants.",
)  # fmt: skip
REPLIES = Scene(
    name="clinic-replies",
    kind="generate",
    labels=(),
    rows=240,
    ways=(
        Way("copy", "Answers with the question.", 0.12, 0.001, 0, 0.01, 205, 0.001),
        Way("nearest", "The answer to the most similar question.", 0.41, 0.7, 0, 0.5, 260, 4.1, prompts=900),
        Way("zero-shot", "Writes after the instruction.", 0.39, 2150, 0, 6, 830, 269, 0, 134_515_008),
        Way("few-shot", "Writes after 4 examples.", 0.52, 2890, 0, 6, 990, 269, 0, 134_515_008, 900),
        Way("lora", "LoRA, rank 16, three epochs.", 0.54, 2240, 1810, 1830, 1690, 9.8, 4_884_480, 134_515_008, 0, 3),
    ),
    recommended="few-shot",
    reason="lora answers no better than few-shot as far as this test set can tell, and few-shot puts none of your rows into weights.",
    ties=("few-shot",),
    instruction="Answer the patient’s question in two sentences.",
)


def write_run(path: Path, scene: Scene, *, seed: int = 7) -> Path:
    """Write the run folder of ``scene``."""
    rng = np.random.default_rng(seed)
    examples = _examples(scene, rng)
    write_json(path / "leaderboard.json", _leaderboard(scene))
    for way in scene.ways:
        _approach(path / "approaches" / way.name, way, scene, examples, rng)
    _table(path / "data/test.parquet", examples)
    _data(path, scene, rng)
    _provenance(path, scene)
    return path


def _examples(scene: Scene, rng: np.random.Generator) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for index in range(scene.rows):
        label = scene.labels[index % len(scene.labels)] if scene.labels else "an appointment"
        text = str(rng.choice(OPENERS)) + str(rng.choice(BODIES)).format(n=40000 + 7 * index, label=label)
        text += LONG if rng.random() < 0.12 else ""
        target = (
            label
            if scene.labels
            else f"Thank you for asking about {label}. The practice will call you on day {index % 28 + 1}."
        )
        turns = [
            {"role": "user", "content": "Is anybody there?"},
            {"role": "assistant", "content": "Yes, how can I help?"},
        ]
        history = turns if scene.kind == "chat" else []
        rows.append({"id": f"tickets.csv:{5 * index + 3}", "input": text, "target": target, "group": None,
                     "history": json.dumps(history), "fields": "{}"})  # fmt: skip
    return rows


def _leaderboard(scene: Scene) -> dict[str, Any]:
    primary = "macro_f1" if scene.labels else "token_f1"
    best = max(scene.ways, key=lambda way: way.accuracy)
    return {
        "run": scene.name,
        "task": {"kind": scene.kind, "instruction": scene.instruction, "labels": list(scene.labels)},
        "primary_metric": primary,
        "test_size": scene.rows,
        "resolvable_gap": round(1.3 / math.sqrt(scene.rows), 4) / 2,
        "recommended": scene.recommended,
        "reason": scene.reason,
        "ties": list(scene.ties),
        "floors": [way.name for way in scene.ways if way.name in {"majority", "copy", "tfidf", "nearest"}],
        "limits": scene.limits,
        "confidence": 0.95,
        "approaches": [_entry(way, best, scene, primary) for way in scene.ways],
    }


def _entry(way: Way, best: Way, scene: Scene, primary: str) -> dict[str, Any]:
    names = ("train_seconds", "build_cost", "build_seconds", "latency_p50_ms", "latency_p95_ms", "tokens_per_query",
             "cost_per_1000", "peak_memory_mb", "trainable_parameters", "total_parameters", "disk_mb")  # fmt: skip
    done = way.status == "done"
    costs = (way.train, None, way.build, way.latency, 1.31 * way.latency, 62 if way.total else 0, None, way.memory,
             way.trained, way.total, way.disk)  # fmt: skip
    half = 1.96 * math.sqrt(way.accuracy * (1 - way.accuracy) / scene.rows)
    gap = way.accuracy - best.accuracy
    apart = 1.6 * math.sqrt(max(-gap, 0.002) / scene.rows)
    p = 1.0 if not gap else min(1.0, 2 * math.exp(-abs(gap / apart) * 2.2))
    metrics = {primary: 0.0, "accuracy" if scene.labels else "chrf": 0.006}
    return {
        "name": way.name,
        "summary": way.summary,
        "metrics": {
            name: {"value": way.accuracy + more, "low": max(way.accuracy + more - half, 0), "high": way.accuracy + more + half}
            for name, more in metrics.items()
        } if done else {},
        "vs_best": {"difference": gap, "low": gap - 1.2 * apart, "high": gap + 1.2 * apart, "p": p} if done and way is not best else None,
        **dict(zip(names, costs if done else [None] * len(names), strict=True)),
        "privacy": {"rows_in_weights": 2156 if way.trained else 0, "rows_in_prompts": way.prompts},
        "status": way.status,
        "why": way.why,
    }  # fmt: skip


def _approach(folder: Path, way: Way, scene: Scene, examples: list[dict[str, Any]], rng: np.random.Generator) -> None:
    record = {
        "approach": way.name,
        "summary": way.summary,
        "seconds": {"load": 1.2, "train": way.train} if way.train else {"load": 1.2},
        "trained_examples": 2156 if way.trained else 0,
        "trained_tokens": 41_032 if way.epochs else 0,
        "skipped": {"the answer did not fit the window": 3} if way.name == "lora" else {},
        "notes": ["Ran on the CPU in float32.", "Stopped early: no better validation loss for two checks."] if way.epochs else [],
        "settings": {"weights": {"method": way.name, "rank": 16, "epochs": way.epochs}} if way.epochs else {},
        "seed": 20,
        "curve": _curve(way, rng) if way.epochs else None,
    }  # fmt: skip
    if way.status != "not_applicable":
        write_json(folder / "record.json", record)
    if way.status == "done":
        _table(folder / "predictions.parquet", [_prediction(row, way, scene, rng) for row in examples])


def _prediction(row: dict[str, Any], way: Way, scene: Scene, rng: np.random.Generator) -> dict[str, Any]:
    right = rng.random() < way.accuracy
    given, scores = row["target"], {}
    if scene.labels:
        near = [b for a, b in (*CONFUSED, *((b, a) for a, b in CONFUSED)) if a == row["target"] and b in scene.labels]
        if not right:
            given = str(rng.choice(near)) if near and rng.random() < 0.7 else str(rng.choice(scene.labels))
        sure = float(rng.beta(9, 1.5) if right else rng.beta(4, 3))
        rest = (1 - sure) / (len(scene.labels) - 1)
        scores = {label: sure if label == given else rest for label in scene.labels} if way.name != "nearest" else {}
    elif not right:
        words = row["target"].split()
        given = " ".join(word for word in words if rng.random() < way.accuracy + 0.2) or "I do not know."
    return {
        "id": row["id"], "prediction": given, "target": row["target"], "scores": json.dumps(scores), "contexts": [],
        "tokens_in": 60, "tokens_out": 0, "cut": 12 if way.epochs and rng.random() < 0.004 else 0,
        "unfinished": not scene.labels and bool(rng.random() < 0.02),
    }  # fmt: skip


def _curve(way: Way, rng: np.random.Generator) -> dict[str, Any]:
    total = 12 if way.status == "failed" else 135 * way.epochs
    steps = np.arange(1, total + 1)
    losses = 2.5 * np.exp(-steps / (total / 5 + 40)) + 0.09 + rng.normal(0, 0.06, total) * np.exp(-steps / total)
    checks = steps[max(total // 12, 1) - 1 :: max(total // 12, 1)]
    checked = 2.45 * np.exp(-checks / (total / 5 + 40)) + 0.24 + 0.16 * (checks / total) ** 3
    return {
        "steps": steps.tolist(),
        "losses": np.abs(losses).round(4).tolist(),
        "validation_steps": checks.tolist(),
        "validation_losses": checked.round(4).tolist(),
        "best_step": int(checks[np.argmin(checked)]),
    }


def _data(path: Path, scene: Scene, rng: np.random.Generator) -> None:
    splits = {"train": int(scene.rows * 3.5), "validation": scene.rows // 2, "test": scene.rows}
    weights = rng.dirichlet(np.full(len(scene.labels), 6.0)) if scene.labels else []
    counts = {
        split: {label: max(round(w * n), 1) for label, w in zip(scene.labels, weights, strict=True)}
        for split, n in splits.items()
    }
    write_json(path / "data/data.json", {
        "task": {"kind": scene.kind},
        "evidence": [
            "The file is comma-separated UTF-8 with a header: all 3,140 lines have five fields.",
            "The input is the column message: the longest texts, nearly all different.",
            "The target is the column intent: 14 values, each more than 60 times; so the task is to classify.",
        ],
        "columns": {"input": "message", "target": "intent", "group": None},
        "totals": {"kept": splits, "duplicate": {"": 41}, "empty": {"": 7}, "label_missing": {"": 12}},
        "splits": splits,
        "labels": counts if scene.labels else {},
        "lengths": {"input": {"min": 11, "5 %": 38, "median": 121, "95 %": 512, "max": 2210}},
        "warnings": ["The label gift card has only 31 rows in train; its recall will have a wide interval."],
        "near_duplicates": {"pairs": 18, "share": 0.0117},
        "sources": [{"file": "tickets.csv", "sha256": hashlib.sha256(b"tickets").hexdigest(), "rows": 3140}],
    })  # fmt: skip
    ledger = [
        {"id": f"tickets.csv:{n}", "status": "kept", "lora.cut_tokens": 9 if n % 700 == 0 else 0}
        for n in range(1, 3141)
    ]
    _table(path / "data/ledger.parquet", ledger)
    opened = [
        json.dumps({"time": 1_773_480_000 + n, "by": way.name})
        for n, way in enumerate(scene.ways)
        if way.status == "done"
    ]
    write_text(path / "data/openings.jsonl", "\n".join(opened) + "\n")


def _provenance(path: Path, scene: Scene) -> None:
    write_json(path / "run.json", {
        "versions": {"metier": "0.1.0", "torch": "2.8.0", "transformers": "5.5.1", "peft": "0.19.0"},
        "machine": {"cpu": "AMD EPYC 7B13", "cores": 2, "memory_gb": 23.5, "gpu": None, "os": "Linux 6.1", "python": "3.11.7"},
        "inputs": {"tickets.csv": hashlib.sha256(b"tickets").hexdigest(), "recipe.yaml": hashlib.sha256(b"recipe").hexdigest()},
        "seed": 20,
        "started": "2026-03-14T10:22:05+00:00",
        "seconds": 2291.4,
        "command": "metier run recipe.yaml --set approaches.lora.weights.rank=16",
    })  # fmt: skip
    names = "\n".join(f"  {way.name}: {{}}" for way in scene.ways)
    write_text(path / "recipe.yaml", f"name: {scene.name}\ntask:\n  kind: {scene.kind}\napproaches:\n{names}\n")


def _table(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path)


if __name__ == "__main__":
    import sys

    from metier.comparison.report import build_report

    for scene in (TICKETS, BANKING, REPLIES):
        print(build_report(write_run(Path(sys.argv[1]) / scene.name, scene)))
