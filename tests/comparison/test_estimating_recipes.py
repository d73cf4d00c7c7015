import json
from pathlib import Path
from typing import Any

import pytest
from tests.small_task import rows, write_recipe, write_rows

from metier.approaches import estimating as approach_estimating
from metier.comparison import check_recipe
from metier.comparison.planning import estimating
from metier.core import Silent
from metier.core.artifacts import plain
from metier.models.slicing import measuring

APPROACHES = {"zero-shot": None, "lora": {"weights": {"epochs": 1}}, "copy": None}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure once, with few rows: figures do not matter here."""
    monkeypatch.setattr(measuring, "_REPEATS", 1)
    monkeypatch.setattr(approach_estimating, "ASKED", 4)


@pytest.fixture
def recipe(tmp_path: Path, tiny_causal: Path, tiny_encoder: Path) -> Any:
    def write(approaches: dict[str, Any], **sections: Any) -> Path:
        return write_recipe(tmp_path, causal=tiny_causal, encoder=tiny_encoder, approaches=approaches, **sections)

    return write


def test_a_check_says_what_every_approach_takes_and_what_it_costs(recipe: Any) -> None:
    path = recipe(APPROACHES, prices={"device_hour": 3600.0, "currency": "EUR"})
    reporter = Silent()
    checked = check_recipe(path, estimates=True, reporter=reporter)
    assert set(checked.expected) == {"majority", "tfidf", "nearest", "zero-shot", "lora"}
    lora = checked.expected["lora"]
    assert lora.fits
    assert lora.memory_mb == pytest.approx(sum(lora.memory.values()))
    assert lora.build_seconds is not None
    assert lora.answer_seconds is not None
    assert lora.cost == pytest.approx(lora.build_seconds + lora.answer_seconds)
    assert sum(lora.seconds.values()) == pytest.approx(lora.cost)
    assert checked.totals["cost"] == pytest.approx(sum(one.cost or 0 for one in checked.expected.values()))
    text = "\n".join(checked.lines)
    assert "What it would take on this machine" in text
    assert "EUR  micro-batches of 2,048 tokens" in text
    assert "  copy              not: A label is not a copy of the text." in text
    assert json.loads(json.dumps(plain(checked._asdict()), allow_nan=False))["expected"]["lora"]["fits"]
    assert any(event["kind"] == "step" or "estimate" in str(event) for event in reporter.events)


def test_a_check_takes_no_longer_than_a_minute(recipe: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimating, "MOST_SECONDS", -1.0)
    checked = check_recipe(recipe({"zero-shot": None}), estimates=True)
    assert all(one.memory_mb is None and "Not estimated" in one.notes[0] for one in checked.expected.values())
    assert "those before took" in "\n".join(checked.lines)


def test_what_does_not_fit_is_told_with_what_to_do(recipe: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimating, "memory_at_hand", lambda device: 2.5e6)
    checked = check_recipe(recipe({"full": {"weights": {"method": "full"}}}), estimates=True)
    full = checked.expected["full"]
    assert not full.fits
    assert "does not fit: " in "\n".join(checked.lines)
    assert full.remedy


def test_without_room_for_a_slice_only_the_reason_is_told(recipe: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimating, "memory_at_hand", lambda device: 1e4)
    one = check_recipe(recipe({"zero-shot": None}), estimates=True).expected["zero-shot"]
    assert (one.memory_mb, one.build_seconds, one.fits) == (None, None, False)
    assert "Too large to try" in one.notes[0]


def test_an_estimate_that_fails_does_not_fail_the_check(recipe: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("no such operator")

    monkeypatch.setattr(estimating.ESTIMATES, "get", lambda name: broken)
    checked = check_recipe(recipe({"zero-shot": None}), estimates=True)
    assert checked.expected["zero-shot"].notes == ("Not estimated (RuntimeError: no such operator).",)
    assert "majority, tfidf, nearest, zero-shot: Not estimated" in "\n".join(checked.lines)


def test_without_estimates_nothing_is_measured(recipe: Any) -> None:
    checked = check_recipe(recipe(APPROACHES))
    assert (checked.expected, checked.totals) == ({}, {})
    assert "  lora              yes" in checked.lines


def test_tasks_that_are_learnt_together_are_estimated_together(recipe: Any, tmp_path: Path, tiny_encoder: Path) -> None:
    write_rows(tmp_path / "other.csv", [(f"text {n}", f"title {n}") for n in range(40)], ("text", "title"))
    write_rows(tmp_path / "kinds.csv", [(f"text {n}", "xyz"[n % 3]) for n in range(40)], ("text", "kind"))
    titles = {"task": {"kind": "generate"}, "data": {"examples": "other.csv", "input": "text", "target": "title"}}
    kinds = {"data": {"examples": "kinds.csv", "input": "text", "target": "kind"}}
    encoder = {"model": str(tiny_encoder), "weights": {"method": "full", "epochs": 1}}
    path = recipe(
        {
            "alone": {"weights": {"epochs": 1}},
            "together": {"weights": {"epochs": 1}, "tasks": {"titles": titles}},
            "encoder": encoder,
            "heads": encoder | {"tasks": {"kinds": kinds}},
        }
    )
    found = check_recipe(path, estimates=True).expected
    assert found["together"].tokens["given"] > found["alone"].tokens["given"]
    assert found["together"].seconds["other tasks"] > 0
    assert "other tasks" not in found["alone"].seconds
    assert found["heads"].trained_parameters - found["encoder"].trained_parameters == 3 * (64 + 1)
    assert found["heads"].tokens["given"] > found["encoder"].tokens["given"]


def test_rows_that_will_be_cut_or_left_out_are_told(recipe: Any, tiny_encoder: Path) -> None:
    long = rows(60)
    long[3] = (long[3][0] + " y" * 300, long[3][1])
    encoder = {"model": str(tiny_encoder), "weights": {"method": "full", "epochs": 1, "max_length": 128}}
    path = recipe({"lora": {"weights": {"epochs": 1, "max_length": 200}}, "encoder": encoder}, content=long)
    found = check_recipe(path, estimates=True, overrides=["data.split={train: 0.98, validation: 0.01, test: 0.01}"])
    told = "longer than {} tokens (weights.max_length) and would lose the end of their input"
    assert told.format(200) in " ".join(found.expected["lora"].notes)
    assert told.format(128) in " ".join(found.expected["encoder"].notes)


def test_replay_and_a_teachers_answers_are_estimated(recipe: Any, tmp_path: Path, tiny_causal: Path) -> None:
    (tmp_path / "general.txt").write_text("Some general text about the world.\n" * 400)
    weights = {"epochs": 1, "max_length": 300}
    path = recipe(
        {
            "plain": {"weights": weights},
            "given": {"weights": weights | {"replay": {"texts": "general.txt", "share": 0.5, "l2": 0.1}}},
            "written": {"weights": weights | {"replay": {"generated": 20, "length": 64}}},
            "measured": {"weights": weights | {"replay": {"texts": "general.txt", "share": 0}}},
            "taught": {"weights": weights | {"distill": {"teacher": str(tiny_causal)}}},
        }
    )
    found = check_recipe(path, estimates=True).expected
    plain = found["plain"].tokens["given"]
    assert found["given"].tokens["given"] == plain + 27 * 256 + 176  # half of the text is held out
    assert found["written"].tokens["given"] == plain + 20 * 64
    assert found["measured"].tokens["given"] == found["taught"].tokens["given"] == plain
    assert found["given"].seconds["general text"] > 0
    assert found["measured"].seconds["general text"] > 0
    assert "general text" not in found["plain"].seconds
    assert found["given"].memory["weights at the start"] > 0
    assert "Writing the text" in " ".join(found["written"].notes)
    assert "Asking the teacher" in " ".join(found["taught"].notes)
