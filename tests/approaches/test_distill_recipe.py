"""Distillation through the recipe: a teacher's answers or logits, asked about training rows alone; misuse refused."""

import json
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from tests.approaches.test_hosted_systems import knows_the_desk
from tests.chat_service import KEY, Service, chat_service
from tests.small_task import write_recipe

from metier.approaches.resources import Resources
from metier.approaches.tuning import distilling
from metier.comparison import run
from metier.comparison.checking import check_recipe
from metier.core import Silent, Task, UserError
from metier.core.types import Example
from metier.data import load
from metier.models.slicing.tiny import write_tiny
from metier.prompts import PromptSettings
from metier.training import DistillSettings

EXAMPLES = [Example(id=f"r{i}", input=f"my card is lost {i}", target="card") for i in range(40)]
TASK = Task(kind="classify", instruction="Sort the message.", labels=("card", "login", "refund"))


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Generator[Service]:
    monkeypatch.setenv("DESK_KEY", KEY)
    with chat_service(knows_the_desk) as running:
        yield running


@pytest.fixture(scope="module")
def larger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("teacher") / "larger", "causal", width=96, layers=3)


def approach(method: str = "lora", **distill: Any) -> dict[str, Any]:
    weights = {"method": method, "epochs": 2, "learning_rate": 1e-3, "distill": distill}
    return {"weights": weights}


def record(folder: Path, name: str) -> dict[str, Any]:
    return json.loads((folder / "approaches" / name / "record.json").read_text(encoding="utf-8"))


def test_answers_and_logits_of_a_larger_model(
    tiny_causal: Path, tiny_encoder: Path, larger: Path, tmp_path: Path
) -> None:
    path = write_recipe(
        tmp_path,
        causal=tiny_causal,
        encoder=tiny_encoder,
        approaches={
            "answers": {"prompt": {"sensitivity": 0}} | approach(teacher=str(larger)),
            "logits": {"prompt": {"sensitivity": 0}} | approach(teacher=str(larger), by="logits", share=0.7),
            "encoder": {"model": str(tiny_encoder)} | approach("full", teacher=str(larger)),
        },
    )
    finished = run(path, out=tmp_path / "run", reporter=Silent(), isolate=False)
    rows = {row["name"]: row for row in finished.leaderboard["approaches"]}
    for name in ("answers", "logits", "encoder"):
        assert rows[name]["status"] == "done", rows[name]["why"]
    count = len(load(finished.folder).train)
    for name in ("answers", "encoder"):
        assert any(f"answered {count} training rows" in note for note in record(finished.folder, name)["notes"])
    curve = record(finished.folder, "logits")["curve"]
    assert curve["losses"][-1] < curve["losses"][0]


def test_a_hosted_teacher_sees_training_rows_alone(
    service: Service, tiny_causal: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    entry = {"model": str(tiny_encoder)} | approach("full", teacher="openai:desk-1")
    prices = {"desk-1": {"input": 1000.0, "output": 50_000.0}}
    hosted = {"address": service.address, "key_variable": "DESK_KEY", "prices": prices}
    path = write_recipe(tmp_path, causal=tiny_causal, encoder=tiny_encoder, approaches={"small": entry}, hosted=hosted)
    finished = run(path, out=tmp_path / "run", reporter=Silent(), isolate=False)
    (row,) = [row for row in finished.leaderboard["approaches"] if row["name"] == "small"]
    assert row["status"] == "done", row["why"]
    dataset = load(finished.folder)
    said = {body["messages"][-1]["content"] for body in service.asked}
    assert len(service.asked) == len(dataset.train)
    held_out = [example.input for example in (*dataset.validation, *dataset.open_test(by="a test"))]
    assert not any(text in one for one in said for text in held_out)
    teaching = record(finished.folder, "small")["teaching"]
    assert teaching["rows"] == teaching["used"] == len(dataset.train)
    assert teaching["tokens_in"] > teaching["tokens_out"] > 0
    assert row["build_cost"] == pytest.approx((teaching["tokens_in"] + 50 * teaching["tokens_out"]) / 1000)
    notes = " ".join(record(finished.folder, "small")["notes"])
    assert "was sent to 127.0.0.1" in notes or "was sent to localhost" in notes


def test_what_the_teacher_cannot_say_is_left_out(service: Service, tmp_path: Path) -> None:
    from metier.models import HostedSettings

    hosted = HostedSettings(address=service.address, key_variable="DESK_KEY")
    settings = DistillSettings(teacher="openai:desk-1", hosted=hosted)
    examples = [*EXAMPLES[:3], Example(id="odd", input="zzz", target="card")]
    resources = Resources(reporter=Silent())
    found = distilling.taught(examples, settings, PromptSettings(), TASK, resources, tmp_path / "taught.json")
    assert [example.id for example in found.examples] == ["r0", "r1", "r2"]
    assert [(count.id, count.why) for count in found.left_out] == [("odd", "the teacher's answer names no label")]
    assert "75.0 % of all are the data's own" in found.notes[0]


def test_answers_that_were_paid_for_are_not_asked_again(service: Service, tmp_path: Path) -> None:
    from metier.core import ServiceError
    from metier.models import HostedSettings

    hosted = HostedSettings(address=service.address, key_variable="DESK_KEY", retries=0, parallel=1)
    settings = DistillSettings(teacher="openai:desk-1", hosted=hosted)
    cache, resources = tmp_path / "taught.json", Resources(reporter=Silent())
    service.faults = [None] * 34 + [(400, {}, "no")]
    with pytest.raises(ServiceError):
        distilling.taught(EXAMPLES, settings, PromptSettings(), TASK, resources, cache)
    before = len(service.asked)
    found = distilling.taught(EXAMPLES, settings, PromptSettings(), TASK, resources, cache)
    assert len(service.asked) == before + 8
    assert len(found.examples) == 40
    other = settings.model_copy(update={"teacher": "openai:desk-2"})
    distilling.taught(EXAMPLES[:2], other, PromptSettings(), TASK, resources, cache)
    assert len(service.asked) == before + 10


def test_another_tokenizer_is_refused_for_logits(
    tiny_causal: Path, tiny_encoder: Path, larger: Path, tmp_path: Path
) -> None:
    other = shutil.copytree(larger, tmp_path / "other")
    text = (other / "tokenizer.json").read_text(encoding="utf-8")
    (other / "tokenizer.json").write_text(text.replace('"a"', '"\\u00fe\\u00fe"', 1), encoding="utf-8")
    refused(tmp_path, tiny_causal, tiny_encoder, approach(teacher=str(other), by="logits"), "weights.distill.teacher")


@pytest.mark.parametrize(
    ("weights", "path"),
    [
        ({"distill": {"teacher": "nowhere"}}, "weights.distill.teacher"),
        ({"distill": {"teacher": "builtin-encoder"}}, "weights.distill.teacher"),
        ({"distill": {"teacher": "openai:x"}}, "weights.distill.hosted"),
        ({"distill": {"teacher": "TINY"}, "preference": {}}, "weights.distill"),
        ({"distill": {"teacher": "TINY", "by": "logits"}, "replay": {"kl": 0.1}}, "weights.distill"),
    ],
)
def test_misuse_is_refused(
    weights: dict[str, Any], path: str, tiny_causal: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    names = {"TINY": str(tiny_causal), "builtin-encoder": str(tiny_encoder)}
    teacher = weights["distill"]["teacher"]
    entry = {"weights": weights | {"distill": weights["distill"] | {"teacher": names.get(teacher, teacher)}}}
    refused(tmp_path, tiny_causal, tiny_encoder, entry, path)


def test_logits_are_refused_for_an_encoder(tiny_causal: Path, tiny_encoder: Path, tmp_path: Path) -> None:
    entry = {"model": str(tiny_encoder)} | approach("full", teacher=str(tiny_causal), by="logits")
    refused(tmp_path, tiny_causal, tiny_encoder, entry, "weights.distill.by")


def refused(folder: Path, causal: Path, encoder: Path, entry: dict[str, Any], path: str) -> None:
    found = write_recipe(folder, causal=causal, encoder=encoder, approaches={"small": entry})
    with pytest.raises(UserError) as caught:
        check_recipe(found)
    assert [problem.path for problem in caught.value.problems] == [f"approaches.small.{path}"], caught.value
