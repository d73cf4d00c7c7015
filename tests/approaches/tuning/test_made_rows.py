"""Rows that models write for training: of each label, reworded, translated; filtered, resumed, counted."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from tests.approaches.systems import MakeResources
from tests.chat_service import KEY, Service, chat_service
from tests.small_task import WORDS, write_recipe

from metier.approaches.build import build, check
from metier.approaches.settings import ApproachSettings
from metier.approaches.tuning.augmenting import WithMade, with_made_rows
from metier.comparison import run
from metier.core import ServiceError, Silent
from metier.data import Dataset, load
from metier.data.augmenting import AugmentSettings
from metier.models import HostedSettings

WEIGHTS = {"rank": 2, "epochs": 1, "max_length": 200, "max_rows": 20}
ANY = [-1, 1]


def writes_rows(messages: list[dict[str, str]]) -> str:
    """Writes what is asked for: a text of the label, other words, a translation, an answer, a pair."""
    asked, number = messages[-1]["content"], crc32(str(messages).encode()) % 10_000
    if asked.startswith("Write a text whose"):
        label = asked.rsplit(": ", 1)[1]
        return f'"{WORDS[label]} number {number}"'
    if asked.startswith("Write a text and"):
        return f"Text: where is my parcel {number}\nAnswer: on its way {number}"
    if messages[0]["content"].startswith("Translate"):
        return f"{'zurück ' if 'German' in messages[0]['content'] else 'back '}{asked}"
    if messages[0]["content"].startswith("Write the text in other words"):
        return f"in other words {asked}"
    return next((label for label, words in WORDS.items() if any(word in asked.split() for word in words.split())), "?")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Generator[Service]:
    monkeypatch.setenv("DESK_KEY", KEY)
    with chat_service(writes_rows) as running:
        yield running


def settings(service: Service, **augment: Any) -> AugmentSettings:
    hosted = HostedSettings(address=service.address, key_variable="DESK_KEY", retries=0, parallel=1)
    given = {"edits": [], "model": "openai:desk-1", "hosted": hosted, "likeness": ANY} | augment
    return AugmentSettings.model_validate(given)


def made_of(augment: AugmentSettings, dataset: Dataset, make: MakeResources, folder: Path) -> WithMade:
    return with_made_rows(dataset.train, augment, dataset, make(), folder)


def lines_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "augmented.jsonl").read_text(encoding="utf-8").splitlines()]


def test_rows_of_each_label_are_written_from_rows_of_that_label(
    service: Service, datasets: dict[str, Dataset], make_resources: MakeResources, tmp_path: Path
) -> None:
    dataset = datasets["classify"]
    asked = settings(service, self_instruct={"shown": 3, "likeness": ANY}, share=0.3)
    made = made_of(asked, dataset, make_resources, tmp_path)
    own, lines = {row.id: row for row in dataset.train}, lines_of(tmp_path)
    assert made.augmentation is not None
    assert len(lines) == made.augmentation.rows == int(0.3 * len(own))
    for line in lines:
        assert len(line["made_from"]) == 3
        assert {own[source].target for source in line["made_from"]} == {line["target"]}
        assert line["input"].startswith(WORDS[line["target"]])
        assert line["models"] == ["openai:desk-1"]
    counts = [sum(line["target"] == label for line in lines) for label in WORDS]
    assert max(counts) - min(counts) <= 1
    held_out = {row.input for row in (*dataset.validation, *dataset.open_test(by="a test"))}
    said = " ".join(turn["content"] for body in service.asked for turn in body["messages"])
    assert not any(text in said for text in held_out)
    assert {body["temperature"] for body in service.asked} == {0.9}
    assert made.augmentation.tokens_in["openai:desk-1"] > 0
    assert made.augmentation.sent_to == ("127.0.0.1",)
    assert any("were sent to 127.0.0.1" in note for note in made.notes)


def test_pairs_are_written_for_tasks_that_are_answered_with_texts(
    service: Service, datasets: dict[str, Dataset], make_resources: MakeResources, tmp_path: Path
) -> None:
    asked = settings(service, self_instruct={"likeness": ANY}, share=0.2)
    made = made_of(asked, datasets["generate"], make_resources, tmp_path)
    lines = lines_of(tmp_path)
    assert lines
    assert all(line["target"] == line["input"].replace("where is my parcel", "on its way") for line in lines)
    assert made.examples[-1].fields["made_by"] == "self_instruct"


def test_there_and_back_through_another_language(
    service: Service, datasets: dict[str, Dataset], make_resources: MakeResources, tmp_path: Path
) -> None:
    made = made_of(settings(service, back_translate={}, share=0.2), datasets["classify"], make_resources, tmp_path)
    own = {row.id: row.input for row in datasets["classify"].train}
    lines = lines_of(tmp_path)
    assert len(lines) == int(0.2 * len(own))
    assert all(line["input"] == f"back zurück {own[line['made_from'][0]]}" for line in lines)
    assert made.augmentation is not None
    assert made.augmentation.by == {"back_translate": len(lines)}


def test_encoder_decoder_models_translate_the_text_behind_their_prefix(
    service: Service, datasets: dict[str, Dataset], make_resources: MakeResources, tiny_seq2seq: Path, tmp_path: Path
) -> None:
    through = {"there": str(tiny_seq2seq), "there_prefix": "to German: ", "back": "openai:desk-1"}
    asked = settings(service, back_translate=through, share=0.2, max_new_tokens=8)
    made = made_of(asked, datasets["classify"], make_resources, tmp_path)
    assert made.augmentation is not None
    assert made.augmentation.tokens_in[str(tiny_seq2seq)] > 0
    problems = check("it", ApproachSettings(weights=WEIGHTS, augment=asked), None, make_resources())  # pyright: ignore
    assert problems == []


def test_what_was_paid_for_is_not_asked_again(
    service: Service, datasets: dict[str, Dataset], make_resources: MakeResources, tmp_path: Path
) -> None:
    dataset = datasets["classify"]
    asked = settings(service, paraphrase=True, share=0.9)
    service.faults = [None] * 34 + [(400, {}, "no")]
    with pytest.raises(ServiceError):
        made_of(asked, dataset, make_resources, tmp_path)
    before = len(service.asked)
    made = made_of(asked, dataset, make_resources, tmp_path)
    count = len(dataset.train)
    assert len(service.asked) == before + count - 32
    assert made.augmentation is not None
    words = sum(len(turn["content"].split()) for body in service.asked[-1:] for turn in body["messages"])
    assert made.augmentation.tokens_in["openai:desk-1"] >= count * words * 0.8  # those before the fault too
    again = made_of(asked, dataset, make_resources, tmp_path)
    assert len(service.asked) == before + count - 32
    assert [row.input for row in again.examples] == [row.input for row in made.examples]


def test_a_teacher_must_give_the_same_answer(
    service: Service, datasets: dict[str, Dataset], make_resources: MakeResources, tmp_path: Path
) -> None:
    dataset = datasets["classify"]
    asked = settings(service, self_instruct={"likeness": ANY}, teacher="openai:desk-2", share=0.2)
    made = made_of(asked, dataset, make_resources, tmp_path / "agrees")
    assert made.augmentation is not None
    assert made.augmentation.rows == int(0.2 * len(dataset.train))
    assert made.augmentation.tokens_out["openai:desk-2"] > 0
    service.answer = lambda messages: "refund" if "Write" not in messages[-1]["content"] else writes_rows(messages)
    made = made_of(asked, dataset, make_resources, tmp_path / "differs")
    assert {line["target"] for line in lines_of(tmp_path / "differs")} <= {"refund"}
    assert made.augmentation is not None
    assert made.augmentation.thrown["of another label"] > 0


def test_what_is_off_the_subject_or_repeats_is_thrown_away(
    service: Service, datasets: dict[str, Dataset], make_resources: MakeResources, tmp_path: Path
) -> None:
    dataset = datasets["classify"]
    asked = settings(service, self_instruct={"likeness": [-1, -0.9999]}, share=0.2)
    made = made_of(asked, dataset, make_resources, tmp_path / "opposite")
    assert made.augmentation is not None
    assert made.augmentation.rows == 0
    assert made.augmentation.thrown["too like"] > 0
    asked = settings(service, self_instruct={"likeness": [0.9999, 1]}, share=0.2)
    made = made_of(asked, dataset, make_resources, tmp_path / "same")
    assert made.augmentation is not None
    assert made.augmentation.thrown["unlike"] > 0
    embed = make_resources().encoder.embed
    known = embed([row.input for row in (*dataset.train, *dataset.validation)], reporter=Silent())
    kept = [line["input"] for line in lines_of(tmp_path / "same")]
    assert all((known @ vector).max() > 0.999 for vector in (embed(kept, reporter=Silent()) if kept else ()))


def test_a_local_model_writes_and_the_same_rows_again(
    datasets: dict[str, Dataset], make_resources: MakeResources, tmp_path: Path
) -> None:
    asked = AugmentSettings.model_validate(
        {"edits": ["typos"], "self_instruct": {"likeness": ANY}, "paraphrase": True, "likeness": ANY}
        | {"max_new_tokens": 8, "share": 0.3}
    )
    first, second = (made_of(asked, datasets["classify"], make_resources, tmp_path / name) for name in "ab")
    assert first.examples == second.examples
    assert first.augmentation is not None
    assert set(first.augmentation.tokens_out) == {make_resources().model}


def test_made_rows_are_learnt_from_and_stand_in_the_record(
    service: Service, tiny_causal: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    augment = {"edits": [], "self_instruct": {"likeness": ANY}, "model": "openai:desk-1", "share": 0.5}
    weights = {"method": "head", "epochs": 1, "max_rows": 20}
    entry = {"model": str(tiny_encoder), "weights": weights, "augment": augment}
    price = {"desk-1": {"input": 1_000_000, "output": 0}}
    hosted = {"address": service.address, "key_variable": "DESK_KEY", "prices": price}
    path = write_recipe(tmp_path, causal=tiny_causal, encoder=tiny_encoder, approaches={"more": entry}, hosted=hosted)
    finished = run(path, out=tmp_path / "run", reporter=Silent(), isolate=False)
    (row,) = [row for row in finished.leaderboard["approaches"] if row["name"] == "more"]
    assert row["status"] == "done", row["why"]
    record = json.loads((finished.folder / "approaches/more/record.json").read_text(encoding="utf-8"))
    assert record["trained_examples"] == 30
    assert record["augmentation"]["rows"] == 10
    assert record["seconds"]["augment"] > 0
    assert row["build_cost"] == record["augmentation"]["tokens_in"]["openai:desk-1"]
    ids = {example.id for example in load(finished.folder).train}
    assert all(set(line["made_from"]) <= ids for line in lines_of(finished.folder / "approaches/more"))
    count = len(service.asked)
    run(path, out=tmp_path / "run", reporter=Silent(), isolate=False)
    assert len(service.asked) == count


@pytest.mark.parametrize(
    ("augment", "path", "said"),
    [
        ({"paraphrase": True, "model": "openai:x"}, "augment.hosted", ""),
        ({"self_instruct": {}, "model": "ENCODER"}, "augment.model", "a causal or a hosted model"),
        ({"self_instruct": {}, "model": "SEQ2SEQ"}, "augment.model", "a causal or a hosted model"),
        ({"back_translate": {"there": "SEQ2SEQ", "back": "ENCODER"}}, "augment.back_translate.back", "that writes"),
        ({"teacher": "nowhere"}, "augment.teacher", ""),
    ],
)
def test_models_that_cannot_write_are_refused(
    augment: dict[str, Any],
    path: str,
    said: str,
    make_resources: MakeResources,
    tiny_encoder: Path,
    tiny_seq2seq: Path,
) -> None:
    text = json.dumps(augment).replace("ENCODER", str(tiny_encoder)).replace("SEQ2SEQ", str(tiny_seq2seq))
    asked = ApproachSettings.model_validate({"weights": WEIGHTS, "augment": json.loads(text)})
    problems = check("it", asked, None, make_resources())
    assert [problem.path for problem in problems] == [f"approaches.it.{path}"]
    assert said in str(problems[0])


def test_kinds_of_task_that_take_no_made_rows(datasets: dict[str, Dataset], make_resources: MakeResources) -> None:
    asked = ApproachSettings.model_validate({"weights": WEIGHTS, "augment": {"self_instruct": {}}})
    for kind, paths in (("extract", ["augment"]), ("regress", ["augment.self_instruct"]), ("multilabel", [])):
        problems = check("it", asked, datasets[kind].task, make_resources())
        assert [problem.path for problem in problems] == [f"approaches.it.{path}" for path in paths]


def test_edits_keep_sets_of_labels(
    datasets: dict[str, Dataset], make_resources: MakeResources, tiny_encoder: Path, tmp_path: Path
) -> None:
    weights = {"method": "head", "epochs": 1, "max_rows": 20}
    asked = ApproachSettings.model_validate({"model": str(tiny_encoder), "weights": weights, "augment": {}})
    built = build("it", asked, datasets["multilabel"], make_resources(), tmp_path / "it")
    assert built.record.trained_examples == 30
