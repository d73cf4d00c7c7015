"""What the rows show to be wrong with a recipe is told by check, and before any work by run."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.small_task import rows, write_recipe

from metier.comparison import check_recipe, run
from metier.core import Problem, RecipeError, Silent


@pytest.fixture
def recipe(tmp_path: Path, tiny_causal: Path, tiny_encoder: Path) -> Any:
    def write(approaches: dict[str, Any], **sections: Any) -> Path:
        return write_recipe(tmp_path, causal=tiny_causal, encoder=tiny_encoder, approaches=approaches, **sections)

    return write


def problems(path: Path) -> list[Problem]:
    with pytest.raises(RecipeError) as caught:
        check_recipe(path)
    return list(caught.value.problems)


def pairs(folder: Path, differ: bool, marks: tuple[bool, ...] = ()) -> dict[str, Any]:
    found = [
        {"prompt": f"ask {n}", "chosen": f"good {n}", "rejected": f"bad {n}" if differ else f"good {n}"}
        for n in range(40)
    ]
    if marks:
        found = [{"prompt": f"ask {n}", "completion": f"answer {n}", "label": marks[n % len(marks)]} for n in range(40)]
    (folder / "pairs.jsonl").write_text("".join(json.dumps(one) + "\n" for one in found))
    return {"data": {"examples": "pairs.jsonl"}, "task": {"kind": "generate"}}


def preferring(loss: str) -> dict[str, Any]:
    return {"weights": {"epochs": 1, "preference": {"loss": loss}}}


@pytest.mark.parametrize("loss", ["dpo", "simpo"])
def test_pairs_of_one_answer_are_no_pairs(loss: str, recipe: Any, tmp_path: Path) -> None:
    (problem,) = problems(recipe({"prefer": preferring(loss)}, **pairs(tmp_path, differ=False)))
    assert problem.path == "approaches.prefer.weights.preference"
    assert "'rejected'" in problem.expected
    assert check_recipe(recipe({"prefer": preferring(loss)}, **pairs(tmp_path, differ=True))).approaches["prefer"] == ""


def test_labels_are_no_pairs_and_nothing_is_written(recipe: Any, tmp_path: Path) -> None:
    path = recipe({"prefer": preferring("dpo")})
    with pytest.raises(RecipeError, match="none among the training rows"):
        run(path, out=tmp_path / "run", reporter=Silent())
    assert not (tmp_path / "run" / "approaches").exists()


@pytest.mark.parametrize(("marks", "got"), [((True,), "good ones alone"), ((), "none that is marked")])
def test_kto_needs_both_kinds(marks: tuple[bool, ...], got: str, recipe: Any, tmp_path: Path) -> None:
    (problem,) = problems(recipe({"kto": preferring("kto")}, **pairs(tmp_path, differ=False, marks=marks)))
    assert problem.got == got
    both = recipe({"kto": preferring("kto")}, **pairs(tmp_path, differ=False, marks=(True, False)))
    assert check_recipe(both).approaches["kto"] == ""


def test_files_of_ones_own_are_tried_on_the_rows(recipe: Any, tmp_path: Path) -> None:
    (tmp_path / "right.py").write_text("def score(target, answer):\n    return float(target == answer)\n")
    (tmp_path / "long.py").write_text("def score(target, answer):\n    return len(answer)\n")
    rewarded = {"weights": {"reinforce": {"answers": 2}}, "rewards": ["long.py"]}
    path = recipe({"grpo": rewarded}, evaluate={"metrics": ["right.py"]}, content=rows(60))
    (problem,) = problems(path)
    assert problem.path == "approaches.grpo.rewards"
    assert problem.expected == "a score of 0 to 1 from long.py"
    (problem,) = problems(recipe({"grpo": rewarded | {"rewards": ["right.py"]}}, evaluate={"metrics": ["long.py"]}))
    assert problem.path == "evaluate.metrics"
    assert check_recipe(recipe({"grpo": rewarded | {"rewards": ["right.py"]}})).approaches["grpo"] == ""
