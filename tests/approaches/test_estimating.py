import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.approaches.systems import MakeResources

from metier.approaches import ApproachSettings, Resources, build
from metier.approaches import estimating as approach_estimating
from metier.approaches.estimating import ESTIMATES, MOST_ROWS, Bench, Estimate, Known, some_of
from metier.approaches.prompting.wording import worded
from metier.approaches.system import KINDS
from metier.approaches.tuning import micro_batch
from metier.core import Example
from metier.data import Dataset
from metier.models import HostedSettings
from metier.models.slicing import measuring
from metier.prompts import PromptSettings, SearchSettings
from metier.training import WeightsSettings
from metier.training.estimating.fitting import quickest


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure once, with few rows: figures do not matter here."""
    monkeypatch.setattr(measuring, "_REPEATS", 1)
    monkeypatch.setattr(approach_estimating, "ASKED", 4)


def bench_of(resources: Resources, dataset: Dataset, **known: Any) -> Bench:
    facts = {"test": 20, "latency_queries": 3} | known
    return Bench(
        resources=resources,
        known=Known(dataset.task, dataset.train, dataset.validation, **facts),
        floor=1e8,
        room=1e12,
    )


def parts(found: Estimate) -> list[float]:
    return [*found.memory.values(), *found.build.values(), *found.answer.values()]


@pytest.fixture(autouse=True)
def without_compiled_products(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of models as small as these they are most of the memory."""
    for user in ("approaches.estimating", "training.estimating.probing"):
        monkeypatch.setattr(f"metier.{user}.compiled_bytes", lambda compute: 0.0)


def test_every_kind_has_an_estimate() -> None:
    assert set(KINDS.names()) == set(ESTIMATES.names())


@pytest.mark.parametrize("kind", ["majority", "copy", "nearest", "tfidf"])
def test_floors_take_what_they_take(kind: str, resources: Resources, datasets: dict[str, Dataset]) -> None:
    found = ESTIMATES.get(kind)(ApproachSettings(), bench_of(resources, datasets["classify"]))
    assert all(math.isfinite(part) and part >= 0 for part in parts(found))
    assert found.memory["process"] == 1e8
    assert not found.trained


@pytest.mark.parametrize("task", ["classify", "generate", "chat"])
def test_asking_takes_time_for_every_row_and_more_for_more_rows(
    task: str, resources: Resources, datasets: dict[str, Dataset]
) -> None:
    asked = PromptSettings(demonstrations=2, choose="nearest", max_new_tokens=20, sensitivity=4)
    settings = ApproachSettings(prompt=asked)
    few = ESTIMATES.get("prompted")(settings, bench_of(resources, datasets[task]))
    assert all(math.isfinite(part) and part >= 0 for part in parts(few))
    assert few.answer["test rows"] > 0
    assert few.build["other wordings"] > 0
    assert ("calibrate" in few.build) == (task == "classify")
    assert {"embed"} <= few.build.keys() & few.answer.keys()
    assert few.tokens["a_query"] > 20
    assert bool(few.notes) == (task != "classify")


def test_a_prompt_is_counted_in_the_words_of_its_template(resources: Resources, datasets: dict[str, Dataset]) -> None:
    dataset = datasets["classify"]
    asked = PromptSettings(template="topic.desk", sensitivity=0)
    said = worded(asked, dataset.task, trained=False, folder=resources.recipe_folder)
    tokens = [
        ESTIMATES.get("prompted")(ApproachSettings(prompt=prompt), bench_of(resources, dataset)).tokens["a_query"]
        for prompt in (PromptSettings(sensitivity=0), asked, said.model_copy(update={"template": None}))
    ]
    assert tokens[0] < tokens[1] == tokens[2]


def test_a_search_is_counted_by_its_rounds(resources: Resources, datasets: dict[str, Dataset]) -> None:
    bench = bench_of(resources, datasets["classify"])
    plain = ESTIMATES.get("prompted")(ApproachSettings(), bench)
    search = PromptSettings(search=SearchSettings(trials=6, rows=8))
    searched = ESTIMATES.get("prompted")(ApproachSettings(prompt=search), bench)
    assert searched.build["prompt search"] > 0
    assert "prompt search" not in plain.build


@pytest.mark.parametrize("method", ["lora", "full", "head"])
def test_what_is_trained_and_counted_is_what_a_training_records(
    method: str, make_resources: MakeResources, datasets: dict[str, Dataset], tiny_encoder: Path, tmp_path: Path
) -> None:
    family = {"head": "classifier"}.get(method, "prompted")
    weights = WeightsSettings(method=method, epochs=1, max_rows=30)
    settings = ApproachSettings(
        model=str(tiny_encoder) if family == "classifier" else None,
        prompt=PromptSettings(sensitivity=0) if family == "prompted" else None,
        weights=weights,
    )
    dataset = datasets["classify"]
    found = ESTIMATES.get(family)(settings, bench_of(make_resources(), dataset))
    record = build(method, settings, dataset, make_resources(), tmp_path / "built").record
    assert found.trained == record.trainable_parameters
    assert record.curve is not None
    assert found.tokens["trained"] == record.trained_tokens
    assert found.tokens["steps"] == record.curve.steps[-1]
    assert found.tokens["computed"] <= found.tokens["given"] or family == "classifier"
    assert found.tokens_per_micro_batch == quickest("cpu")
    assert found.build["train"] > 0
    assert found.memory["optimiser"] == 8 * found.trained


@pytest.mark.parametrize(
    ("kind", "model", "method"),
    [
        ("prompted", "seq2seq", "full"),
        ("prompted", "seq2seq", "lora"),
        ("continued", "causal", "lora"),
        ("continued", "encoder", "full"),
        ("continued", "encoder", "lora"),
        ("continued", "seq2seq", "full"),
    ],
)
def test_other_families_and_raw_text_take_what_a_training_records(
    kind: str,
    model: str,
    method: str,
    make_resources: MakeResources,
    datasets: dict[str, Dataset],
    tiny_encoder: Path,
    tiny_seq2seq: Path,
    tmp_path: Path,
) -> None:
    folder = {"encoder": tiny_encoder, "seq2seq": tiny_seq2seq}.get(model)
    weights = WeightsSettings(method=method, epochs=1, max_length=96)
    prompt = PromptSettings(sensitivity=0) if kind == "prompted" else None
    settings = ApproachSettings(model=str(folder) if folder else None, prompt=prompt, weights=weights)
    dataset = datasets["continue" if kind == "continued" else "classify"]
    found = ESTIMATES.get(kind)(settings, bench_of(make_resources(), dataset))
    record = build(method, settings, dataset, make_resources(), tmp_path / "built").record
    assert all(math.isfinite(part) and part >= 0 for part in parts(found))
    assert found.trained == record.trainable_parameters
    assert record.curve is not None
    assert found.tokens["trained"] == record.trained_tokens
    assert found.tokens["steps"] == record.curve.steps[-1]
    assert found.build["train"] > 0
    assert found.answer["test rows"] > 0


@pytest.mark.parametrize("kind", ["continued", "ngram"])
def test_foretelling_alone_takes_time_and_trains_nothing(
    kind: str, resources: Resources, datasets: dict[str, Dataset]
) -> None:
    dataset = datasets["continue"]
    found = ESTIMATES.get(kind)(ApproachSettings(), bench_of(resources, dataset))
    assert found.answer["test rows"] > 0
    assert not found.trained
    longer = replace(dataset, validation=tuple(replace(e, input=40 * e.input) for e in dataset.validation))
    more = ESTIMATES.get(kind)(ApproachSettings(), bench_of(resources, longer))
    assert more.answer["test rows"] > found.answer["test rows"]


def test_little_room_makes_smaller_micro_batches(resources: Resources, datasets: dict[str, Dataset]) -> None:
    dataset, settings = datasets["classify"], ApproachSettings(weights=WeightsSettings(epochs=1))
    bench = bench_of(resources, dataset)
    usual = ESTIMATES.get("prompted")(settings, bench)
    most = usual.memory["micro-batch"] + usual.memory["weights"]
    tight = ESTIMATES.get("prompted")(settings, replace(bench, room=most / 4))
    assert usual.tokens_per_micro_batch == quickest("cpu")
    assert tight.tokens_per_micro_batch is not None
    assert tight.tokens_per_micro_batch < quickest("cpu")


def test_a_training_in_little_memory_says_so_and_ends_the_same(
    make_resources: MakeResources, datasets: dict[str, Dataset], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = ApproachSettings(prompt=PromptSettings(sensitivity=0), weights=WeightsSettings(epochs=1, max_rows=16))
    usual = build("usual", settings, datasets["classify"], make_resources(), tmp_path / "usual")
    monkeypatch.setattr(micro_batch, "memory_at_hand", lambda device: 12e6)
    resources = make_resources()
    tight = build("tight", settings, datasets["classify"], resources, tmp_path / "tight")
    said = "\n".join(event["text"] for event in resources.reporter.events if event["kind"] == "say")  # type: ignore[attr-defined]
    assert "memory is tight (0.0 GB free): micro-batches of at most" in said
    assert usual.record.curve is not None
    assert tight.record.curve is not None
    assert tight.record.curve.losses == pytest.approx(usual.record.curve.losses, rel=1e-4)


def test_a_hosted_model_is_counted_in_tokens(resources: Resources, datasets: dict[str, Dataset]) -> None:
    hosted = HostedSettings(address="http://127.0.0.1:1/v1", key_variable=None)
    asked = PromptSettings(max_new_tokens=9, sensitivity=5)
    settings = ApproachSettings(model="openai:desk", hosted=hosted, prompt=asked)
    found = ESTIMATES.get("hosted")(settings, bench_of(resources, datasets["classify"]))
    assert found.tokens["an_answer"] == 9
    assert found.tokens["queries_answering"] == 20 + 3 + 3
    assert found.tokens["queries_building"] == 9 * 5


def test_many_rows_are_sampled_in_blocks() -> None:
    rows = [Example(id=str(i), input="") for i in range(10 * MOST_ROWS)]
    some, share = some_of(rows)
    assert len(some) == MOST_ROWS
    assert share == 0.1
    assert [row.id for row in some[:25]] == [str(i) for i in range(25)]
    assert some[-1].id == rows[-1].id
    assert some_of(rows[:5]) == (rows[:5], 1.0)
