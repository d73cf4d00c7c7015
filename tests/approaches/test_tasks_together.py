"""Several kinds of task in one training: rows of each shape in their own words, weighed, measured, or refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.approaches.systems import QUICK
from tests.small_task import rows, write_rows

from metier.approaches import ApproachSettings, Resources, build, check, load, outside_inputs
from metier.approaches.tuning import fine_tuning
from metier.approaches.tuning.together_settings import TaskBeside
from metier.core import Problem
from metier.data import Dataset
from metier.prompts import PromptSettings
from metier.training import PreferenceSettings, WeightsSettings

QUIET = PromptSettings(max_new_tokens=6, sensitivity=0)


@pytest.fixture
def resources(resources: Resources, tmp_path: Path) -> Resources:
    """Beside the run's labels: a column of titles, and conversations, which are of another shape."""
    titled = [(f"a text about {n} things", f"{n} things") for n in range(30)]
    write_rows(tmp_path / "titles.csv", titled, ("text", "title"))
    with (tmp_path / "chats.jsonl").open("w") as file:
        for n in range(30):
            turns = [{"role": "user", "content": f"hello {n}"}, {"role": "assistant", "content": f"good day {n}"}]
            file.write(json.dumps({"messages": turns}) + "\n")
    resources.recipe_folder = tmp_path
    return resources


def titles(**more: Any) -> dict[str, Any]:
    data = {"examples": "titles.csv", "input": "text", "target": "title"}
    return {"task": {"kind": "generate", "instruction": "Write a title."}, "data": data} | more


def together(weights: WeightsSettings = QUICK, **tasks: Any) -> ApproachSettings:
    asked = {name: TaskBeside.model_validate(one) for name, one in tasks.items()}
    return ApproachSettings(prompt=QUIET, weights=weights, tasks=asked)


PAIRS = QUICK.model_copy(update={"preference": PreferenceSettings()})
TEXTS = {"examples": "titles.csv", "input": "text"}
CHATS = {"data": {"examples": "chats.jsonl"}}


def test_rows_of_every_shape_are_learnt_in_their_own_words(
    datasets: dict[str, Dataset], resources: Resources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[Any] = []
    train = fine_tuning.train

    def seen(module: Any, objective: Any, rows: Any, validation: Any, plan: Any, **how: Any) -> Any:
        trained.extend(rows)
        assert not any("/" in row.id for row in validation)
        return train(module, objective, rows, validation, plan, **how)

    monkeypatch.setattr(fine_tuning, "train", seen)
    settings = together(titles=titles(share=0.25, measured=4), chats=CHATS)
    built = build("lora", settings, datasets["classify"], resources, tmp_path / "lora")
    by_task = {name: [row for row in trained if row.id.startswith(f"{name}/")] for name in ("titles", "chats")}
    assert all(by_task.values())
    carried = sum(row.weight for row in by_task["titles"])
    assert carried / sum(row.weight for row in trained) == pytest.approx(0.25)
    assert {max(row.weights) for row in by_task["chats"]} == {1.0}
    own: Any = load(tmp_path / "lora", datasets["classify"].task, resources)
    texts = {name: own.model.tokenizer.decode(found[0].ids) for name, found in by_task.items()}
    assert "Write a title." in texts["titles"]
    assert "good day" in texts["chats"]
    notes = " ".join(built.record.notes)
    assert "Learnt together with titles: " in notes
    assert "25 % of the loss" in notes
    assert " validation rows of titles token_f1 is" in notes
    assert {count.id for count in built.tokens} == {example.id for example in datasets["classify"].train}
    assert built.record.rows_in_weights == len(trained)
    assert own.predict(datasets["classify"].validation[:1])[0].text in datasets["classify"].task.labels


def test_rows_that_stand_in_the_runs_validation_are_left_out_and_said(
    datasets: dict[str, Dataset], resources: Resources, tmp_path: Path
) -> None:
    known = {example.input for example in datasets["classify"].validation}
    write_rows(tmp_path / "same.csv", [(text, f"about {label}") for text, label in rows(60)], ("text", "title"))
    same = titles(measured=0)
    same["data"]["examples"] = "same.csv"
    built = build("lora", together(same=same), datasets["classify"], resources, tmp_path / "lora")
    assert known
    (note,) = [note for note in built.record.notes if note.startswith("Learnt together")]
    assert "whose text stands in validation are left out" in note


def found(settings: ApproachSettings, resources: Resources) -> list[Problem]:
    return check("one", settings, None, resources, kind="classify")


@pytest.mark.parametrize(
    ("settings", "path", "said"),
    [
        (together(titles=titles(share=0.6), more=titles(share=0.4)), "tasks", "less than 1"),
        (together(titles=titles(share=0.6)).model_copy(update={"weights": None}), "tasks", "weights to train"),
        (
            together(QUICK.model_copy(update={"preference": PreferenceSettings()}), titles=titles()),
            "tasks",
            "right answers",
        ),
        (together(t={"data": {"examples": "titles.csv", "documents": "x"}}), "tasks.t.data.documents", "rows alone"),
        (together(t={"data": {"examples": "tilles.csv"}}), "tasks.t.data.examples", "file"),
        (together(t=titles(task={"kind": "continue"}, data=TEXTS)), "tasks.t.task.kind", "answered"),
        (together(t=titles(data={"examples": "titles.csv", "input": "txet"})), "tasks.t.data.input", "column"),
    ],
)
def test_what_cannot_be_learnt_together_is_refused_before_any_work(
    settings: ApproachSettings, path: str, said: str, resources: Resources
) -> None:
    problems = [one for one in found(settings, resources) if one.path.startswith("approaches.one.tasks")]
    assert [one.path for one in problems] == [f"approaches.one.{path}"]
    assert said in problems[0].expected
    assert problems[0].remedy


@pytest.fixture
def beside(resources: Resources, tmp_path: Path, tiny_encoder: Path) -> dict[str, Any]:
    """Tasks of every kind that an encoder may learn: labels, sets of labels, numbers, pieces."""
    texts = [f"text {n} of things" for n in range(40)]
    columns = {
        "urgent": ("classify", [f"{'late' if n % 3 else 'soon'}" for n in range(40)]),
        "topics": ("multilabel", ["red|blue" if n % 2 else "red" for n in range(40)]),
        "price": ("regress", [str(n / 2) for n in range(40)]),
        "things": ("extract", ['[{"start": 0, "end": 4, "label": "T"}]'] * 40),
        "title": ("generate", [f"the {n}. thing" for n in range(40)]),
    }
    for name, (_, targets) in columns.items():
        write_rows(tmp_path / f"{name}.csv", list(zip(texts, targets, strict=True)), ("text", "target"))
    return {
        name: {"task": {"kind": kind}, "data": {"examples": f"{name}.csv", "input": "text", "target": "target"}}
        for name, (kind, _) in columns.items()
    }


def by_encoder(encoder: Path, method: str = "full", **tasks: Any) -> ApproachSettings:
    weights = WeightsSettings(method=method, epochs=1, batch_size=16, max_length=64)
    return together(weights, **tasks).model_copy(update={"model": str(encoder), "prompt": None})


@pytest.mark.parametrize("method", ["full", "lora", "head", "prompt_tuning"])
def test_an_encoder_learns_tasks_together_and_keeps_the_head_of_its_own(
    method: str,
    datasets: dict[str, Dataset],
    resources: Resources,
    beside: dict[str, Any],
    tiny_encoder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trained: list[Any] = []
    train = fine_tuning.train

    def seen(module: Any, objective: Any, rows: Any, validation: Any, plan: Any, **how: Any) -> Any:
        trained.extend(rows)
        assert module.config.num_labels == 3 + 2 + 2 + 1
        assert {row.part for row in validation} == {0}
        return train(module, objective, rows, validation, plan, **how)

    monkeypatch.setattr(fine_tuning, "train", seen)
    tasks = {name: beside[name] | {"measured": 5} for name in ("urgent", "topics", "price")}
    tasks["topics"]["share"] = 0.25
    folder = tmp_path / "together"
    built = build("together", by_encoder(tiny_encoder, method, **tasks), datasets["classify"], resources, folder)
    assert {row.part for row in trained} == {0, 1, 2, 3}
    carried = sum(row.weight for row in trained if row.part == 2)
    assert carried / sum(row.weight for row in trained) == pytest.approx(0.25)
    notes = " ".join(built.record.notes)
    assert "Learnt together with topics: " in notes
    for name, metric in (("urgent", "accuracy"), ("topics", "labels_micro_f1"), ("price", "closeness")):
        assert f"On 4 validation rows of {name} {metric} is " in notes
    system: Any = load(folder, datasets["classify"].task, resources)
    assert system.reader.model.module.config.num_labels == 3
    assert {found.text for found in system.predict(datasets["classify"].validation)} <= {"card", "login", "refund"}
    assert built.record.rows_in_weights == len(trained)


def test_pieces_of_texts_are_learnt_beside_pieces_of_texts(
    datasets: dict[str, Dataset], resources: Resources, beside: dict[str, Any], tiny_encoder: Path, tmp_path: Path
) -> None:
    settings = by_encoder(tiny_encoder, things=beside["things"])
    built = build("together", settings, datasets["extract"], resources, tmp_path / "one")
    assert "validation rows of things " in " ".join(built.record.notes)
    system: Any = load(tmp_path / "one", datasets["extract"].task, resources)
    assert system.reader.model.module.config.num_labels == 1 + 2 * len(datasets["extract"].task.labels)


@pytest.mark.parametrize(
    ("own", "other", "said"),
    [
        ("classify", "things", "a head on the whole text"),
        ("extract", "price", "a head on every token"),
        ("classify", "title", "a head on the whole text"),
    ],
)
def test_an_encoder_refuses_tasks_that_are_read_elsewhere(
    own: Any, other: str, said: str, resources: Resources, beside: dict[str, Any], tiny_encoder: Path
) -> None:
    settings = by_encoder(tiny_encoder, **{other: beside[other]})
    problems = check("one", settings, None, resources, kind=own)
    assert [one.path for one in problems] == [f"approaches.one.tasks.{other}.task.kind"]
    assert said in problems[0].expected


def test_numbers_beside_smoothed_labels_are_refused(
    resources: Resources, beside: dict[str, Any], tiny_encoder: Path
) -> None:
    settings = by_encoder(tiny_encoder, price=beside["price"])
    smoothed = WeightsSettings(method="full", label_smoothing=0.1)
    problems = check("one", settings.model_copy(update={"weights": smoothed}), None, resources, kind="classify")
    assert [one.path for one in problems] == ["approaches.one.weights.label_smoothing"]
    smooth = settings.model_copy(update={"weights": smoothed, "tasks": None})
    assert check("one", smooth, None, resources, kind="classify") == []


def test_what_is_right_has_no_problems_and_a_changed_file_is_another_approach(
    resources: Resources, tmp_path: Path
) -> None:
    settings = together(titles=titles(share=0.5), chats=CHATS)
    assert found(settings, resources) == []
    before = outside_inputs(settings, folder=tmp_path, model="builtin")
    with (tmp_path / "chats.jsonl").open("a") as file:
        file.write("\n")
    after = outside_inputs(settings, folder=tmp_path, model="builtin")
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, False]
