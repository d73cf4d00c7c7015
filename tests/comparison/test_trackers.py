"""What TensorBoard and MLflow are told, read back with their own readers."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.small_task import write_recipe

from metier.comparison import load_recipe, run, trackers
from metier.comparison.planning.problems import check
from metier.comparison.recipe import Recipe
from metier.comparison.trackers import TrackerKind, TrackerSettings, check_trackers
from metier.comparison.working.tracking import Tracking
from metier.core import Problem, RecipeError, Silent, point, trial
from metier.core.artifacts import read_json, write_json

ENCODER_HEAD = {"weights": {"method": "head", "epochs": 2}}


class Kept:
    """A tracker that keeps what it is told."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, Mapping[str, Any]]] = []
        self.logged: list[tuple[str, int, Mapping[str, float]]] = []
        self.closed = 0

    def begin(self, name: str, settings: Mapping[str, Any]) -> None:
        self.begun.append((name, settings))

    def log(self, name: str, values: Mapping[str, float], *, step: int) -> None:
        self.logged.append((name, step, values))

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Kept:
    """In place of TensorBoard."""
    tracker = Kept()
    kind = TrackerKind(package="json", extra="tensorboard", serves=False, start=lambda *given: tracker)
    monkeypatch.setattr(trackers.TRACKERS, "get", lambda name: kind)
    return tracker


def tracking(folder: Path, **approaches: Any) -> Tracking:
    recipe = Recipe.model_validate(
        {
            "name": "desk",
            "data": {"examples": "x.csv"},
            "approaches": approaches,
            "trackers": {"tensorboard": None},
        }
    )
    return Tracking(Silent(), recipe, folder)


def board(value: float = 0.75) -> dict[str, Any]:
    score = {"value": value, "low": 0.5, "high": 0.9}
    row = {"name": "lora", "status": "done", "metrics": {"macro_f1": score}, "latency_p50_ms": 12, "disk_mb": None}
    return {"primary_metric": "macro_f1", "approaches": [row, {"name": "broken", "status": "failed", "metrics": {}}]}


def curve(folder: Path) -> None:
    found = {"steps": [10, 20], "losses": [0.9, 0.4], "validation_steps": [20], "validation_losses": [0.5]}
    write_json(folder / "approaches/lora/record.json", {"curve": found})


def test_losses_go_to_their_training_while_it_runs(kept: Kept, tmp_path: Path) -> None:
    told = tracking(tmp_path, lora={"weights": {"rank": 4}})
    for place, step in (("approaches/lora/checkpoints", 1), ("approaches/lora/trials/ab/checkpoints", 7)):
        point(told, tmp_path / place, step=step, train_loss=0.5)
    point(told, tmp_path / "approaches/lora/checkpoints", step=2, validation_loss=0.25)
    assert kept.logged == [
        ("lora", 1, {"train/loss": 0.5}),
        ("lora/trials/ab", 7, {"train/loss": 0.5}),
        ("lora", 2, {"validation/loss": 0.25}),
    ]
    names, (settings, *_) = [name for name, _ in kept.begun], [settings for _, settings in kept.begun]
    assert names == ["lora", "lora/trials/ab"]
    assert settings["weights.rank"] == 4


def test_measures_are_told_once_and_again_where_they_change(kept: Kept, tmp_path: Path) -> None:
    for value in (0.75, 0.75, 0.8):
        told = tracking(tmp_path, lora={})
        told.measured(board(value))
        told.close()
    assert [values["test/macro_f1"] for _, _, values in kept.logged] == [0.75, 0.8]
    _, step, values = kept.logged[0]
    assert step == 0
    assert values == {
        "test/macro_f1": 0.75, "test/macro_f1/low": 0.5, "test/macro_f1/high": 0.9, "cost/latency_p50_ms": 12,
    }  # fmt: skip
    assert kept.closed == 2  # the one in the middle had nothing to say


def test_a_tracker_that_comes_later_gets_the_curves_too(kept: Kept, tmp_path: Path) -> None:
    curve(tmp_path)
    for _ in range(2):
        tracking(tmp_path, lora={}).measured(board())
    assert kept.logged[:2] == [
        ("lora", 10, {"train/loss": 0.9}),
        ("lora", 20, {"train/loss": 0.4, "validation/loss": 0.5}),
    ]
    assert len(kept.logged) == 3


def test_a_tracker_that_fails_costs_the_run_nothing(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*given: Any, **values: Any) -> None:
        raise OSError("No space left on device\nand more")

    monkeypatch.setattr(kept, "log", fail)
    told = tracking(tmp_path, lora={})
    silent: Any = told._then
    for step in (1, 2):
        point(told, tmp_path / "approaches/lora/checkpoints", step=step, train_loss=0.5)
    told.measured(board())
    told.close()
    warned = [event["text"] for event in silent.events if event["kind"] == "warn"]
    assert warned == ["tensorboard: OSError: No space left on device. The work goes on without it."]


@pytest.mark.parametrize(
    ("chosen", "path", "expected"),
    [
        ({"mlfow": {}}, "trackers", "the name of a tracker"),
        ({"tensorboard": {"address": "https://x.org"}}, "trackers.tensorboard.address", "nothing: it writes files"),
        ({"tensorboard": {"experiment": "x"}}, "trackers.tensorboard.experiment", "nothing: tensorboard has no"),
        ({"mlflow": {"address": "https://me:secret@x.org"}}, "trackers.mlflow.address", "an address"),
        ({"mlflow": {"address": "http://x.org"}}, "trackers.mlflow.address", "https, or http on this machine"),
        ({"mlflow": {"address": "file:///x"}}, "trackers.mlflow.address", "an address such as"),
    ],
)
def test_what_is_wrong_is_found_before_any_work(
    monkeypatch: pytest.MonkeyPatch, chosen: dict[str, Any], path: str, expected: str
) -> None:
    monkeypatch.setattr(trackers, "find_spec", lambda name: object())
    found = check_trackers({name: TrackerSettings.model_validate(settings) for name, settings in chosen.items()})
    (problem,) = found
    assert problem.path == path
    assert problem.expected.startswith(expected)
    assert "secret" not in str(problem)


def test_a_package_that_is_not_installed_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tiny_causal: Path, tiny_encoder: Path
) -> None:
    monkeypatch.setattr(trackers, "find_spec", lambda name: None)
    recipe = write_recipe(
        tmp_path, causal=tiny_causal, encoder=tiny_encoder, approaches={}, trackers={"mlflow": None, "tensorboard": {}}
    )
    with pytest.raises(RecipeError) as error:
        check(load_recipe(recipe), where="recipe.yaml")
    found: list[Problem] = list(error.value.problems)
    assert [problem.path for problem in found] == ["trackers.mlflow", "trackers.tensorboard"]
    assert "metier[mlflow]" in found[0].remedy


def test_tensorboard_reads_what_was_written(tmp_path: Path, tiny_causal: Path, tiny_encoder: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    def scalars(name: str) -> dict[str, list[tuple[int, float]]]:
        events = EventAccumulator(str(tmp_path / "run/tensorboard" / name))
        events.Reload()
        return {tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}

    approaches = {"encoder-head": {"model": str(tiny_encoder), **ENCODER_HEAD}}
    recipe = write_recipe(
        tmp_path, causal=tiny_causal, encoder=tiny_encoder, approaches=approaches, trackers={"tensorboard": {}}
    )
    done = run(recipe, out=tmp_path / "run", reporter=Silent(), isolate=False)
    found = scalars("encoder-head")
    record = read_json(tmp_path / "run/approaches/encoder-head/record.json")["curve"]
    assert [step for step, _ in found["train/loss"]] == record["steps"]
    assert [loss for _, loss in found["train/loss"]] == pytest.approx(record["losses"])
    assert [loss for _, loss in found["validation/loss"]] == pytest.approx(record["validation_losses"])
    rows = {row["name"]: row for row in done.leaderboard["approaches"]}
    for name in ("encoder-head", "tfidf"):
        assert scalars(name)["test/macro_f1"] == [(0, pytest.approx(rows[name]["metrics"]["macro_f1"]["value"]))]
    run(recipe, out=tmp_path / "run", reporter=Silent(), isolate=False)  # nothing is done or told twice
    assert scalars("encoder-head") == found
    changed = ["approaches.encoder-head.weights.epochs=1"]
    run(recipe, out=tmp_path / "run", overrides=changed, reporter=Silent(), isolate=False)
    record = read_json(tmp_path / "run/approaches/encoder-head/record.json")["curve"]
    assert [step for step, _ in scalars("encoder-head")["train/loss"]] == record["steps"]


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: Any) -> None:
        raise AssertionError(f"a connection to {given[1:]}")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.usefixtures("no_network")
@pytest.mark.filterwarnings("ignore")
def test_mlflow_reads_what_was_written(tmp_path: Path) -> None:
    pytest.importorskip("mlflow")
    curve(tmp_path / "runs/desk")
    for rank, value in ((4, 0.75), (4, 0.8), (8, 0.9)):
        told = tracking(tmp_path / "runs/desk", lora={"weights": {"rank": rank}})
        told.recipe = told.recipe.model_copy(update={"trackers": {"mlflow": TrackerSettings()}})
        told._left = dict(told.recipe.trackers)
        told.measured(board(value))
        told.close()
    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=f"sqlite:///{tmp_path / 'runs/mlflow.db'}")
    experiment = client.get_experiment_by_name("desk")
    found = {one.data.params["weights.rank"]: one for one in client.search_runs([experiment.experiment_id])}
    assert sorted(found) == ["4", "8"]  # other settings: another run; the same: the same one
    assert [found[rank].data.metrics["test/macro_f1"] for rank in "48"] == [0.8, 0.9]
    assert [m.value for m in client.get_metric_history(found["4"].info.run_id, "train/loss")] == [0.9, 0.4]
    assert {one.info.status for one in found.values()} == {"FINISHED"}


def test_what_a_sweep_tries_is_told_with_its_settings_and_figures(kept: Kept, tmp_path: Path) -> None:
    told = tracking(tmp_path, lora={"weights": {"rank": 4}, "sweep": {"over": {"weights.rank": [4, 8]}}})
    folder = tmp_path / "approaches/lora/trials/ab"
    result = {"value": 0.75, "seconds": 2.5, "tokens_in": 30, "tokens_out": 4}
    tried: dict[str, Any] = {"metric": "macro_f1", "settings": {"weights.rank": 8}, "rows": 16}
    trial(told, folder, **tried)
    point(told, folder / "checkpoints", step=1, train_loss=0.5)
    trial(told, folder, **tried, result=result)
    begun = dict(kept.begun)
    assert begun["lora/trials/ab"]["weights.rank"] == 8
    assert begun["lora/trials/ab"]["weights.max_rows"] == 16
    assert not [name for name in begun["lora/trials/ab"] if name.startswith("sweep")]
    assert begun["lora"]["weights.rank"] == 4
    figures = {"validation/macro_f1": 0.75, "cost/trial_seconds": 2.5, "cost/trial_tokens_in": 30}
    assert kept.logged == [
        ("lora/trials/ab", 1, {"train/loss": 0.5}),
        ("lora/trials/ab", 0, {**figures, "cost/trial_tokens_out": 4}),
    ]


def test_a_tracker_that_comes_later_is_told_of_trials_once_and_failed_ones_have_no_figure(
    kept: Kept, tmp_path: Path
) -> None:
    trials = [
        {"key": "ab", "values": {}, "rows": None, "value": 0.5, "seconds": 1.0},
        {"key": "cd", "values": {"weights.rank": 8}, "rows": None, "value": None, "why": "no", "seconds": 2.0},
    ]
    sweep = {"metric": "macro_f1", "own": {"weights.rank": 4}}
    write_json(tmp_path / "approaches/lora/sweep.json", {"sweep": sweep, "trials": trials})
    for _ in range(2):
        tracking(tmp_path, lora={}).measured(board())
    assert kept.logged[:2] == [
        ("lora/trials/ab", 0, {"validation/macro_f1": 0.5, "cost/trial_seconds": 1.0}),
        ("lora/trials/cd", 0, {"cost/trial_seconds": 2.0}),
    ]
    assert len(kept.logged) == 3
    assert [settings["weights.rank"] for name, settings in kept.begun if "/" in name] == [4, 8]


@pytest.mark.parametrize("damaged", ["[]", '{"tensorboard": 3}', '{"tensorboard": {"lora": []}}', "{", "null"])
def test_a_damaged_note_of_what_was_told_is_forgotten(kept: Kept, tmp_path: Path, damaged: str) -> None:
    (tmp_path / "trackers.json").write_text(damaged)
    (tmp_path / "approaches/lora").mkdir(parents=True)
    (tmp_path / "approaches/lora/sweep.json").write_text(damaged)
    tracking(tmp_path, lora={}).measured(board())
    assert [name for name, _, _ in kept.logged] == ["lora"]
