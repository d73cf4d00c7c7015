"""How fresh knowledge can be kept, and for whom an approach is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from metier.comparison.scoring.knowledge import freshness_of, readers_of, readers_of_file
from metier.core import Example
from metier.core.artifacts import read_json
from metier.data.storing.tables import write_examples


@pytest.mark.parametrize(
    ("record", "costs", "expected"),
    [
        ({"seconds": {"index": 3.0}, "rows_in_weights": 5}, {"given_passages": 7}, ("documents", 3.0)),
        ({"rows_in_weights": 5}, {"given_passages": 0}, ("training", 9.0)),
        ({"trainable_parameters": 5}, {}, ("training", 9.0)),
        ({"rows_in_prompts": 5}, {}, ("rows", 9.0)),
        ({"seconds": {"index": 1.0}}, {}, ("rows", 9.0)),
        ({}, {}, ("prompt", None)),
    ],
)
def test_how_new_knowledge_gets_in(record: dict[str, Any], costs: dict[str, Any], expected: tuple[str, Any]) -> None:
    assert freshness_of(record, costs, 9.0) == expected


def test_an_approach_is_for_those_who_may_see_all_its_rows(tmp_path: Path) -> None:
    assert readers_of([("a", "b"), None, ("b", "c")]) == ["b"]
    assert readers_of([("a",), ("b",)]) == []
    rows = [Example(id=str(n), input="x", target="y", readers=who) for n, who in enumerate([None, ("hr", "law")])]
    write_examples(tmp_path / "train.parquet", rows)
    assert readers_of_file(tmp_path / "train.parquet") == ["hr", "law"]
    write_examples(tmp_path / "train.parquet", rows[:1])
    assert readers_of_file(tmp_path / "train.parquet") is None
    assert readers_of_file(tmp_path / "none.parquet") is None


def test_a_finished_run_tells_it(finished: Path) -> None:
    rows = {row["name"]: row for row in read_json(finished / "leaderboard.json")["approaches"]}
    ways = {name: row["freshness"] and row["freshness"]["way"] for name, row in rows.items()}
    assert ways["lora"] == ways["tfidf"] == ways["encoder-head"] == "training"
    assert ways["few-shot"] == "rows"
    assert ways["zero-shot"] == "prompt"
    assert ways["broken"] is None
    assert rows["lora"]["privacy"]["readers"] is None
