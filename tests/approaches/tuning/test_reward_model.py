"""A reward that is learnt from pairs: its formula, that it tells answers apart, and its way through the recipe."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from tests.small_task import rows, write_recipe

from metier.approaches.resources import Resources
from metier.approaches.tuning.reward_model import reward_model
from metier.approaches.tuning.reward_settings import LearntRewardSettings
from metier.comparison import run
from metier.comparison.checking import check_recipe
from metier.core import DataError, Example, Silent, UserError
from metier.models import load_module, locate
from metier.training import OBJECTIVES, Row, WeightsSettings


def write_pairs(path: Path, count: int = 40) -> None:
    made = [
        {"prompt": f"say colour {i}", "chosen": f"blue sky {i % 7}", "rejected": f"red {i % 5}"} for i in range(count)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in made), encoding="utf-8")


def settings(encoder: Path, **change: Any) -> LearntRewardSettings:
    weights = WeightsSettings(method="full", epochs=4, learning_rate=2e-3, batch_size=8)
    return LearntRewardSettings(**{"pairs": "pairs.jsonl", "model": str(encoder), "weights": weights} | change)


def test_the_loss_is_bradley_and_terrys(tiny_encoder: Path) -> None:
    import torch
    from tests.conftest import CPU

    source = locate(str(tiny_encoder), folder=Path())
    torch.manual_seed(0)
    module = load_module(source, CPU, num_labels=1)
    pairs = [Row(id=str(i), ids=(5, 6, 7 + i, 8), rejected=(5, 6, 20 + i)) for i in range(3)]
    loss, count = OBJECTIVES.get("pairwise")(module, pairs, pad=2, device="cpu", layout="padded")

    def score(ids: tuple[int, ...]) -> float:
        return module(input_ids=torch.tensor([ids])).logits.item()

    expected = sum(math.log1p(math.exp(score(row.rejected) - score(row.ids))) for row in pairs)
    assert (loss.item(), count) == (pytest.approx(expected, rel=1e-4), 3.0)


def test_it_tells_good_answers_from_bad_ones(tiny_encoder: Path, tmp_path: Path) -> None:
    write_pairs(tmp_path / "pairs.jsonl")
    resources = Resources(reporter=Silent(), recipe_folder=tmp_path, device="cpu", precision="float32")
    found = reward_model(settings(tiny_encoder), resources, tmp_path / "reward")
    asked = [Example(id="a", input="say colour 90")] * 2
    good, bad = found.scores(asked, ["blue sky 3", "red 3"])
    assert good > bad + 0.5
    assert "% of" in found.note
    again = reward_model(settings(tiny_encoder), resources, tmp_path / "reward")
    assert again.scores(asked, ["blue sky 3", "red 3"]) == pytest.approx([good, bad])


def test_a_file_without_pairs_is_said(tiny_encoder: Path, tmp_path: Path) -> None:
    lines = [json.dumps({"prompt": f"say {i}", "completion": f"blue {i}"}) for i in range(20)]
    (tmp_path / "pairs.jsonl").write_text("\n".join(lines), encoding="utf-8")
    resources = Resources(reporter=Silent(), recipe_folder=tmp_path, device="cpu", precision="float32")
    with pytest.raises(DataError, match="pairs of answers"):
        reward_model(settings(tiny_encoder), resources, tmp_path / "reward")


def entry(encoder: Path, **reward: Any) -> dict[str, Any]:
    weights = {"method": "lora", "epochs": 1, "batch_size": 16, "learning_rate": 1e-3, "reinforce": {"answers": 2}}
    learnt = {"pairs": "pairs.jsonl", "model": str(encoder), "weights": {"method": "full", "epochs": 1}} | reward
    return {"weights": weights, "rewards": [learnt], "prompt": {"max_new_tokens": 5, "sensitivity": 0}}


def recipe(folder: Path, causal: Path, encoder: Path, **reward: Any) -> Path:
    write_pairs(folder / "pairs.jsonl")
    answers = [(text, f"We look after your {label}.") for text, label in rows(40)]
    task = {"kind": "generate", "instruction": "Answer."}
    approaches = {"grpo": entry(encoder, **reward)}
    return write_recipe(folder, causal=causal, encoder=encoder, approaches=approaches, content=answers, task=task)


def test_it_judges_in_a_run(tiny_causal: Path, tiny_encoder: Path, tmp_path: Path) -> None:
    path = recipe(tmp_path, tiny_causal, tiny_encoder)
    finished = run(path, out=tmp_path / "run", reporter=Silent(), isolate=False)
    (row,) = [row for row in finished.leaderboard["approaches"] if row["name"] == "grpo"]
    assert row["status"] == "done", row["why"]
    record = json.loads((finished.folder / "approaches/grpo/record.json").read_text(encoding="utf-8"))
    assert "(a reward model)" in record["summary"]
    assert any("pairs that it has not seen" in note for note in record["notes"])


@pytest.mark.parametrize(
    ("change", "path"),
    [({"pairs": "nowhere.jsonl"}, "rewards.pairs"), ({"model": "CAUSAL"}, "rewards.model")],
)
def test_misuse_is_refused(
    change: dict[str, Any], path: str, tiny_causal: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    change = {name: str(tiny_causal) if value == "CAUSAL" else value for name, value in change.items()}
    with pytest.raises(UserError) as caught:
        check_recipe(recipe(tmp_path, tiny_causal, tiny_encoder, **change))
    assert [problem.path for problem in caught.value.problems] == [f"approaches.grpo.{path}"], caught.value
