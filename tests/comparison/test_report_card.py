"""The model card: the hub can read its front matter, its values are the measured ones, and no heading is empty."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from huggingface_hub import ModelCard
from huggingface_hub.repocard_data import model_index_to_eval_results
from report_fixture import write_run
from report_page import edit
from report_scenes import REPLIES, TICKETS, Scene

from metier.comparison.report.card import card
from metier.comparison.report.reading import read_run
from metier.core.artifacts import read_json, write_json, write_text


def headings_with_nothing(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if line.strip()]
    return [a for a, b in pairwise([*lines, "# end"]) if re.match("##+ ", a) and re.match("#+ ", b)]


@pytest.mark.parametrize("scene", [TICKETS, REPLIES], ids=lambda scene: scene.name)
def test_front_matter_is_what_the_hub_reads(scene: Scene, tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path, replace(scene, rows=120)))
    text = card(run)
    read = ModelCard(text).data
    assert read.pipeline_tag == {"classify": "text-classification", "generate": "text-generation"}[scene.kind]
    name, results = model_index_to_eval_results(yaml.safe_load(text.split("---\n")[1])["model-index"])
    assert run.subject is not None
    assert name.endswith(run.subject.name)
    assert [result.metric_value for result in results] == [round(s.value, 4) for s in run.subject.metrics.values()]
    assert headings_with_nothing(text) == []


def test_base_model_is_named_as_the_hub_knows_it(tmp_path: Path) -> None:
    path = write_run(tmp_path, replace(TICKETS, rows=120))
    write_text(path / "recipe.yaml", "name: x\nmodel: builtin-encoder\n")
    edit(path / "approaches/encoder/record.json", settings={"weights": {"method": "full"}})
    front = yaml.safe_load(card(read_run(path)).split("---\n")[1])
    assert (front["base_model"], front["base_model_relation"]) == ("sentence-transformers/all-MiniLM-L6-v2", "finetune")
    write_text(path / "recipe.yaml", "name: x\nmodel: ./my/folder\n")
    assert "base_model" not in yaml.safe_load(card(read_run(path)).split("---\n")[1])


def test_card_of_a_bare_leaderboard_has_no_empty_heading(tmp_path: Path) -> None:
    score = {"value": 0.5, "low": 0.4, "high": 0.6}
    write_json(
        tmp_path / "leaderboard.json",
        {"primary_metric": "accuracy", "approaches": [{"name": "a", "metrics": {"accuracy": score}}]},
    )
    text = card(read_run(tmp_path))
    assert headings_with_nothing(text) == []
    assert "| accuracy | 0.500 | 0.400 to 0.600 |" in text


def test_text_of_others_stays_text(tmp_path: Path) -> None:
    path = write_run(tmp_path, replace(TICKETS, rows=120, reason="<script>alert(1)</script>\n# A heading\n---"))
    text = card(read_run(path))
    assert "<script" not in text
    assert "\n# A heading" not in text
    assert text.count("\n---\n") == 1


def test_a_test_set_too_small_for_any_difference_is_a_limitation_without_a_figure(tmp_path: Path) -> None:
    path = write_run(tmp_path, replace(TICKETS, rows=120))
    assert "Differences smaller than about" in card(read_run(path))
    edit(path / "leaderboard.json", resolvable_gap=2.8)
    text = card(read_run(path))
    assert "cannot tell approaches apart" in text
    assert "Differences smaller than about" not in text


def test_nothing_finished_makes_no_card(tmp_path: Path) -> None:
    path = write_run(tmp_path, replace(TICKETS, rows=120))
    board = read_json(path / "leaderboard.json")
    write_json(path / "leaderboard.json", board | {"approaches": []})
    assert card(read_run(path)) == ""
