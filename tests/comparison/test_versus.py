"""Runs side by side."""

import errno
import shutil
from pathlib import Path

import pytest

from metier.comparison import compare_runs
from metier.comparison.answers import read_predictions, write_predictions
from metier.core import Prediction, UnknownNameError, UserError
from metier.core.artifacts import read_json
from metier.data import load


@pytest.fixture
def finished(finished: Path, tmp_path: Path) -> Path:
    """A copy: comparing opens the test set, and openings are counted."""
    return shutil.copytree(finished, tmp_path / "finished")


def test_a_run_against_itself_changes_nothing(finished: Path) -> None:
    compared = compare_runs([finished, finished])
    first, second = compared.runs
    assert compared.examples == len(read_predictions(finished / "approaches/tfidf/predictions.parquet"))
    assert first.score == second.score
    assert (second.difference.value, second.fixed, second.broken) == (0, 0, 0)
    assert second.unchanged == compared.examples
    assert not second.significant


def test_other_approaches_can_be_named(finished: Path) -> None:
    with pytest.raises(UnknownNameError):
        compare_runs([finished, finished.with_name(finished.name + ":nothing")])
    compared = compare_runs([finished.with_name(f"{finished.name}:{name}") for name in ("majority", "tfidf")])
    worse, better = compared.runs
    assert (worse.approach, better.approach) == ("majority", "tfidf")
    board = read_json(finished / "leaderboard.json")
    values = {row["name"]: row["metrics"]["macro_f1"]["value"] for row in board["approaches"] if row["metrics"]}
    assert better.difference.value == pytest.approx(values["tfidf"] - values["majority"])
    assert better.fixed - better.broken == right(finished, "tfidf") - right(finished, "majority")
    assert len(better.regressions) == better.broken
    assert len(better.improvements) == better.fixed > 0
    assert all(change.after == change.target != change.before for change in better.improvements)


def right(run: Path, name: str) -> int:
    answers = read_predictions(run / "approaches" / name / "predictions.parquet")
    targets = {example.id: example.target for example in load(run).open_test(by="test")}
    return sum(answer.text == targets[answer.id] for answer in answers)


def test_what_broke_is_named(finished: Path, tmp_path: Path) -> None:
    """A copy in which the recommended approach answers the first example another way, under other row names."""
    run = shutil.copytree(finished, tmp_path / "run")
    name = read_json(run / "leaderboard.json")["recommended"]
    path = run / "approaches" / name / "predictions.parquet"
    answers = read_predictions(path)
    targets = {example.id: example for example in load(run).open_test(by="test")}
    good = next(i for i, answer in enumerate(answers) if answer.text == targets[answer.id].target)
    wrong = next(label for label in ("card", "login", "refund") if label != answers[good].text)
    answers[good] = Prediction(id=answers[good].id, text=wrong)
    write_predictions(path, tuple(targets[answer.id] for answer in answers), answers)
    second = compare_runs([finished, run]).runs[1]
    assert (second.fixed, second.broken) == (0, 1)
    (change,) = second.regressions
    assert (change.id, change.after) == (answers[good].id, wrong)
    assert change.before == change.target


def test_runs_of_other_tasks_are_refused(finished: Path, tmp_path: Path) -> None:
    run = shutil.copytree(finished, tmp_path / "run")
    (run / "leaderboard.json").unlink()
    with pytest.raises(UserError):
        compare_runs([finished, run])


def test_a_run_that_cannot_be_written_to_is_told_as_that(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", "openings.jsonl")

    monkeypatch.setattr("metier.data.storing.dataset.note_opening", refuse)
    with pytest.raises(UserError, match="copy it: this opens the test set"):
        compare_runs([finished, finished])


def test_intervals_are_as_sure_as_the_first_runs_recipe_says(finished: Path, tmp_path: Path) -> None:
    run = shutil.copytree(finished, tmp_path / "run")
    file = run / "recipe.yaml"
    file.write_text(file.read_text().replace("confidence: 0.95", "confidence: 0.6"))
    usual, narrow = (compare_runs([one, finished]).runs[0].score for one in (finished, run))
    assert usual.value == narrow.value
    assert narrow.high - narrow.low < usual.high - usual.low
