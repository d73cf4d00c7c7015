"""Every row of the findings, with texts but those of the sealed test set."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from tests.small_task import rows, write_recipe

from metier.comparison.planning.findings import SEALED, find
from metier.core import UserError

CONTENT = [
    (f"{text} write to ann{place}@example.org" if place % 4 == 0 else text, label)
    for place, (text, label) in enumerate(rows(60))
]


@pytest.fixture
def recipe(tmp_path: Path, tiny_causal: Path, tiny_encoder: Path) -> Any:
    return write_recipe(tmp_path, causal=tiny_causal, encoder=tiny_encoder, approaches={}, content=CONTENT)


def test_all_rows_of_a_finding_with_their_texts(recipe: Path, tmp_path: Path) -> None:
    found = find(recipe, names=["personal"], out=tmp_path / "rows.csv")
    assert [finding["id"] for finding in found.findings] == ["personal.email"]
    assert len(found.rows) == 15
    for row in found.rows:
        assert (row.input == SEALED) == (row.split == "test")
        assert row.split == "test" or "@example.org" in row.input
    assert {row.split for row in found.rows} >= {"train", "test"}
    with (tmp_path / "rows.csv").open() as file:
        assert [row["id"] for row in csv.DictReader(file)] == [row.id for row in found.rows]
    everything = find(recipe, out=tmp_path / "rows.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text().splitlines()]
    assert len(lines) == sum(len(finding["rows"]) for finding in everything.findings) >= 15


def test_a_name_that_was_not_found_names_the_nearest(recipe: Path) -> None:
    with pytest.raises(UserError, match=r"did you mean 'personal\.email'"):
        find(recipe, names=["personal.emial"])


def test_a_file_of_another_form_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"rows\.csv"):
        find(tmp_path / "no-recipe.yaml", out=tmp_path / "rows.xlsx")
