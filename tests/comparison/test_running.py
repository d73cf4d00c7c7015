"""The main job on tiny models, in one process."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyarrow import parquet
from tests.small_task import WORDS, rows, write_recipe

from metier import data
from metier.comparison import load_recipe
from metier.comparison import run as compare
from metier.core import RecipeError, RunInUseError, Silent, UserError
from metier.core.artifacts import read_json

REWRITTEN = {
    ".lock", "recipe.yaml", "run.json", "leaderboard.json", "report.html", "card.md", "events.jsonl", "analysis.json",
}  # fmt: skip
"""What every run writes: cheap, and made of the rest."""
Run = Callable[..., dict[str, Any]]


def contents(run: Path) -> dict[str, int]:
    """When each file was last written that costs work to make."""
    return {
        str(path.relative_to(run)): path.stat().st_mtime_ns
        for path in run.rglob("*")
        if path.is_file() and path.name not in REWRITTEN
    }


def changed(before: dict[str, int], after: dict[str, int]) -> set[str]:
    """Folders (of an approach, or the data) in which something was written or removed."""
    names = {name for name in before | after if before.get(name) != after.get(name)}
    return {"/".join(name.split("/")[:2]) if name.startswith("approaches") else name.split("/")[0] for name in names}


def statuses(board: dict[str, Any]) -> dict[str, str]:
    return {row["name"]: row["status"] for row in board["approaches"]}


@pytest.fixture
def desk(tmp_path: Path, tiny_causal: Path, tiny_encoder: Path) -> Any:
    """Writes a recipe with these approaches into the test's folder and runs it."""

    def go(approaches: dict[str, Any], *, overrides: tuple[str, ...] = (), **sections: Any) -> dict[str, Any]:
        content = sections.pop("content", None)
        recipe = write_recipe(
            tmp_path, causal=tiny_causal, encoder=tiny_encoder, approaches=approaches, content=content, **sections
        )
        return compare(recipe, out=tmp_path / "run", overrides=overrides, reporter=Silent(), isolate=False).leaderboard

    return go


@pytest.fixture
def again(finished: Path, tmp_path: Path) -> Any:
    """A copy of the finished run, and a way to run its recipe, changed or not, once more."""
    shutil.copytree(finished, tmp_path / "run")  # keeps the times of its files

    def go(*overrides: str) -> dict[str, Any]:
        recipe = finished.parent / "recipe.yaml"
        out = tmp_path / "run"
        return compare(recipe, out=out, overrides=overrides, reporter=Silent(), isolate=False).leaderboard

    return go


def test_every_approach_and_every_floor_stands_in_the_table(finished: Path) -> None:
    assert statuses(read_json(finished / "leaderboard.json")) == {
        "majority": "done",
        "tfidf": "done",
        "nearest": "done",
        "zero-shot": "done",
        "few-shot": "done",
        "lora": "done",
        "encoder-head": "done",
        "broken": "failed",
    }


def test_an_approach_that_fails_says_why_and_the_others_go_on(finished: Path) -> None:
    board = read_json(finished / "leaderboard.json")
    (broken,) = [row for row in board["approaches"] if row["name"] == "broken"]
    assert board["approaches"][-1] == broken
    assert "does not fit" in broken["why"]
    assert broken["metrics"] == {}
    assert not (finished / "approaches/broken/predictions.parquet").exists()


def test_the_run_folder_is_as_documented(finished: Path) -> None:
    names = {path.name for path in finished.iterdir()}
    assert {"recipe.yaml", "run.json", "data", "approaches", "leaderboard.json", "report.html", "events.jsonl"} <= names
    lora = finished / "approaches/lora"
    assert {path.name for path in lora.iterdir()} == {
        ".stage-answer.json", ".stage-build.json", "analysis.json", "building.json", "costs.json",
        "predictions.parquet", "prompted.json", "record.json", "system.json", "tokens.parquet", "weights",
    }  # fmt: skip
    columns = parquet.read_schema(lora / "predictions.parquet").names
    assert columns == [
        "id", "prediction", "target", "group", "scores", "contexts", "context_ids", "citations", "tokens_in",
        "tokens_out", "cut", "unfinished", "dropped", "unparseable", "bits", "bytes",
    ]  # fmt: skip


def test_the_recipe_of_the_run_is_complete_and_loads(finished: Path) -> None:
    stored = yaml.safe_load((finished / "recipe.yaml").read_text())
    assert stored["approaches"]["lora"]["weights"]["patience"] == 2
    assert load_recipe(finished / "recipe.yaml").recipe == load_recipe(finished.parent / "recipe.yaml").recipe


def test_the_record_of_the_run_has_versions_machine_and_inputs(finished: Path) -> None:
    record = read_json(finished / "run.json")
    assert record["inputs"].keys() == {"tickets.csv"}
    assert record["recipe_folder"] == str(finished.parent)
    assert {"metier", "torch", "transformers"} <= record["versions"].keys()
    assert {"cpu", "cores", "memory_gb", "gpu", "os", "python"} == record["machine"].keys()


def test_the_test_set_is_opened_once_for_each_approach(finished: Path) -> None:
    opened = [opening.by for opening in data.load(finished).openings()]
    assert sorted(opened) == sorted(["majority", "tfidf", "nearest", "zero-shot", "few-shot", "lora", "encoder-head"])


def test_the_same_recipe_again_does_nothing(again: Run, tmp_path: Path) -> None:
    before, board = contents(tmp_path / "run"), read_json(tmp_path / "run/leaderboard.json")
    assert again() == board
    assert changed(before, contents(tmp_path / "run")) <= {"approaches/broken"}
    assert len(data.load(tmp_path / "run").openings()) == 7


def test_a_changed_approach_is_the_only_one_that_is_done_again(again: Run, tmp_path: Path) -> None:
    before = contents(tmp_path / "run")
    board = again("approaches.lora.weights.rank=3", "approaches.broken={}")
    assert statuses(board)["broken"] == "done"
    assert changed(before, contents(tmp_path / "run")) == {"approaches/lora", "approaches/broken", "data"}
    assert len(data.load(tmp_path / "run").openings()) == 9


def test_removed_and_added_approaches_touch_no_other(again: Run, tmp_path: Path) -> None:
    before = contents(tmp_path / "run")
    board = again("approaches={zero-shot: {}, also: {prompt: {demonstrations: 1}}}")
    assert set(statuses(board)) == {"majority", "tfidf", "nearest", "zero-shot", "also"}
    assert changed(before, contents(tmp_path / "run")) <= {"approaches/also", "data"}


def test_damaged_answers_are_given_again_and_the_system_is_not_built_again(again: Run, tmp_path: Path) -> None:
    before = contents(tmp_path / "run")
    (tmp_path / "run/approaches/zero-shot/predictions.parquet").write_bytes(b"")
    board = again()
    assert statuses(board)["zero-shot"] == "done"
    after = contents(tmp_path / "run")
    written = {name for name in before | after if before.get(name) != after.get(name) and "broken" not in name}
    assert written == {
        "approaches/zero-shot/.stage-answer.json",
        "approaches/zero-shot/costs.json",
        "approaches/zero-shot/predictions.parquet",
        "data/openings.jsonl",
    }


def test_damaged_weights_are_trained_again_to_the_same(again: Run, tmp_path: Path) -> None:
    path = tmp_path / "run/approaches/lora/weights/adapter_model.safetensors"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    again()
    assert path.read_bytes() == whole


def test_other_rows_do_everything_again(desk: Run, tmp_path: Path) -> None:
    desk({})
    before = contents(tmp_path / "run")
    board = desk({}, content=rows(63))
    assert changed(before, contents(tmp_path / "run")) >= {
        "data", "approaches/majority", "approaches/tfidf", "approaches/nearest",
    }  # fmt: skip
    assert board["test_size"] == data.load(tmp_path / "run").summary["splits"]["test"]


def test_another_seed_divides_anew_and_the_same_one_does_not(desk: Run, tmp_path: Path) -> None:
    boards = [desk({}, overrides=(f"seed={seed}",)) for seed in (1, 2, 1)]
    tests = [read_json(tmp_path / "run/data/data.json")["seed"]]
    assert tests == [1]
    assert boards[0]["approaches"][0]["metrics"] == boards[2]["approaches"][0]["metrics"]


def test_an_approach_that_could_not_begin_in_time_is_in_the_table(desk: Run) -> None:
    board = desk({"zero-shot": None}, limits={"minutes": 1e-9})
    assert set(statuses(board).values()) == {"not_run"}
    assert board["approaches"][0]["why"] == "not begun: the limit of 1e-09 minutes was over"
    assert (board["recommended"], board["reason"]) == (None, "No approach could be measured.")


def test_what_a_killed_run_left_half_written_is_swept(again: Run, tmp_path: Path) -> None:
    left = [tmp_path / "run" / name for name in (".data.1.part", "approaches/lora/.weights.1.part", ".data.1.old")]
    for folder in left:
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(b"x" * 1000)
    before = read_json(tmp_path / "run/approaches/lora/costs.json")
    again()
    assert not any(folder.exists() for folder in left)
    assert read_json(tmp_path / "run/approaches/lora/costs.json") == before


def test_generated_text_has_its_own_floors_and_an_encoder_does_not_apply(
    desk: Run, tmp_path: Path, tiny_encoder: Path
) -> None:
    answers = [(text, f"We look after your {label}. {number}") for number, (text, label) in enumerate(rows(40))]
    board = desk(
        {
            "zero-shot": {"prompt": {"max_new_tokens": 4}},
            "head": {"model": str(tiny_encoder), "weights": {"method": "head"}},
            "majority": None,
        },
        content=answers,
        task={"kind": "generate"},
    )
    assert statuses(board) == {
        "copy": "done", "nearest": "done", "zero-shot": "done", "head": "not_applicable", "majority": "not_applicable",
    }  # fmt: skip
    assert board["primary_metric"] == "token_f1"
    assert board["task"]["labels"] == []
    rows_shown = {row["name"]: row["privacy"]["rows_in_prompts"] for row in board["approaches"]}
    assert rows_shown["nearest"] > 0 == rows_shown["copy"]


def test_a_chat_is_answered_with_its_history(tmp_path: Path, tiny_causal: Path, tiny_encoder: Path) -> None:
    talks = [
        {
            "messages": [
                {"role": "system", "content": "You are a clerk."},
                {"role": "user", "content": "hello"},
                {"role": "assistant", "content": "What is it?"},
                {"role": "user", "content": text},
                {"role": "assistant", "content": f"We look after your {label}."},
            ]
        }
        for text, label in rows(30)
    ]
    (tmp_path / "talks.jsonl").write_text("".join(json.dumps(talk) + "\n" for talk in talks))
    recipe = write_recipe(
        tmp_path,
        causal=tiny_causal,
        encoder=tiny_encoder,
        approaches={"lora": {"prompt": {"max_new_tokens": 4}, "weights": {"rank": 2, "epochs": 1}}},
        task={},
        data={"examples": "talks.jsonl"},
    )
    board = compare(recipe, out=tmp_path / "run", reporter=Silent(), isolate=False).leaderboard
    assert board["task"]["kind"] == "chat"
    assert statuses(board) == {"copy": "done", "nearest": "done", "lora": "done"}
    trained = read_json(tmp_path / "run/approaches/lora/record.json")["trained_tokens"]
    answers = sum(len(f"We look after your {label}.") for label in WORDS) / 3  # a token a byte, on average
    assert trained > len(data.load(tmp_path / "run").train) * answers  # the earlier answer is learnt too


def test_a_wrong_recipe_leaves_no_folder(desk: Run, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="did you mean 'lora'"):
        desk({"tuned": {"weights": {"method": "loar"}}})
    assert not (tmp_path / "run").exists()


def test_all_that_can_be_known_before_is_said_before(desk: Run, tiny_causal: Path) -> None:
    with pytest.raises(RecipeError) as caught:
        desk(
            {"a": {"weights": {"method": "loar"}}, "b": {"prompt": {"choose": "nearst"}}, "majority": {"prompt": {}}},
            embedder=str(tiny_causal),
            evaluate={"metrics": ["acuracy"]},
            task={"kind": "classify"},
        )
    assert {problem.path for problem in caught.value.problems} == {
        "approaches.a.weights.method",
        "approaches.b.prompt.choose",
        "approaches.majority",
        "embedder",
        "evaluate.metrics",
    }


def test_the_recipes_model_is_wrong_once_whatever_takes_it(desk: Run) -> None:
    with pytest.raises(RecipeError) as caught:
        desk({"a": {}, "b": {"weights": {}}, "c": {"model": "nor-this"}}, model="not-there")
    found = {problem.path: problem for problem in caught.value.problems}
    assert list(found) == ["model", "approaches.c.model"]
    assert len(caught.value.problems) == 2
    assert "'not-there'" in found["model"].got


def test_a_device_that_is_not_there_is_said_before(desk: Run) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    with pytest.raises(RecipeError, match="got       'cuda'"):
        desk({}, device="cuda")


def test_label_words_of_labels_that_the_data_lacks_are_said_before_anything_is_built(desk: Run, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="did you mean 'card'"):
        desk({"worded": {"prompt": {"label_words": {"crd": "bank card"}}}})
    assert not (tmp_path / "run/approaches").exists()


def test_a_folder_with_files_of_the_users_own_is_not_written_to(desk: Run, tmp_path: Path) -> None:
    """``--out .`` beside one's own ``data/`` and ``recipe.yaml`` would have replaced both."""
    own = tmp_path / "run" / "data" / "own.csv"
    own.parent.mkdir(parents=True)
    own.write_text("precious")
    with pytest.raises(UserError, match="a new or empty folder, or one of an earlier run"):
        desk({})
    assert [path for path in (tmp_path / "run").rglob("*") if path.is_file()] == [own]


def test_two_runs_do_not_write_to_one_folder(desk: Run, tmp_path: Path) -> None:
    import fcntl

    (tmp_path / "run").mkdir()
    with (tmp_path / "run/.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.write("4321")
        held.flush()
        with pytest.raises(RunInUseError, match=r"in use by another run \(process 4321\)"):
            desk({})


def test_a_disk_that_fills_up_fails_the_approach_with_its_reason(desk: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from metier.approaches.kinds import majority

    def full(path: Path, value: object) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(majority, "write_json", full)
    board = desk({})
    (failed,) = [row for row in board["approaches"] if row["status"] == "failed"]
    assert failed["name"] == "majority"
    assert "No space left on device" in failed["why"]
