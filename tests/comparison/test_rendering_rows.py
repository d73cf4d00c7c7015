"""Rows of a recipe as its approaches see them; what is not shown says why."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.small_task import rows, write_recipe, write_rows

from metier.cli.data.rendered import print_rendering
from metier.comparison.planning.rendering import render_recipe
from metier.core import RecipeError, UserError

APPROACHES: dict[str, Any] = {"zero-shot": None, "lora": {"weights": {"rank": 2, "max_length": 120}}}


@pytest.fixture
def recipe(tmp_path: Path, tiny_causal: Path, tiny_encoder: Path) -> Path:
    content = rows(60)
    content[3] = (content[3][0] + " y" * 100, content[3][1])
    content[4] = content[5]
    return write_recipe(tmp_path, causal=tiny_causal, encoder=tiny_encoder, approaches=APPROACHES, content=content)


def test_every_approach_shows_the_same_rows(recipe: Path) -> None:
    found = render_recipe(recipe, rows=3)
    assert [one.approach for one in found.shown] == ["zero-shot", "lora"] * 3
    assert len({one.id for one in found.shown}) == 3
    assert [each.rows for each in found.looked] == [3, 3]


def test_losing_looks_at_all_rows_and_shows_those_that_are_cut(recipe: Path) -> None:
    found = render_recipe(recipe, names=["lora"], losing=True, rows=100)
    looked = found.looked[0]
    assert looked.rows == 42
    assert looked.cut == len(found.shown) > 0
    assert all(one.cut for one in found.shown)


def test_a_row_that_is_not_in_use_says_why_and_the_test_set_stays_sealed(recipe: Path) -> None:
    everything = [f"tickets.csv:{number}" for number in range(1, 61)]
    found = render_recipe(recipe, names=["zero-shot"], ids=everything)
    unused = dict(found.unused)
    assert len(found.shown) + len(unused) == 60
    assert unused["tickets.csv:6"].startswith("duplicate: ")
    assert list(unused.values()).count("it is in the test set, which stays sealed") == 11
    with pytest.raises(UserError, match="the id of an input row"):
        render_recipe(recipe, ids=["tickets.csv:61"])


@pytest.mark.parametrize(("name", "said"), [("lroa", "did you mean 'lora'"), ("majority", "a floor has neither")])
def test_an_approach_that_cannot_be_shown_is_refused(recipe: Path, name: str, said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        render_recipe(recipe, names=[name])


def test_without_colours_learnt_text_stands_in_brackets_and_nothing_commands_the_terminal(
    recipe: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = recipe.parent / "tickets.csv"
    path.write_text(path.read_text().replace("help", "\x1b[2J\u200b"))
    print_rendering(render_recipe(recipe, names=["lora"], ids=["tickets.csv:1"]))
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "⟦card<|im_end|>⟧" in out
    assert "0 cut, 0 left out" in out


def test_rows_of_other_tasks_are_shown_in_their_own_words(recipe: Path, tiny_encoder: Path) -> None:
    write_rows(recipe.parent / "titles.csv", [(f"a text {n}", f"title {n}") for n in range(30)], ("text", "title"))
    write_rows(recipe.parent / "kinds.csv", [(f"a text {n}", "xyz"[n % 3]) for n in range(30)], ("text", "kind"))
    titles = {"kind": "generate", "instruction": "Write a title."}
    columns = {"examples": "titles.csv", "input": "text", "target": "title"}
    kinds = {"data": {"examples": "kinds.csv", "input": "text", "target": "kind"}}
    weights = {"rank": 2, "max_length": 120}
    tasks = {"titles": {"task": titles, "data": columns}, "kinds": kinds}
    heads = {"model": str(tiny_encoder), "weights": {"method": "full"}, "tasks": {"kinds": kinds}}
    content = yaml.safe_load(recipe.read_text()) | {
        "approaches": {"both": {"weights": weights, "tasks": tasks}, "heads": heads}
    }
    recipe.write_text(yaml.safe_dump(content, sort_keys=False))
    found = render_recipe(recipe, rows=2)
    assert [(one.approach, one.rows) for one in found.looked] == [
        ("both", 2), ("both/titles", 2), ("both/kinds", 2), ("heads", 2), ("heads/kinds", 2),
    ]  # fmt: skip
    first = next(one for one in found.shown if one.approach == "both/titles")
    assert first.id.startswith("titles/titles.csv:")
    assert "Write a title." in first.pieces[0].text
    assert next(piece.text for piece in first.pieces if piece.part == "learnt").startswith("title ")
    labels = {one.pieces[-1].text for one in found.shown if one.approach == "heads/kinds"}
    assert labels <= {"x", "y", "z"}
    assert [one.approach for one in render_recipe(recipe, ids=["tickets.csv:1"]).looked] == ["both", "heads"]
    losing = render_recipe(recipe, names=["both"], losing=True, rows=3)
    assert {one.approach: one.rows for one in losing.looked}["both/titles"] > 15
