"""Run folders as a finished run leaves them, invented but with the proportions of real ones.

``write_run(path, scene)`` writes one of the scenes of ``report_scenes``: 14 labels with nine approaches, of which one
failed and one is not applicable; 77 labels with 3,080 test rows; written answers. Run as a program with a folder, it
writes and builds all three, to be looked at.
"""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from report_curves import write_curves
from report_scenes import BANKING, BODIES, CONFUSED, LONG, OPENERS, REPLIES, TICKETS, Scene, Way

from metier.core import Example, Prediction, Task
from metier.core.artifacts import write_json, write_text
from metier.evaluation import Reliability, reliability

CHANNELS = ("mail", "chat", "letter")


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
    if scene.name == "support-tickets":
        write_curves(path)
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
        fields = {
            "channel": CHANNELS[index * 7 % 11 % 3],
            "received": f"2026-{1 + index % 4:02d}-17",
            "order": 40000 + index,
        }
        rows.append(
            {
                "id": f"tickets.csv:{5 * index + 3}",
                "input": text,
                "target": target,
                "group": None,
                "history": json.dumps(history),
                "fields": json.dumps(fields),
            }
        )
    return rows


def _leaderboard(scene: Scene) -> dict[str, Any]:
    primary = "macro_f1" if scene.labels else "token_f1"
    best = max(scene.ways, key=lambda way: way.accuracy)
    names = [way.name for way in scene.ways if way.status == "done"]
    return {
        "run": scene.name,
        "task": {"kind": scene.kind, "instruction": scene.instruction, "labels": list(scene.labels)},
        "primary_metric": primary,
        "test_size": scene.rows,
        "resolvable_gap": round(1.3 / math.sqrt(scene.rows), 4) / 2,
        "recommended": scene.recommended,
        "reason": scene.reason,
        "ties": list(scene.ties),
        "trace": [
            {"rule": "Keeps to the limits", "kept": names, "dropped": []},
            {
                "rule": f"Not significantly worse than {best.name}, the best of these, on the same test rows",
                "kept": [*scene.ties] or [best.name],
                "dropped": [{"name": name, "why": "significantly worse"} for name in names if name not in scene.ties],
            },
        ],
        "selection": {
            "approaches": len(names),
            "best": best.name,
            "optimism": 0.0031,
            "corrected": best.accuracy - 0.0031,
        },
        "break_even": [{"from": "tfidf", "to": best.name, "queries": 12_400.0, "unit": "device seconds"}],
        "worth": [
            {"approach": best.name, "without": other, "part": "augment", "difference": 0.012}
            | {"low": -0.004, "high": 0.031, "p": 0.21, "significant": False}
            for other in names[-1:]
        ],
        "floors": [way.name for way in scene.ways if way.name in {"majority", "copy", "tfidf", "nearest"}],
        "limits": scene.limits,
        "confidence": 0.95,
        "approaches": [_entry(way, best, scene, primary) for way in scene.ways],
    }


def _entry(way: Way, best: Way, scene: Scene, primary: str) -> dict[str, Any]:
    done = way.status == "done"
    half = 1.96 * math.sqrt(way.accuracy * (1 - way.accuracy) / scene.rows)
    gap = way.accuracy - best.accuracy
    apart = 1.6 * math.sqrt(max(-gap, 0.002) / scene.rows)
    p = 1.0 if not gap else min(1.0, 2 * math.exp(-abs(gap / apart) * 2.2))
    metrics = {primary: 0.0, "accuracy" if scene.labels else "chrf": 0.006}
    scores = {
        name: {"value": value, "low": max(value - half, 0), "high": value + half}
        for name, value in ((name, way.accuracy + more) for name, more in metrics.items())
    }
    difference = {
        "difference": gap,
        "low": gap - 1.2 * apart,
        "high": gap + 1.2 * apart,
        "p": p,
        "significant": p < 0.05,
    }
    row = {
        "name": way.name,
        "summary": way.summary,
        "metrics": scores if done else {},
        "vs_best": difference if done and way is not best else None,
        "privacy": {"rows_in_weights": 2156 if way.trained else 0, "rows_in_prompts": way.prompts},
        "status": way.status,
        "why": way.why,
    }
    costs = {
        "train_seconds": way.train,
        "build_seconds": way.build,
        "latency_p50_ms": way.latency,
        "latency_p95_ms": 1.31 * way.latency,
        "tokens_per_query": 62 if way.total else 0,
        "tokens_in_per_query": 58 if way.total else 0,
        "tokens_out_per_query": 4 if way.total else 0,
        "answers_per_second": 2400 / way.latency if way.latency else None,
        "gpu_memory_mb": 2.5 * way.memory if way.trained > 1e6 else None,
        "peak_memory_mb": way.memory,
        "build_memory_mb": 1.6 * way.memory,
        "trainable_parameters": way.trained,
        "total_parameters": way.total,
        "disk_mb": way.disk,
    }
    asked_otherwise = {
        "metric": primary,
        "rows": scene.rows // 2,
        "wordings": {"{input}": way.accuracy, "Q: {input}": way.accuracy - 0.041, "{input} =>": way.accuracy + 0.012},
        "spread": 0.053,
        "by_chance": 0.031,
    }
    row["sensitivity"] = asked_otherwise if done and way.name.endswith("-shot") else None
    prices = {"build_cost": None, "cost_per_1000": None}
    return row | prices | (costs if done else dict.fromkeys(costs))


def _approach(folder: Path, way: Way, scene: Scene, examples: list[dict[str, Any]], rng: np.random.Generator) -> None:
    record = {
        "approach": way.name,
        "summary": way.summary,
        "seconds": {"load": 1.2, "train": way.train} if way.train else {"load": 1.2},
        "trained_examples": 2156 if way.trained else 0,
        "trained_tokens": 41_032 if way.epochs else 0,
        "skipped": {"the answer did not fit the window": 3} if way.name == "lora" else {},
        "notes": ["Ran on the CPU in float32.", "Stopped early: no better validation loss for two checks."]
        if way.epochs
        else [],
        "settings": {"weights": {"method": way.name, "rank": 16, "epochs": way.epochs}} if way.epochs else {},
        "seed": 20,
        "curve": _curve(way, rng) if way.epochs else None,
    }
    if way.status != "not_applicable":
        write_json(folder / "record.json", record)
    if way.status == "done":
        answers = [_prediction(row, way, scene, rng) for row in examples]
        _table(folder / "predictions.parquet", answers)
        if way.name == "few-shot" and not scene.labels:
            _retrieval(folder, scene)
        if table := _reliability(scene, answers):
            write_json(folder / "analysis.json", {"calibration": table})


def _retrieval(folder: Path, scene: Scene) -> None:
    """What an approach that looks passages up leaves beside its answers."""

    def scores(**values: float) -> dict[str, dict[str, float]]:
        return {
            name.replace("_at_", "@"): {"value": value, "low": value - 0.05, "high": value + 0.04}
            for name, value in values.items()
        }

    oracles = {
        "metric": "token_f1",
        "rows": 24,
        "unknown": 3,
        "values": {"none": 0.18, "found": 0.51, "right first": 0.63, "right alone": 0.7},
        "lost": scores(retriever=0.12, generator=0.3) | {"context use": {"value": 0.07, "low": -0.02, "high": 0.16}},
        "holds_back": "generator",
    }
    write_json(folder / "retrieval.json", {"documents": 55, "chunks": 125, "left_out": [], "k": 4, "oracles": oracles})
    found = scores(hit_at_1=0.72, hit_at_k=0.92, recall_at_k=0.91, mrr=0.81, ndcg_at_k=0.83, answer_in_context=0.4)
    answers = scores(citation_precision=0.64, abstained=0.08)
    write_json(folder / "passages.json", {"questions": scene.rows, "column": "article", "scores": found | answers})


def _reliability(scene: Scene, answers: list[dict[str, Any]]) -> Reliability | None:
    if not scene.labels:
        return None
    task = Task(kind="classify", instruction="", labels=scene.labels)
    examples = [Example(id=row["id"], input="", target=row["target"]) for row in answers]
    given = [Prediction(id=row["id"], text=row["prediction"], scores=json.loads(row["scores"])) for row in answers]
    return reliability(task, examples, given)


def _prediction(row: dict[str, Any], way: Way, scene: Scene, rng: np.random.Generator) -> dict[str, Any]:
    hard = way.name == scene.recommended and '"letter"' in row["fields"]
    right = rng.random() < way.accuracy - 0.18 * hard
    given, scores = row["target"], {}
    if scene.labels:
        following = scene.labels[(scene.labels.index(row["target"]) + 1) % len(scene.labels)]
        near = CONFUSED.get(row["target"], following)
        if not right:
            given = near if rng.random() < 0.6 else str(rng.choice(scene.labels))
        sure = float(rng.beta(9, 1.5) if right else rng.beta(4, 3))
        rest = (1 - sure) / (len(scene.labels) - 1)
        scores = {label: sure if label == given else rest for label in scene.labels} if way.name != "nearest" else {}
    elif not right:
        words = row["target"].split()
        given = " ".join(word for word in words if rng.random() < way.accuracy + 0.2) or "I do not know."
    return {
        "id": row["id"],
        "prediction": given,
        "target": row["target"],
        "scores": json.dumps(scores),
        "contexts": [],
        "tokens_in": 60,
        "tokens_out": 0,
        "cut": 12 if way.epochs and rng.random() < 0.004 else 0,
        "unfinished": not scene.labels and bool(rng.random() < 0.02),
    }


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
    write_json(
        path / "data/data.json",
        {
            "task": {"kind": scene.kind},
            "evidence": [
                "The file is comma-separated UTF-8 with a header: all 3,140 lines have five fields.",
                "The input is the column message: the longest texts, nearly all different.",
                "The target is the column intent: 14 values, each more than 60 times; so the task is to classify.",
            ],
            "columns": {"input": "message", "target": "intent", "group": None},
            "totals": {
                "kept": splits,
                "duplicate": {"": 41},
                "empty": {"": 7},
                "label_missing": {"": 12},
                "label_unknown": {},
                "left_out": {},
            },
            "splits": splits,
            "labels": counts if scene.labels else {},
            "lengths": {"input": {"min": 11, "5 %": 38, "median": 121, "75 %": 204, "95 %": 512, "max": 2210}},
            "warnings": ["The label gift card has only 31 rows in train; its recall will have a wide interval."],
            "near_duplicates": {"threshold": 0.8, "clusters": 18, "rows": 39, "share": 0.0127},
            "sources": [
                {
                    "file": "tickets.csv",
                    "sha256": hashlib.sha256(b"tickets").hexdigest(),
                    "rows": 3140,
                    "format": "csv",
                    "encoding": "utf-8",
                }
            ],
        },
    )
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
    write_json(
        path / "run.json",
        {
            "versions": {"metier": "0.1.0", "torch": "2.8.0", "transformers": "5.5.1", "peft": "0.19.0"},
            "machine": {
                "cpu": "AMD EPYC 7B13",
                "cores": 2,
                "memory_gb": 23.5,
                "gpu": None,
                "os": "Linux 6.1",
                "python": "3.11.7",
            },
            "inputs": {
                "tickets.csv": hashlib.sha256(b"tickets").hexdigest(),
                "recipe.yaml": hashlib.sha256(b"recipe").hexdigest(),
            },
            "seed": 20,
            "started": "2026-03-14T10:22:05+00:00",
            "seconds": 2291.4,
            "command": "metier run recipe.yaml --set approaches.lora.weights.rank=16",
        },
    )
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
