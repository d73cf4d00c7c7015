"""A sweep in a run: what it costs stands in the table, and a second run does nothing."""

from pathlib import Path

import pytest
from tests.small_task import write_recipe

from metier.comparison import check_recipe, load_recipe, predict, run
from metier.core import RecipeError, Silent


def test_the_whole_cost_of_a_sweep_stands_in_the_table(tmp_path: Path, tiny_causal: Path, tiny_encoder: Path) -> None:
    encoder = {"model": str(tiny_encoder), "weights": {"method": "head", "epochs": 1, "batch_size": 16}}
    over = {"approaches.swept.weights.learning_rate": [1e-9, 0.05]}
    recipe = write_recipe(
        tmp_path,
        causal=tiny_causal,
        encoder=tiny_encoder,
        approaches={"plain": encoder, "swept": encoder},
        sweep={"over": over, "trials": 3},
    )
    done = run(recipe, out=tmp_path / "run", reporter=Silent(), isolate=False)
    plain, swept = ({row["name"]: row for row in done.leaderboard["approaches"]}[name] for name in ("plain", "swept"))
    assert plain["sweep"] is None
    assert (swept["sweep"]["trials"], swept["sweep"]["combinations"]) == (3, 3)
    assert swept["build_seconds"] >= swept["train_seconds"] >= swept["sweep"]["seconds"] - 0.1
    assert "Its settings were found in 3 trials." in swept["summary"]
    assert not (done.folder / "approaches/swept/trials").exists()
    files = {path: path.stat().st_mtime_ns for path in (done.folder / "approaches/swept").rglob("*") if path.is_file()}
    stored = load_recipe(done.folder / "recipe.yaml").recipe
    assert stored == load_recipe(recipe).recipe
    again = run(recipe, out=tmp_path / "run", reporter=Silent(), isolate=False)
    assert {path: path.stat().st_mtime_ns for path in files if path.name != "analysis.json"}.items() <= files.items()
    assert again.leaderboard == done.leaderboard
    assert len(predict(done.folder, approach="swept", texts=["my card"], out=tmp_path / "answers.jsonl")) == 1


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({"data.split.test": [0.2]}, "paths of settings of an approach"),
        ({"approaches.encoder.weights.rank": [2]}, "paths of settings of an approach"),
        ({"approaches.lora.weights.rank": [2, "many"]}, "many"),
    ],
)
def test_a_wrong_sweep_is_refused_before_any_work(
    tmp_path: Path, tiny_causal: Path, tiny_encoder: Path, over: dict[str, list[object]], words: str
) -> None:
    approaches = {"lora": {"weights": {"rank": 4}}}
    recipe = write_recipe(
        tmp_path, causal=tiny_causal, encoder=tiny_encoder, approaches=approaches, sweep={"over": over}
    )
    with pytest.raises(RecipeError, match=words):
        check_recipe(recipe)
