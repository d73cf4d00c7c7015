"""Parts of the data, and learning curves in a run."""

from collections import Counter
from pathlib import Path

import pytest
from tests.small_task import dataset_of, rows, write_recipe

from metier.comparison import load_recipe, run
from metier.comparison.planning.problems import check
from metier.comparison.working.curves import CurveSettings, Point, part_of, points_of
from metier.core import RecipeError, Silent
from metier.core.artifacts import read_json


def test_parts_are_nested_and_keep_the_shares_of_labels(tmp_path: Path) -> None:
    dataset = dataset_of(tmp_path, rows(90))
    parts = [part_of(dataset, Point(count, 1), 0) for count in (9, 21, 42)]
    ids = [{example.id for example in part.train} for part in parts]
    assert ids[0] < ids[1] < ids[2] < {example.id for example in dataset.train}
    for part, count in zip(parts, (9, 21, 42), strict=True):
        assert len(part.train) == count
        shares = Counter(example.target for example in part.train).values()
        assert max(shares) - min(shares) <= 1
    assert len(parts[0].validation) <= len(parts[2].validation) <= len(dataset.validation)
    assert part_of(dataset, Point(9, 2), 0).train != parts[0].train


def test_sizes_are_halves_unless_they_are_given(tmp_path: Path) -> None:
    dataset = dataset_of(tmp_path, rows(120))
    whole = len(dataset.train)
    points = points_of(CurveSettings(approaches=("tfidf",)), dataset)
    assert {point.rows for point in points} == {whole, whole // 2, whole // 4}
    assert Counter(point.rows for point in points)[whole] == 3
    given = points_of(CurveSettings(approaches=("tfidf",), sizes=(30, 10, 10_000), seeds=2), dataset)
    assert given == [Point(10, 0), Point(10, 1), Point(30, 0), Point(30, 1)]


@pytest.fixture
def recipe(tmp_path: Path, tiny_causal: Path, tiny_encoder: Path) -> Path:
    return write_recipe(
        tmp_path,
        causal=tiny_causal,
        encoder=tiny_encoder,
        approaches={},
        content=rows(100),
        curve={"approaches": ["tfidf"], "sizes": [10, 20, 40, 70], "seeds": 2},
    )


def test_a_run_draws_its_curves_once(recipe: Path, tmp_path: Path) -> None:
    reporter = Silent()
    folder = run(recipe, out=tmp_path / "run", reporter=reporter, isolate=False).folder
    steps = [event["label"] for event in reporter.events if event["kind"] == "start"]
    assert steps[-1] == "tfidf: learning curve"  # one bar, whatever the builds have to tell
    found = read_json(folder / "curves.json")
    (curve,) = found["curves"]
    assert (found["metric"], curve["approach"]) == ("macro_f1", "tfidf")
    assert [point["rows"] for point in curve["points"]] == [10, 20, 40, 70]
    assert all(len(point["seeds"]) == 2 for point in curve["points"])
    assert curve["verdict"]
    board = read_json(folder / "leaderboard.json")
    assert board["more_labels"] == [{"approach": "tfidf", "verdict": curve["verdict"]}]
    assert curve["verdict"].split(":")[0] in (folder / "report.html").read_text()
    kept = {path.name for path in (folder / "curves/tfidf/10-0").iterdir()}
    assert kept == {"predictions.parquet", "seconds.json", ".stage-point.json"}
    openings = (folder / "data/openings.jsonl").read_text()
    assert "tfidf on 10 rows, seed 1" in openings
    run(recipe, out=tmp_path / "run", reporter=Silent(), isolate=False)
    assert (folder / "data/openings.jsonl").read_text() == openings
    run(recipe, out=tmp_path / "run", overrides=["curve=null"], reporter=Silent(), isolate=False)
    assert not (folder / "curves.json").exists()


def test_a_curve_of_nothing_is_refused(recipe: Path) -> None:
    with pytest.raises(RecipeError, match="did you mean 'tfidf'"):
        check(load_recipe(recipe, ["curve.approaches=[tfdif]"]), where="recipe")
