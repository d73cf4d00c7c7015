from pathlib import Path
from typing import Any

import pytest
from tests.approaches.systems import QUICK, MakeResources

from metier.approaches import (
    FLOORS,
    ApproachSettings,
    Resources,
    applies,
    build,
    check,
    floors_for,
    kind_of,
    load,
)
from metier.core import Problem, Task
from metier.core.artifacts import read_json
from metier.data import Dataset

LABELS = ("card", "card_late", "login")
SORT = Task(kind="classify", instruction="", labels=LABELS)


def problem(settings: dict[str, Any], resources: Resources, *, name: str = "mine") -> Problem:
    """The one and only problem."""
    found = check(name, ApproachSettings.model_validate(settings), SORT, resources)
    assert len(found) == 1, found
    return found[0]


def test_an_approach_is_a_floor_by_its_name_and_else_by_its_models_family(
    resources: Resources, tiny_encoder: Path
) -> None:
    counted = [name for name in FLOORS if name != "unchanged"]
    assert [kind_of(name, ApproachSettings(), resources) for name in counted] == counted
    assert kind_of("unchanged", ApproachSettings(), resources, "continue") == "continued"
    assert kind_of("mine", ApproachSettings(), resources) == "prompted"
    assert kind_of("mine", ApproachSettings(model=str(tiny_encoder)), resources) == "classifier"


def test_floors_stand_in_every_table_that_they_apply_to(resources: Resources) -> None:
    for task in (SORT, Task(kind="chat", instruction="")):
        assert [applies(name, ApproachSettings(), task, resources) for name in floors_for(task)] == [""] * len(
            floors_for(task)
        )


@pytest.mark.parametrize(
    ("settings", "path", "says"),
    [
        ({"model": "no/such/model"}, "model", "which is none of these"),
        ({"model": "~no-such-user/model"}, "model", "Could not determine home directory"),
        ({"model": "x" * 300}, "model", "File name too long"),
        ({"model": "a\0b"}, "model", "null byte"),
        ({"prompt": {"choose": "divers"}}, "prompt.choose", "did you mean 'diverse'?"),
        ({"prompt": {"choose": "nearst"}}, "prompt.choose", "did you mean 'nearest'?"),
        ({"prompt": {"answer": {"choices": ["x"]}}}, "prompt.answer", "the task has its own (one label)"),
        ({"weights": {"method": "loar"}}, "weights.method", "did you mean 'lora'?"),
        ({"weights": {"method": "head"}}, "weights.method", "works for encoder models"),
        ({"prompt": {"label_words": {"crd": "x"}}}, "prompt.label_words", "did you mean 'card'?"),
        ({"prompt": {"label_words": {"card": " "}}}, "prompt.label_words", "an empty one for 'card'"),
        ({"prompt": {"label_words": {"card": "x", "login": "x"}}}, "prompt.label_words", "'x' for 'card', 'login'"),
        ({"prompt": {"label_words": {"card": "login"}}}, "prompt.label_words", "'login' for 'card', 'login'"),
    ],
)
def test_what_is_wrong_is_found_without_loading_a_model(
    resources: Resources, settings: dict[str, Any], path: str, says: str
) -> None:
    found = problem(settings, resources)
    assert found.path == f"approaches.mine.{path}"
    assert says in str(found)


@pytest.mark.parametrize("form", [{"regex": "["}, {"json_schema": {"type": "nonsense"}}])
def test_a_form_of_answers_that_cannot_be_read_is_found_before_any_work(
    resources: Resources, form: dict[str, Any]
) -> None:
    settings = ApproachSettings.model_validate({"prompt": {"answer": form}})
    (found,) = check("mine", settings, None, resources)
    assert found.path == "approaches.mine.prompt.answer"


def test_a_floor_has_no_settings(resources: Resources) -> None:
    assert problem({"prompt": {}}, resources, name="majority").path == "approaches.majority"
    assert check("majority", ApproachSettings(), SORT, resources) == []


def test_an_encoder_is_trained_and_not_asked(resources: Resources, tiny_encoder: Path) -> None:
    encoder = {"model": str(tiny_encoder)}
    assert problem(encoder, resources).path == "approaches.mine.weights"
    both = {**encoder, "prompt": {}, "weights": {"method": "head"}}
    assert problem(both, resources).path == "approaches.mine.prompt"


def test_a_floor_by_name_is_not_loaded_as_a_model(resources: Resources) -> None:
    resources.model = "no/such/model"
    assert kind_of("majority", ApproachSettings(), resources) == "majority"


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_another_system_leaves_nothing_of_the_one_before(
    datasets: dict[str, Dataset], make_resources: MakeResources, tmp_path: Path
) -> None:
    """A tuned approach that becomes a prompted one keeps no weights: neither on the disk nor in its size."""
    dataset = datasets["classify"]
    (tmp_path / "predictions.parquet").write_bytes(b"of an earlier System")
    (tmp_path / ".weights.123.part").mkdir()
    build("mine", ApproachSettings(weights=QUICK), dataset, make_resources(), tmp_path)
    left = {path.name for path in tmp_path.iterdir()}
    assert left - {"checkpoints"} == {"prompted.json", "system.json", "weights"}
    tuned = size_of(tmp_path)
    build("mine", ApproachSettings(), dataset, make_resources(), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"prompted.json", "system.json"}
    assert size_of(tmp_path) < tuned
    assert read_json(tmp_path / "prompted.json")["trained"] is False
    assert load(tmp_path, dataset.task, make_resources()).predict([]) == []
