"""Reinforcement through the recipe: rewards by name, grader and Python file; misuse refused before any work."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.small_task import rows, write_recipe

from metier.approaches import ApproachSettings, outside_inputs
from metier.comparison import run
from metier.comparison.checking import check_recipe
from metier.core import Silent, UserError

OWN = '"""Short."""\n\ndef score(target: str, answer: str) -> float:\n    return 1 / (1 + len(answer))\n'


def approach(*, rewards: Any = None, method: str = "lora", prompt: Any = None, **reinforce: Any) -> dict[str, Any]:
    weights = {"method": method, "epochs": 1, "batch_size": 16, "learning_rate": 1e-3}
    found: dict[str, Any] = {"weights": weights | {"reinforce": {"answers": 2} | reinforce}}
    found |= {"rewards": rewards} if rewards is not None else {}
    return found | {"prompt": {"sensitivity": 0} | (prompt or {})}


def test_labels_are_rewarded(tiny_causal: Path, tiny_encoder: Path, tmp_path: Path) -> None:
    path = write_recipe(tmp_path, causal=tiny_causal, encoder=tiny_encoder, approaches={"grpo": approach(updates=2)})
    finished = run(path, out=tmp_path / "run", reporter=Silent(), isolate=False)
    (row,) = [row for row in finished.leaderboard["approaches"] if row["name"] == "grpo"]
    assert row["status"] == "done", row["why"]
    record = json.loads((finished.folder / "approaches/grpo/record.json").read_text(encoding="utf-8"))
    assert "by grpo from rewards (accuracy) of its own answers" in record["summary"]
    assert record["settings"]["weights"]["reinforce"]["answers"] == 2
    assert record["trained_examples"] == record["trained_tokens"] == record["rows_in_weights"] > 0
    assert record["curve"]["validation_losses"]


def test_texts_are_rewarded_by_files_and_graders(tiny_causal: Path, tiny_encoder: Path, tmp_path: Path) -> None:
    (tmp_path / "short.py").write_text(OWN, encoding="utf-8")
    grader = {"type": "string_check", "name": "sorry", "operation": "ilike", "reference": "e"}
    chosen = ["short.py", {"metric": grader, "weight": 0.5}, {"metric": "rouge_l", "weight": -1}]
    answers = [(text, f"We look after your {label}.") for text, label in rows(40)]
    path = write_recipe(
        tmp_path,
        causal=tiny_causal,
        encoder=tiny_encoder,
        approaches={"rloo": approach(rewards=chosen, loss="rloo", kl=0.1, prompt={"max_new_tokens": 5})},
        content=answers,
        task={"kind": "generate", "instruction": "Answer."},
    )
    finished = run(path, out=tmp_path / "run", reporter=Silent(), isolate=False)
    (row,) = [row for row in finished.leaderboard["approaches"] if row["name"] == "rloo"]
    assert row["status"] == "done", row["why"]
    record = json.loads((finished.folder / "approaches/rloo/record.json").read_text(encoding="utf-8"))
    assert "(short, sorry and rouge_l)" in record["summary"]
    assert record["curve"]["losses"][0] > -1.5


def test_a_changed_reward_makes_the_approach_anew(tmp_path: Path) -> None:
    (tmp_path / "short.py").write_text(OWN, encoding="utf-8")
    settings = ApproachSettings.model_validate(approach(rewards=["short.py"]))
    before = outside_inputs(settings, folder=tmp_path, model="builtin")
    (tmp_path / "short.py").write_text(OWN + "\n", encoding="utf-8")
    assert len(before) == 1
    assert before != outside_inputs(settings, folder=tmp_path, model="builtin")


@pytest.mark.parametrize(
    ("entry", "path"),
    [
        (approach(rewards=["acuracy"]), "rewards"),
        (approach(rewards=["macro_f1"]), "rewards"),
        (approach(rewards=["nowhere.py"]), "rewards"),
        ({"rewards": ["accuracy"]}, "rewards"),
        (approach(method="prompt_tuning", kl=0.1), "weights.reinforce.kl"),
        ({"weights": {"reinforce": {}, "preference": {}}}, "weights.reinforce"),
        ({"weights": {"reinforce": {}, "replay": {"kl": 0.1}}}, "weights.reinforce"),
    ],
)
def test_misuse_is_refused(
    entry: dict[str, Any], path: str, tiny_causal: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    found = write_recipe(tmp_path, causal=tiny_causal, encoder=tiny_encoder, approaches={"grpo": entry})
    with pytest.raises(UserError) as caught:
        check_recipe(found)
    assert [problem.path for problem in caught.value.problems] == [f"approaches.grpo.{path}"], caught.value


def test_encoders_write_no_answers(tiny_causal: Path, tiny_encoder: Path, tmp_path: Path) -> None:
    entry = {"model": str(tiny_encoder), "weights": {"method": "full", "reinforce": {}}}
    found = write_recipe(tmp_path, causal=tiny_causal, encoder=tiny_encoder, approaches={"grpo": entry})
    with pytest.raises(UserError) as caught:
        check_recipe(found)
    assert [problem.path for problem in caught.value.problems] == ["approaches.grpo.weights.reinforce"]
