"""Continued pretraining: every token is learnt and measured once, training lowers the bits, misuse is refused."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.approaches.systems import MakeResources
from tests.small_task import documents_of, write_documents, write_recipe

from metier.approaches import ApproachSettings, build, check, load
from metier.approaches.tuning import likelihood
from metier.approaches.tuning.documents import document_rows
from metier.approaches.tuning.likelihood import foretold
from metier.comparison import check_recipe, compare_runs, load_system, predict, run
from metier.comparison.using.labelling import next_rows
from metier.core import Example, NotApplicableError, RecipeError, Silent, UserError
from metier.models import CausalModel, MaskedModel, document_marks, locate
from metier.training import WeightsSettings

SHORT = "The pump stops when the filter is full."
LONG = " ".join(f"Step {number}: open valve {number % 7} and wait for the lamp." for number in range(60))


@pytest.fixture(scope="module")
def masked(make_resources: MakeResources, tiny_encoder: Path) -> MaskedModel:
    torch.manual_seed(1)
    return MaskedModel(locate(str(tiny_encoder), folder=Path()), make_resources().compute)


def documents(*texts: str) -> list[Example]:
    return [Example(id=f"d{place}", input=text) for place, text in enumerate(texts)]


@pytest.mark.parametrize("longest", [16, 100, 5000])
def test_text_rows_learn_every_token_and_the_end_exactly_once(model: CausalModel, longest: int) -> None:
    prepared = document_rows(model, documents(SHORT, LONG, ""), max_length=longest)
    begin, end = document_marks(model.tokenizer)
    for document, text in (("d0", SHORT), ("d1", LONG)):
        own = [row for row in prepared.rows if row.id.partition("#")[0] == document]
        learnt = [id_ for row in own for id_, weight in zip(row.ids, row.weights, strict=True) if weight]
        assert tuple(learnt) == (*model.encode(text), *end)
        assert own[0].ids[: len(begin)] == begin
        assert all(len(row.ids) <= longest and row.weights[0] == 0 for row in own)
    assert [(count.id, count.cut) for count in prepared.tokens] == [("d0", 0), ("d1", 0), ("d2", 0)]
    assert prepared.skipped == {"it has no tokens": 1}


def test_masked_rows_hold_every_token_once_between_marks(masked: MaskedModel) -> None:
    prepared = document_rows(masked, documents(LONG), max_length=64)
    begin, end = masked.marks
    assert [id_ for row in prepared.rows for id_ in row.ids[1:-1]] == masked.encode(LONG)
    assert all((row.ids[0], row.ids[-1]) == (*begin, *end) and len(row.ids) <= 64 for row in prepared.rows)
    assert prepared.objective == "masked"
    assert prepared.padded


def test_causal_bits_are_the_negative_log_likelihood(model: CausalModel) -> None:
    ids = [*document_marks(model.tokenizer).begin, *model.encode(SHORT)]
    with torch.no_grad():
        logits = model.module(input_ids=torch.tensor([ids])).logits[0, :-1].double()
    nats = torch.nn.functional.cross_entropy(logits, torch.tensor(ids[1:]), reduction="sum")
    found = foretold(model, [SHORT, "", LONG], reporter=Silent())
    assert found[0].bits == pytest.approx(float(nats) / math.log(2), rel=1e-5)
    assert found[0].tokens == len(model.encode(SHORT))
    assert found[1] == (0.0, 0)
    assert foretold(model, [LONG, SHORT], reporter=Silent())[1].bits == pytest.approx(found[0].bits, rel=1e-5)


def test_a_document_longer_than_the_window_counts_whole(model: CausalModel, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = foretold(model, [LONG], reporter=Silent())[0]
    monkeypatch.setattr(likelihood, "WINDOW", 64)
    parts = foretold(model, [LONG], reporter=Silent())[0]
    assert parts.tokens == whole.tokens == len(model.encode(LONG))
    assert parts.bits == pytest.approx(whole.bits, rel=0.1)  # less context, and no token less or more
    assert parts.bits != whole.bits


def test_masked_bits_hide_every_token_once(masked: MaskedModel) -> None:
    ids, (begin, end) = masked.encode(SHORT), masked.marks
    pieces = likelihood._masked_pieces(masked, 0, ids)  # pyright: ignore[reportPrivateUsage]
    assert len(pieces) == likelihood.ROUNDS
    assert sorted(place for piece in pieces for place in piece.places) == list(range(1, len(ids) + 1))
    nats = 0.0
    for piece in pieces:
        shown = [masked.tokenizer.mask_token_id if i in piece.places else id_ for i, id_ in enumerate(piece.ids)]
        assert tuple(piece.ids) == (*begin, *ids, *end)
        with torch.no_grad():
            logits = masked.module(input_ids=torch.tensor([shown])).logits[0].double().log_softmax(-1)
        nats -= sum(float(logits[place, piece.ids[place]]) for place in piece.places)
    assert foretold(masked, [SHORT], reporter=Silent())[0].bits == pytest.approx(nats / math.log(2), rel=1e-5)


TOPICS = ("pump", "valve", "filter", "lamp")
MANUAL = [f"Check the {a} before the {b}. Then close the {b} and note it down as {n}." for n in range(20)
          for a, b in [(TOPICS[n % 4], TOPICS[(n // 4 + n + 1) % 4])]]  # fmt: skip


@pytest.mark.parametrize(("method", "share"), [("full", 0.7), ("lora", 0.95)])
@pytest.mark.parametrize("family", ["causal", "encoder"])
def test_training_lowers_the_bits_of_documents_held_out(
    family: str, method: str, share: float, make_resources: MakeResources, tiny_encoder: Path, tmp_path: Path
) -> None:
    dataset = documents_of(tmp_path / "data", MANUAL)
    weights = WeightsSettings(method=method, epochs=6, learning_rate=1e-2, batch_size=2, max_length=48)
    settings = ApproachSettings(model=str(tiny_encoder) if family == "encoder" else None, weights=weights)
    built = build("new", settings, dataset, make_resources(), tmp_path / "new")
    system = load(tmp_path / "new", dataset.task, make_resources())
    found = system.predict(dataset.open_test(by="test"))
    size = sum(each.bytes for each in found)
    uniform = math.log2(260)  # bits of a byte token under a model that knows nothing; lora leaves its random head
    assert sum(each.bits or 0.0 for each in found) / size < share * uniform
    assert built.record.rows_in_weights == len(dataset.train)
    assert built.record.trained_tokens >= sum(len(example.input.encode()) for example in dataset.train)
    assert len({example.group for example in dataset.train} & {e.group for e in dataset.open_test(by="test")}) == 0


def test_an_encoder_without_a_word_head_is_not_measured_as_it_is(
    make_resources: MakeResources, tiny_encoder: Path, tmp_path: Path
) -> None:
    dataset = documents_of(tmp_path / "data", MANUAL)
    with pytest.raises(NotApplicableError, match="head for masked words"):
        build("base", ApproachSettings(model=str(tiny_encoder)), dataset, make_resources(), tmp_path / "base")


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"prompt": {}}, "prompt"),
        ({"augment": {"edits": ["typos"]}, "weights": {}}, "augment"),
        ({"weights": {"preference": {}}}, "weights.preference"),
        ({"model": "ENCODER", "weights": {"method": "head"}}, "weights.method"),
        ({"model": "ENCODER", "weights": {"method": "prompt_tuning"}}, "weights.method"),
        ({"weights": {"method": "head"}}, "weights.method"),
    ],
)
def test_what_raw_text_has_no_use_for_is_refused(
    settings: dict[str, Any], path: str, make_resources: MakeResources, tiny_encoder: Path
) -> None:
    text = json.dumps(settings).replace("ENCODER", str(tiny_encoder))
    found = check("x", ApproachSettings.model_validate_json(text), None, make_resources(), kind="continue")
    assert [problem.path for problem in found] == [f"approaches.x.{path}"]


def recipe_of(folder: Path, causal: Path, encoder: Path, approaches: dict[str, Any], **data: Any) -> Path:
    write_documents(folder / "texts.jsonl", [*MANUAL, LONG])
    return write_recipe(
        folder,
        causal=causal,
        encoder=encoder,
        approaches=approaches,
        task={"kind": "continue"},
        data={"examples": "texts.jsonl"} | data,
    )


def test_a_recipe_compares_with_the_base_and_the_result_goes_on_with_a_text(
    tiny_causal: Path, tiny_encoder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    approaches = {"lora": {"weights": {"epochs": 2, "learning_rate": 0.01, "max_length": 64}}}
    recipe = recipe_of(tmp_path, tiny_causal, tiny_encoder, approaches, split={"test": 0.4})
    checked = check_recipe(recipe, estimates=True)
    assert checked.resolvable_gap is None
    assert all(one.build_seconds is not None and one.memory_mb for one in checked.expected.values())
    assert checked.approaches == {"ngram": "", "unchanged": "", "lora": ""}
    finished = run(recipe, out=tmp_path / "run", reporter=Silent(), isolate=False)
    board = finished.leaderboard
    assert (board["primary_metric"], board["unit"], board["better"]) == ("bits_per_byte", "bits a byte", "lower")
    values = {row["name"]: row["metrics"]["bits_per_byte"] for row in board["approaches"]}
    assert values["lora"]["value"] < values["unchanged"]["value"]
    assert all(0 < score["low"] <= score["value"] <= score["high"] <= 8 for score in values.values())
    page = finished.report.read_text(encoding="utf-8")
    assert f"{values['lora']['value']:.4g}" in page
    assert "bits a byte" in board["reason"]
    answers = predict(tmp_path / "run", approach="lora", texts=["Check the pump"])
    (line,) = [json.loads(row) for row in capsys.readouterr().out.splitlines() if row.startswith("{")]
    assert line["bits_per_byte"] == round((answers[0].bits or 0) / len("Check the pump"), 4)
    assert answers[0].tokens_out > 0
    floor = load_system(tmp_path / "run", "ngram").predict([Example(id="a", input="Check the pump")])
    assert floor[0].bits is not None
    base, tuned = compare_runs([tmp_path / "run:unchanged", tmp_path / "run:lora"]).runs
    assert (base.score.value, tuned.score.value) == pytest.approx(
        (values["unchanged"]["value"], values["lora"]["value"])
    )
    assert tuned.difference.value < 0
    assert tuned.fixed == len(tuned.improvements) > 0
    with pytest.raises(UserError, match="not answered"):
        next_rows(tmp_path / "run", tmp_path / "texts.jsonl", out=tmp_path / "next")


def test_left_to_right_and_masked_are_not_compared(tiny_causal: Path, tiny_encoder: Path, tmp_path: Path) -> None:
    approaches = {"masked": {"model": str(tiny_encoder), "weights": {"method": "full"}}}
    with pytest.raises(RecipeError, match=r"approaches\.masked\.model"):
        check_recipe(recipe_of(tmp_path, tiny_causal, tiny_encoder, approaches))


def test_a_folder_of_documents_is_raw_text(tiny_causal: Path, tiny_encoder: Path, tmp_path: Path) -> None:
    for number, text in enumerate(MANUAL):
        (tmp_path / "handbook").mkdir(exist_ok=True)
        (tmp_path / "handbook" / f"page-{number}.md").write_text(f"# Page {number}\n\n{text}\n", encoding="utf-8")
    recipe = write_recipe(
        tmp_path, causal=tiny_causal, encoder=tiny_encoder, approaches={}, task={}, data={"examples": "handbook"}
    )
    checked = check_recipe(recipe)
    assert checked.task["kind"] == "continue"
    assert checked.summary["splits"]["test"] > 0


def test_a_target_beside_raw_text_is_refused(tiny_causal: Path, tiny_encoder: Path, tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, tiny_causal, tiny_encoder, {})
    with pytest.raises(ValueError, match="raw text is continued"):
        check_recipe(recipe, overrides=["data.target=topic", "data.group=null"])


def test_a_masked_model_is_the_beginning_of_a_classifier(
    make_resources: MakeResources, tiny_encoder: Path, tmp_path: Path
) -> None:
    dataset = documents_of(tmp_path / "data", MANUAL)
    weights = WeightsSettings(method="full", epochs=1, batch_size=8, max_length=64)
    settings = ApproachSettings(model=str(tiny_encoder), weights=weights)
    build("words", settings, dataset, make_resources(), tmp_path / "words")
    resources = replace(make_resources(), model=str(tmp_path / "words" / "weights"))
    assert resources.source(None).profile.family == "encoder"
    assert check("words", ApproachSettings(), None, resources, kind="continue") == []
