"""What can no longer win is not built, where the time does not suffice."""

from pathlib import Path

import pytest
from tests.small_task import dataset_of, rows, write_recipe

from metier.comparison import run, running
from metier.comparison.working import contest
from metier.comparison.working.contest import Heat, beaten, point_of
from metier.comparison.working.curves import part_of, unseen
from metier.core import Score, Silent
from metier.core.artifacts import read_json
from metier.evaluation import METRICS

ACCURACY = METRICS.get("accuracy")


def heat(value: float, seconds: float = 10.0) -> Heat:
    return Heat(Score(value=value, low=value - 0.05, high=value + 0.05), seconds, 0.25)


def test_only_what_cannot_win_is_left_out() -> None:
    heats = {"encoder-head": heat(0.9), "lora": heat(0.5), "encoder-full": heat(0.8)}
    found = beaten(heats, ["lora", "encoder-full"], ACCURACY, left=30)
    assert list(found) == ["lora"]  # 0.55 may come to 1 - 0.45 / 2 = 0.775; 0.85 to 0.925, above 0.85
    assert "0.500" in found["lora"]
    assert "above 0.775" in found["lora"]


def test_where_the_time_suffices_all_are_built() -> None:
    assert beaten({"encoder-head": heat(0.9), "lora": heat(0.1)}, ["lora"], ACCURACY, left=41) == {}


def test_the_best_is_never_left_out_and_what_failed_in_the_heats_is_given_its_chance() -> None:
    assert beaten({"lora": heat(0.4), "full": heat(0.4)}, ["lora", "full", "other"], ACCURACY, left=0) == {}


def test_the_smaller_the_better_counts_too() -> None:
    heats = {"nearest": heat(0.1), "lora": heat(0.9)}
    metric = METRICS.get("brier")
    assert metric.better == "lower"
    assert list(beaten(heats, ["lora"], metric, left=0)) == ["lora"]


def test_heats_ask_rows_that_no_build_has_seen(tmp_path: Path) -> None:
    dataset = dataset_of(tmp_path, rows(700))
    point = point_of(dataset)
    assert point is not None
    assert point.rows == len(dataset.train) // 8
    asked = {example.id for example in unseen(dataset, point, 0)}
    assert len(asked) >= 40
    assert not asked & {example.id for example in part_of(dataset, point, 0).validation}
    assert point_of(dataset_of(tmp_path / "few", rows(90))) is None


def test_a_run_whose_time_is_short_holds_heats(
    tmp_path: Path, tiny_causal: Path, tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_recipe(
        tmp_path, causal=tiny_causal, encoder=tiny_encoder, approaches={}, content=rows(700), limits={"minutes": 10}
    )
    path.write_text(path.read_text().replace("approaches: {}", "approaches: auto"))
    monkeypatch.setattr(contest, "YARDSTICKS", ("tfidf",))
    monkeypatch.setattr(running, "YARDSTICKS", ("tfidf",))
    chosen = running.choose_approaches

    def short(*arguments: object) -> object:
        """The panel with one costly member alone, so that the test is quick."""
        loaded, panel = chosen(*arguments)  # type: ignore[arg-type]
        assert panel is not None
        few = panel._replace(chosen=tuple(one for one in panel.chosen if one.name == "encoder-full"))
        return loaded._replace(recipe=loaded.recipe.model_copy(update={"approaches": few.settings()})), few

    seen: dict[str, Heat] = {}

    def without_time(heats: dict[str, Heat], costly: list[str], metric: object, *, left: float) -> dict[str, str]:
        seen.update(heats)
        return beaten({**heats, "tfidf": heat(0.99)}, costly, ACCURACY, left=0) if left < 600 else {}

    monkeypatch.setattr(running, "choose_approaches", short)
    monkeypatch.setattr(running, "beaten", without_time)
    done = run(path, out=tmp_path / "run", reporter=Silent(), isolate=False)
    assert set(seen) == {"tfidf", "encoder-full"}
    assert (done.folder / "heats/encoder-full").is_dir()
    openings = (done.folder / "data/openings.jsonl").read_text()
    assert "rows, seed" not in openings
    row = next(row for row in done.leaderboard["approaches"] if row["name"] == "encoder-full")
    share = seen["encoder-full"]
    assert row["status"] == ("not_run" if 1 - (1 - share.score.high) * share.share**0.5 < 0.94 else "done")
    assert read_json(done.folder / "panel.json")["chosen"][0]["name"] == "encoder-full"
