import random
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from metier import evaluation
from metier.comparison.answers import read_predictions, write_predictions
from metier.comparison.recipe import Recipe
from metier.comparison.scoring.leaderboard import Entry, build_leaderboard
from metier.core import Example, Prediction, Task
from metier.core.artifacts import read_json, write_json
from metier.core.said import Said, sentence

DOCUMENTED = {
    "run", "task", "primary_metric", "test_size", "resolvable_gap", "recommended", "reason", "approaches",
}  # fmt: skip
"""Keys of docs/run-folder.md; programs of others read them."""
EXTRA = {
    "confidence", "ties", "floors", "limits", "better", "unit", "trace", "selection", "break_even", "currency",
    "more_labels", "worth", "graders", "units", "reason_message", "test_groups",
}  # fmt: skip
DOCUMENTED_ROW = {
    "name", "metrics", "vs_best", "train_seconds", "build_cost", "latency_p50_ms", "latency_p95_ms",
    "tokens_per_query", "cost_per_1000", "peak_memory_mb", "trainable_parameters", "disk_mb", "privacy",
    "status", "why",
}  # fmt: skip
EXTRA_ROW = {
    "summary",
    "answers",
    "sensitivity",
    "still_learning",
    "build_seconds",
    "build_memory_mb",
    "total_parameters",
    "latency_p99_ms",
    "answers_per_second",
    "tokens_in_per_query",
    "tokens_out_per_query",
    "gpu_memory_mb",
    "given_passages",
    "sweep",
    "forgetting",
    "by_source",
    "freshness",
    "load",
    "build_energy_wh",
    "energy_per_1000_wh",
    "documents_changed",
}
MESSAGES = {"summary_message", "why_message"}
"""Beside sentences that know what they were made from."""
TASK = Task(kind="classify", instruction="Sort.", labels=("a", "b"))
EXAMPLES = [Example(id=str(i), input=f"text {i}", target="ab"[i % 2]) for i in range(200)]


def test_the_keys_are_as_documented(finished: Path) -> None:
    board = read_json(finished / "leaderboard.json")
    assert board.keys() == DOCUMENTED | EXTRA
    for row in board["approaches"]:
        assert row.keys() - MESSAGES == DOCUMENTED_ROW | EXTRA_ROW
        assert row["privacy"].keys() == {"rows_in_weights", "rows_in_prompts", "readers"}
        assert row["documents_changed"] is None
        assert row["freshness"] is None or row["freshness"].keys() == {"way", "seconds"}
        for score in row["metrics"].values():
            assert score.keys() == {"value", "low", "high"}
            assert score["low"] <= score["value"] <= score["high"]
        if row["vs_best"] is not None:
            assert row["vs_best"].keys() == {"difference", "low", "high", "p", "significant"}


def test_what_sentences_were_made_from_stands_beside_them(finished: Path) -> None:
    board = read_json(finished / "leaderboard.json")
    told = [(board, "reason")]
    for step in board["trace"]:
        told += [(step, "rule"), *((dropped, "why") for dropped in step["dropped"] if " " in dropped["why"])]
    told += [(row, "summary") for row in board["approaches"] if row["status"] == "done"]
    for raw, name in told:
        beside = raw[f"{name}_message"]
        assert beside.keys() == {"text", "values"}
        assert isinstance(sentence(raw, name), Said), raw[name]
    majority = next(row for row in board["approaches"] if row["name"] == "majority")
    assert majority["summary_message"]["text"] == "Floor: always answers %(answer)s, the most frequent label."


def test_the_page_on_run_folders_names_every_key() -> None:
    page = (Path(__file__).parents[2] / "docs/run-folder.md").read_text(encoding="utf-8")
    keys = DOCUMENTED | EXTRA | DOCUMENTED_ROW | EXTRA_ROW
    assert [key for key in keys if f"`{key}`" not in page and not key.endswith("_message")] == []


def test_prompted_rows_say_how_far_they_depend_on_their_wording(finished: Path) -> None:
    rows = {row["name"]: row["sensitivity"] for row in read_json(finished / "leaderboard.json")["approaches"]}
    assert {name for name, spread in rows.items() if spread} == {"few-shot"}  # for others validation rows are too few
    spread = rows["few-shot"]
    values = spread["wordings"].values()
    assert len(values) == 9
    assert spread["spread"] == pytest.approx(max(values) - min(values))


def test_rows_are_sorted_and_compared_with_the_best(finished: Path) -> None:
    board = read_json(finished / "leaderboard.json")
    done = [row for row in board["approaches"] if row["status"] == "done"]
    values = [row["metrics"][board["primary_metric"]]["value"] for row in done]
    assert values == sorted(values, reverse=True)
    assert [row["name"] for row in done if row["vs_best"] is None] == [done[0]["name"]]
    for row, value in zip(done[1:], values[1:], strict=True):
        assert row["vs_best"]["difference"] == pytest.approx(value - values[0])
    assert board["recommended"] in board["ties"]


def test_numbers_are_those_in_the_files_of_the_approach(finished: Path) -> None:
    board = read_json(finished / "leaderboard.json")
    (row,) = [row for row in board["approaches"] if row["name"] == "lora"]
    folder = finished / "approaches/lora"
    costs, record = read_json(folder / "costs.json"), read_json(folder / "record.json")
    assert row["latency_p95_ms"] == costs["latency_p95_ms"] >= row["latency_p50_ms"]
    assert row["train_seconds"] == record["seconds"]["train"] > 0
    assert row["privacy"] == {"rows_in_weights": 30, "rows_in_prompts": 0, "readers": None}
    answers = read_predictions(folder / "predictions.parquet")
    assert row["tokens_per_query"] == pytest.approx(sum(a.tokens_in + a.tokens_out for a in answers) / len(answers))
    strains = ("cut_answers", "unfinished_answers", "unparseable_answers", "answers_with_less_shown")
    assert row["answers"] == dict.fromkeys(strains, 0)
    right = sum(answer.text == target for answer, target in zip(answers, targets(finished), strict=True))
    assert row["metrics"]["accuracy"]["value"] == pytest.approx(right / len(answers))


def targets(run: Path) -> list[str]:
    from pyarrow import parquet

    return parquet.read_table(run / "data/test.parquet").column("target").to_pylist()


def test_scoring_needs_no_opening_of_the_test_set(finished: Path) -> None:
    openings = (finished / "data/openings.jsonl").read_text().splitlines()
    done = [row["name"] for row in read_json(finished / "leaderboard.json")["approaches"] if row["status"] == "done"]
    assert len(openings) == len(done)


def test_the_figure_of_the_best_is_said_to_flatter(finished: Path) -> None:
    board = read_json(finished / "leaderboard.json")
    said, (best, *_) = board["selection"], board["approaches"]
    assert said["best"] == best["name"]
    assert said["optimism"] >= 0
    assert said["corrected"] == pytest.approx(best["metrics"]["macro_f1"]["value"] - said["optimism"])
    assert said["approaches"] == len([row for row in board["approaches"] if row["metrics"]])


def test_break_even_is_told_in_device_time_without_prices(finished: Path) -> None:
    board = read_json(finished / "leaderboard.json")
    for each in board["break_even"]:
        assert each.keys() == {"from", "to", "queries", "unit"}
        assert board["recommended"] in (each["from"], each["to"])
        assert each["unit"] == "device seconds"
        assert each["queries"] > 0


def test_each_approach_has_its_confusion_and_classes(finished: Path) -> None:
    analysis = read_json(finished / "approaches/tfidf/analysis.json")
    assert analysis.keys() == {"confusion", "per_class", "calibration"}
    calibration = analysis["calibration"]
    assert calibration.keys() == {"bins", "ece", "null", "null_high", "calibrated", "sure"}
    assert calibration["bins"][0].keys() == {"low", "high", "count", "confidence", "accuracy"}


@pytest.fixture
def run(tmp_path: Path) -> Any:
    """Writes approaches that are right so often and take so long; returns the leaderboard under these limits."""

    def board(approaches: dict[str, tuple[float, float]], **limits: float) -> dict[str, Any]:
        for name, (share, milliseconds) in approaches.items():
            write_approach(tmp_path / "approaches" / name, share, milliseconds)
        recipe = Recipe.model_validate({"name": "x", "data": {"examples": "x"}, "limits": limits})
        entries = [Entry(name, "done", "") for name in approaches] + [Entry("late", "not_run", "no time")]
        return build_leaderboard(tmp_path, recipe, TASK, entries, ["accuracy"], test_size=len(EXAMPLES))

    return board


def write_approach(folder: Path, share: float, milliseconds: float) -> None:
    draw = random.Random(folder.name)
    right = set(draw.sample(range(len(EXAMPLES)), round(share * len(EXAMPLES))))
    flipped = {"a": "b", "b": "a"}
    answers = [
        Prediction(id=example.id, text=str(example.target) if i in right else flipped[str(example.target)])
        for i, example in enumerate(EXAMPLES)
    ]
    write_predictions(folder / "predictions.parquet", tuple(EXAMPLES), answers)
    times = {"latency_p50_ms": milliseconds, "latency_p95_ms": milliseconds}
    write_json(folder / "costs.json", {**times, "tokens_per_query": 0, "peak_memory_mb": 100, "disk_mb": 0})
    record = {"summary": "", "rows_in_weights": 0, "rows_in_prompts": 0}
    write_json(folder / "record.json", {**record, "trainable_parameters": 0, "total_parameters": 0})
    write_json(folder / "building.json", {"seconds": 1, "peak_memory_mb": 1})


def test_each_source_of_the_rows_is_told_by_itself(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["mail.csv"] * 120 + ["chat.jsonl"] * 74 + ["rare.csv"] * 6
    mixed = [replace(example, id=f"{name}:{i}") for i, (name, example) in enumerate(zip(names, EXAMPLES, strict=True))]
    monkeypatch.setitem(globals(), "EXAMPLES", mixed)
    first, *_ = run({"one": (0.9, 10.0), "two": (0.5, 10.0)})["approaches"]
    assert {name: part["rows"] for name, part in first["by_source"].items()} == {"mail.csv": 120, "chat.jsonl": 74}
    told = sum(part["value"] * part["rows"] for part in first["by_source"].values())
    assert 180 - 6 <= told <= 180 + 1e-9
    for part in first["by_source"].values():
        assert part["low"] <= part["value"] <= part["high"]


def test_rows_that_groups_tie_together_are_counted_by_groups(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run({"one": (0.9, 10.0), "two": (0.5, 10.0)})["test_groups"] is None
    tied = [replace(example, group=f"customer {i % 40}") for i, example in enumerate(EXAMPLES)]
    monkeypatch.setitem(globals(), "EXAMPLES", tied)
    board = run({"one": (0.9, 10.0), "two": (0.5, 10.0)})
    assert (board["test_groups"], board["test_size"]) == (40, len(EXAMPLES))


def test_rows_of_one_source_are_not_told_twice(run: Any) -> None:
    assert run({"one": (0.9, 10.0)})["approaches"][0]["by_source"] == {}


def test_a_cheap_tie_is_recommended_and_a_cheap_loser_is_not(run: Any) -> None:
    board = run({"best": (0.9, 500.0), "tie": (0.88, 50.0), "loser": (0.6, 1.0)})
    assert board["recommended"] == "tie"
    assert set(board["ties"]) == {"best", "tie"}
    assert board["approaches"][-1]["name"] == "late"


def test_what_breaks_a_limit_is_no_yardstick_for_the_rest(run: Any) -> None:
    """Both are far worse than the best, which is too slow; between them the test set cannot tell."""
    approaches = {"best": (0.99, 500.0), "one": (0.61, 90.0), "other": (0.6, 10.0)}
    board = run(approaches, latency_ms=100)
    assert board["recommended"] == "other"
    assert set(board["ties"]) == {"one", "other"}
    assert "significantly better" not in board["reason"]
    assert {row["name"] for row in board["approaches"] if row["vs_best"] and row["vs_best"]["significant"]} == {
        "one",
        "other",
    }


def test_a_metric_that_should_be_low_is_sorted_that_way(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    turned = replace(evaluation.METRICS.get("accuracy"), better="lower")
    real = evaluation.METRICS.get
    registry = SimpleNamespace(get=lambda name: turned if name == "accuracy" else real(name))
    monkeypatch.setattr(evaluation.METRICS, "get", registry.get)
    board = run({"a": (0.9, 10.0), "b": (0.2, 10.0)})
    assert [row["name"] for row in board["approaches"]] == ["b", "a", "late"]
    assert board["recommended"] == "b"


def test_nothing_measured_is_a_table_too(tmp_path: Path) -> None:
    recipe = Recipe.model_validate({"name": "x", "data": {"examples": "x"}})
    board = build_leaderboard(tmp_path, recipe, TASK, [Entry("a", "failed", "why")], ["accuracy"], test_size=200)
    assert (board["recommended"], board["reason"]) == (None, "No approach could be measured.")
    assert board["approaches"][0]["why"] == "why"


def test_all_intervals_are_of_the_recipes_confidence(tmp_path: Path) -> None:
    settings = {"name": "x", "data": {"examples": "x"}, "evaluate": {"confidence": 0.6}}
    recipe = Recipe.model_validate(settings)
    write_approach(tmp_path / "approaches" / "one", 0.7, 10.0)
    build_leaderboard(tmp_path, recipe, TASK, [Entry("one", "done", "")], ["accuracy"], test_size=200)
    for row in read_json(tmp_path / "approaches/one/analysis.json")["per_class"]:
        expected = evaluation.wilson(row["recall"] * row["support"], row["support"], 0.6)
        assert (row["recall_low"], row["recall_high"]) == pytest.approx((expected.low, expected.high))
    board = build_leaderboard(tmp_path, recipe, TASK, [Entry("a", "failed", "why")], ["accuracy"], test_size=200)
    assert board["resolvable_gap"] == evaluation.resolvable_gap(200, confidence=0.6)


def test_what_hosted_models_did_is_paid_for_whoever_answers(tmp_path: Path) -> None:
    """A local model whose instruction a hosted one rewrote; a hosted one whose settings of retrieval were chosen."""
    prices = {"strong": {"input": 1.0, "output": 10.0}, "desk": {"input": 2.0, "output": 10.0}}
    settings = {
        "name": "x",
        "data": {"examples": "x"},
        "hosted": {"address": "http://127.0.0.1:1/v1", "key_variable": None, "prices": prices},
        "prices": {"device_hour": 3.6},
        "approaches": {
            "local": {"prompt": {"search": {"rewrite": {"model": "openai:strong"}}}},
            "theirs": {"model": "openai:desk", "retrieval": {"choose": {}}},
        },
    }
    entries = [Entry("local", "done", ""), Entry("theirs", "done", "")]
    for entry in entries:
        folder = tmp_path / "approaches" / entry.name
        write_approach(folder, 0.7, 10.0)
        costs = {"answers_per_second": 2.0, "tokens_in_per_query": 100.0, "tokens_out_per_query": 0.0}
        write_json(folder / "costs.json", {**read_json(folder / "costs.json"), **costs})
    record = tmp_path / "approaches/local/record.json"
    search = {"rewriter": "openai:strong", "rewriter_tokens": 3000, "rewriter_tokens_in": 1000}
    write_json(record, {**read_json(record), "search": {**search, "tokens_in": 9, "tokens_out": 9}})
    write_json(tmp_path / "approaches/theirs/retrieval-search.json", {"choice": {"tokens_in": 500, "tokens_out": 0}})
    oracles = {"tokens_in": 500, "tokens_out": 100}
    write_json(tmp_path / "approaches/theirs/retrieval.json", {"oracles": oracles})
    board = build_leaderboard(tmp_path, Recipe.model_validate(settings), TASK, entries, ["accuracy"], test_size=200)
    paid = {row["name"]: (row["build_cost"], row["cost_per_1000"]) for row in board["approaches"]}
    assert paid["local"] == pytest.approx((0.001 + (1000 * 1.0 + 2000 * 10.0) / 1e6, 0.5))
    assert paid["theirs"] == pytest.approx(((1000 * 2.0 + 100 * 10.0) / 1e6, 0.2))


def test_predictions_come_back_as_they_were(tmp_path: Path) -> None:
    answers = [
        Prediction(id="1", text="né\n", scores={"a": 0.25, "ü": 0.75}, tokens_in=3, tokens_out=1, cut=2),
        Prediction(id="2", text="", contexts=("one", "two"), unfinished=True),
    ]
    write_predictions(tmp_path / "p.parquet", tuple(EXAMPLES[:2]), answers)
    assert read_predictions(tmp_path / "p.parquet") == answers
