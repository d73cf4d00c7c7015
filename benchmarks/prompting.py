"""Prompts alone on banking77: zero-shot, eight nearest rows, and a searched prompt, each with what it owes to wording.

    python benchmarks/prompting.py FOLDER [--rows 3080] [--wordings 64] [--out RUN] [--set key=value ...]

FOLDER holds ``train.csv`` and ``test.csv`` (``text``, ``category``). ``--rows`` test rows are drawn by seed 0, at
most; all training rows stay, as demonstrations come from them. Prints quality with its 95% interval, the paired
difference to the best with p after Holm, the spread over nine wordings that mean the same on ``--wordings`` validation
rows beside the spread of chance, and the cost: seconds and tokens to find the prompt, tokens a question, time of an
answer, and cost of 1,000 where ``prices`` are set. The same stands in ``prompting.json`` of the run. Bound by SmolLM2's
matrix products on a CPU; a killed run goes on with the same command. ``--rows 60 --wordings 8 --set
approaches.best-prompt.prompt.search.trials=4`` shows in some minutes that everything works; its figures mean nothing.
"""

import argparse
import csv
import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from metier.comparison import run
from metier.core.artifacts import read_json, write_json

RECIPE = Path(__file__).parent / "recipes" / "prompting.yaml"


def drawn(source: Path, out: Path, rows: int) -> Path:
    """The test file, or ``rows`` of it."""
    with source.open(encoding="utf-8", newline="") as file:
        header, *every = csv.reader(file)
    if rows >= len(every):
        return source
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *Random(0).sample(every, rows)])
    return out


def line_of(folder: Path, row: dict[str, Any]) -> dict[str, Any]:
    """An approach of the leaderboard, with what its record has of cost and wording."""
    record = read_json(folder / "approaches" / row["name"] / "record.json")
    search, spread, gap = record["search"] or {}, row["sensitivity"] or {}, row["vs_best"] or {}
    return {
        "approach": row["name"],
        "accuracy": row["metrics"]["accuracy"],
        "macro_f1": row["metrics"]["macro_f1"],
        "vs_best": gap.get("difference"),
        "p": gap.get("p"),
        "spread": spread.get("spread"),
        "spread_by_chance": spread.get("by_chance"),
        "spread_rows": spread.get("rows"),
        "search_seconds": search.get("seconds", 0.0),
        "search_tokens": search.get("tokens_in", 0) + search.get("tokens_out", 0),
        "search_chose": search.get("chosen"),
        "build_seconds": row["build_seconds"],
        "build_cost": row["build_cost"],
        "tokens_per_query": row["tokens_per_query"],
        "p50_ms": row["latency_p50_ms"],
        "p95_ms": row["latency_p95_ms"],
        "cost_per_1000": row["cost_per_1000"],
        "memory_mb": row["peak_memory_mb"],
    }


def table(lines: Sequence[dict[str, Any]]) -> list[str]:
    """The lines as Markdown."""
    head = ("approach", "macro-F1 (95%)", "accuracy (95%)", "vs best (p)", "spread over wordings (chance)")
    head += ("search s", "search tokens", "build s", "tokens a question", "p50 ms", "cost of 1,000")
    rows = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for one in lines:
        scores = [
            f"{one[name]['value']:.3f} ({one[name]['low']:.3f} to {one[name]['high']:.3f})"
            for name in ("macro_f1", "accuracy")
        ]
        gap = "best" if one["vs_best"] is None else f"{one['vs_best']:+.3f} ({one['p']:.3f})"
        spread = (
            "–"
            if one["spread"] is None
            else f"{100 * one['spread']:.1f} points ({100 * one['spread_by_chance']:.1f}), {one['spread_rows']} rows"
        )
        price = "–" if one["cost_per_1000"] is None else f"{one['cost_per_1000']:.3g}"
        costs = (f"{one['search_seconds']:.0f}", f"{one['search_tokens']:,}", f"{one['build_seconds']:.0f}")
        cells = (one["approach"], *scores, gap, spread, *costs, f"{one['tokens_per_query']:.0f}")
        rows.append(f"| {' | '.join(cells)} | {one['p50_ms']:.1f} | {price} |")
    return rows


def compare(
    folder: Path, out: Path, *, rows: int, wordings: int, overrides: Sequence[str] = (), isolate: bool = True
) -> list[dict[str, Any]]:
    """Run the comparison and write ``prompting.json`` beside its report; see the head of this file."""
    out = out.resolve()
    test = drawn(folder / "test.csv", out.with_name(f"{out.name}-data") / f"test-{rows}.csv", rows)
    files = [f"data.examples.train={folder / 'train.csv'}", f"data.examples.test={test}"]
    asked = [f"approaches.{name}.prompt.sensitivity={wordings}" for name in ("zero-shot", "few-shot", "best-prompt")]
    finished = run(RECIPE, out=out, overrides=[*files, *asked, *overrides], isolate=isolate)
    done = [row for row in finished.leaderboard["approaches"] if row["status"] == "done"]
    lines = [line_of(finished.folder, row) for row in done]
    write_json(
        finished.folder / "prompting.json", {"test_rows": finished.leaderboard["test_size"], "approaches": lines}
    )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=3080, help="test rows at most")
    parser.add_argument("--wordings", type=int, default=64, help="validation rows that every wording is tried on")
    parser.add_argument("--out", type=Path, default=Path("runs/prompting"))
    parser.add_argument("--set", action="append", default=[])
    asked = parser.parse_args()
    lines = compare(asked.folder.resolve(), asked.out, rows=asked.rows, wordings=asked.wordings, overrides=asked.set)
    print("\n".join(table(lines)))
    print(json.dumps({one["approach"]: one["search_chose"] for one in lines if one["search_chose"]}, indent=2))


if __name__ == "__main__":
    main()
