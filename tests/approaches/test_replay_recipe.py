"""Replay through the recipe: text in, what was forgotten in the leaderboard, misuse refused before any work."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.small_task import write_recipe

from metier.approaches.resources import Resources
from metier.approaches.tuning import replaying
from metier.comparison import run
from metier.comparison.checking import check_recipe
from metier.core import Silent, UserError
from metier.models import load_module, locate
from metier.models.loading import load_tokenizer
from metier.training import ReplaySettings

TEXT = "\n\n".join(f"Paragraph {i} of a text about the sea, the hills and the weather of day {i}." for i in range(60))


def recipe(folder: Path, causal: Path, encoder: Path, **approaches: Any) -> Path:
    (folder / "general").mkdir()
    for number, part in enumerate(TEXT.split("\n\n")):
        (folder / "general" / f"{number:02}.txt").write_text(part, encoding="utf-8")
    return write_recipe(folder, causal=causal, encoder=encoder, approaches=approaches)


def weights(**replay: Any) -> dict[str, Any]:
    return {"weights": {"method": "full", "epochs": 2, "learning_rate": 1e-3, "replay": {"length": 64} | replay}}


def test_replay_keeps_what_plain_training_forgets(tiny_causal: Path, tiny_encoder: Path, tmp_path: Path) -> None:
    quiet = {"prompt": {"sensitivity": 0}}
    path = recipe(
        tmp_path,
        tiny_causal,
        tiny_encoder,
        plain=quiet | weights(texts="general", share=0.0),
        replayed=quiet | weights(texts="general", share=0.5, measured=20, kl=0.1, l2=1e-3),
    )
    finished = run(path, out=tmp_path / "run", reporter=Silent(), isolate=False)
    rows = {row["name"]: row for row in finished.leaderboard["approaches"]}
    assert rows["plain"]["why"] == rows["replayed"]["why"] == ""
    lost = {
        name: rows[name]["forgetting"]["after"] - rows[name]["forgetting"]["before"] for name in ("plain", "replayed")
    }
    assert lost["replayed"] < lost["plain"]
    record = json.loads((finished.folder / "approaches/replayed/record.json").read_text(encoding="utf-8"))
    assert record["forgetting"]["pieces"] == 20
    assert any("50 % of the loss" in note for note in record["notes"])
    assert record["rows_in_weights"] == record["trained_examples"]


def test_a_changed_text_makes_the_approach_anew(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    settings = ReplaySettings(texts="a.txt")
    before = replaying.inputs(settings, tmp_path)
    (tmp_path / "a.txt").write_text(TEXT + " More.", encoding="utf-8")
    assert before != replaying.inputs(settings, tmp_path)
    assert replaying.inputs(ReplaySettings(l2=0.1), tmp_path) == []


def test_no_text_stands_on_both_sides(tiny_causal: Path, tmp_path: Path) -> None:
    resources = Resources(reporter=Silent(), recipe_folder=tmp_path)
    (tmp_path / "texts.jsonl").write_text(
        "".join(json.dumps({"text": f"{i} " + "words and words " * 20, "other": i}) + "\n" for i in range(30)),
        encoding="utf-8",
    )
    settings = ReplaySettings(texts="texts.jsonl", length=100, measured=10, share=0.5)
    tokenizer = load_tokenizer(locate(str(tiny_causal), folder=Path()))
    general = replaying.given(settings, tokenizer, resources, rows=20)
    assert general is not None
    texts = [{row.id.rpartition(":")[0] for row in rows} for rows in (general.held_out, general.replayed)]
    assert not texts[0] & texts[1]
    assert len(general.held_out) == 10
    assert general.bytes == sum(len(row.ids) - 1 for row in general.held_out)  # a token a byte


def test_what_the_base_writes_is_written_once(tiny_causal: Path, tmp_path: Path, monkeypatch: Any) -> None:
    source = locate(str(tiny_causal), folder=Path())
    resources = Resources(reporter=Silent(), device="cpu", precision="float32")
    module, tokenizer = load_module(source, resources.compute), load_tokenizer(source)
    settings = ReplaySettings(generated=6, length=12, measured=3)
    first = replaying.written(settings, module, tokenizer, resources, tmp_path / "written.json")
    assert first is not None
    assert [len(row.ids) for row in first.replayed] == [13] * 6
    assert len(first.held_out) == 3
    assert len({row.ids for row in first.replayed}) == 6
    again = replaying.written(settings, module, tokenizer, resources, tmp_path / "other.json")
    assert again == first
    monkeypatch.setattr(replaying, "sample", None)
    assert replaying.written(settings, module, tokenizer, resources, tmp_path / "written.json") == first


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"texts": "nowhere"}, "weights.replay.texts"),
        ({"texts": "tickets.csv"}, "weights.replay.texts"),
        ({"texts": "general", "generated": 5}, "weights.replay"),
        ({}, "weights.replay"),
    ],
)
def test_misuse_is_refused(
    change: dict[str, Any], path: str, tiny_causal: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    found = recipe(tmp_path, tiny_causal, tiny_encoder, lora=weights(**change))
    with pytest.raises(UserError) as caught:
        check_recipe(found)
    assert any(problem.path.endswith(path) for problem in caught.value.problems), caught.value


@pytest.mark.parametrize(
    ("more", "replay", "path"),
    [
        ({"preference": {}}, {"texts": "general"}, "weights.replay"),
        ({"method": "prompt_tuning", "virtual_tokens": 4}, {"kl": 0.1}, "weights.replay.kl"),
    ],
)
def test_what_cannot_be_kept_near_is_refused(
    more: dict[str, Any], replay: dict[str, Any], path: str, tiny_causal: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    found = recipe(tmp_path, tiny_causal, tiny_encoder, lora={"weights": {"replay": replay} | more})
    with pytest.raises(UserError) as caught:
        check_recipe(found)
    assert [problem.path for problem in caught.value.problems] == [f"approaches.lora.{path}"]


def test_encoders_are_pulled_and_replay_nothing(tiny_causal: Path, tiny_encoder: Path, tmp_path: Path) -> None:
    encoder = {"model": str(tiny_encoder)}
    refused = recipe(tmp_path, tiny_causal, tiny_encoder, near=encoder | weights(texts="general"))
    with pytest.raises(UserError) as caught:
        check_recipe(refused)
    assert [problem.path for problem in caught.value.problems] == ["approaches.near.weights.replay"]
    path = write_recipe(
        tmp_path, causal=tiny_causal, encoder=tiny_encoder, approaches={"near": encoder | weights(l2=1.0)}
    )
    finished = run(path, out=tmp_path / "run", reporter=Silent(), isolate=False)
    (row,) = [row for row in finished.leaderboard["approaches"] if row["name"] == "near"]
    assert (row["status"], row["forgetting"]) == ("done", None), row["why"]
