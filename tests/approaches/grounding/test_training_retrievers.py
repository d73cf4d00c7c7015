"""Embedder and reranker trained on the pairs of a user: what they learn from, when they are kept, how they return."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.approaches.systems import MakeResources

from metier.approaches import ApproachSettings, Resources, build, check, load, outside_inputs
from metier.approaches.grounding import training_retrievers
from metier.approaches.prompting.asking import PromptedSystem
from metier.approaches.tuning import fine_tuning
from metier.core import DataError, Example, Score
from metier.data import Dataset
from metier.prompts import PromptSettings
from metier.retrieval import ChooseSettings, RerankSettings, RetrievalSettings, TuneSettings

HELP = PromptSettings(max_new_tokens=6, sensitivity=0)
TUNE = TuneSettings(epochs=1, batch_size=8, negatives=1, max_pairs=16)
RERANK = RerankSettings(epochs=1, batch_size=8, negatives=1, max_pairs=16, candidates=2)


@pytest.fixture
def resources(make_resources: MakeResources, tmp_path: Path) -> Resources:
    handbook = tmp_path / "handbook"
    handbook.mkdir()
    for label in ("card", "login", "refund"):
        (handbook / f"{label}.md").write_text(f"# {label}\nWe look after your {label}.")
    made = make_resources()
    made.recipe_folder, made.documents = tmp_path, "handbook"
    return made


def naming(dataset: Dataset) -> Dataset:
    def named(examples: Sequence[Example]) -> tuple[Example, ...]:
        return tuple(replace(e, fields={"article": f"{(e.target or '').split()[-1].rstrip('.')}.md"}) for e in examples)

    return replace(dataset, train=named(dataset.train), validation=named(dataset.validation))


def retrieval(**parts: Any) -> ApproachSettings:
    settings = RetrievalSettings(k=2, chunk_tokens=64, overlap=0, oracles=0, **parts)
    return ApproachSettings(retrieval=settings, prompt=HELP)


def judged(monkeypatch: pytest.MonkeyPatch, *ranks: float) -> None:
    """Let validation say these MRRs, one after the other."""
    told = iter(ranks)

    def found(*given: Any, **named: Any) -> dict[str, Score]:
        value = next(told)
        return {name: Score(value=value, low=0, high=1) for name in ("hit@1", "hit@5", "mrr")}

    monkeypatch.setattr(training_retrievers, "found_right", found)


def test_what_is_trained_is_kept_where_validation_is_better_and_comes_back(
    datasets: dict[str, Dataset], resources: Resources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset, folder = naming(datasets["generate"]), tmp_path / "rag"
    judged(monkeypatch, 0.5, 0.6, 0.7)
    built = build("rag", retrieval(tune=TUNE, rerank=RERANK), dataset, resources, folder)
    told = json.loads((folder / "retrieval.json").read_text())["trained"]
    assert {part: (one["pairs"], one["kept"]) for part, one in told.items()} == {
        "embedder": (16, True),
        "reranker": (16, True),
    }
    assert built.record.rows_in_weights == 16
    assert any("MRR from 0.500 to 0.600" in note for note in built.record.notes)
    assert {"train embedder", "train reranker"} <= set(built.record.seconds)
    assert not (folder / "embedder" / "checkpoints").exists()
    system = load(folder, dataset.task, resources)
    assert isinstance(system, PromptedSystem)
    assert system.grounding
    index = system.grounding.index
    assert index.reranker is not None
    key = json.loads((folder / "embedder" / "weights" / "training.json").read_text())["key"]
    assert getattr(index.embedder, "fingerprint", "") == key
    assert (
        abs(index.embedder.embed(["card"]) - resources.encoder.embed(["card"], reporter=resources.reporter)).max() > 0
    )
    answer = system.predict([Example(id="a", input="my card")])[0]
    assert len(answer.contexts) == 2

    judged(monkeypatch, 0.5, 0.6, 0.7)
    again = "what is trained is not trained again"
    monkeypatch.setattr(fine_tuning, "train", lambda *given, **named: pytest.fail(again))
    build("rag", retrieval(tune=TUNE, rerank=RERANK), dataset, resources, folder)


def test_what_is_no_better_is_not_used_and_what_is_no_longer_asked_for_goes(
    datasets: dict[str, Dataset], resources: Resources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset, folder = naming(datasets["generate"]), tmp_path / "rag"
    judged(monkeypatch, 0.5, 0.5)
    built = build("rag", retrieval(tune=TUNE), dataset, resources, folder)
    assert not (folder / "embedder").exists()
    assert built.record.rows_in_weights == 0
    assert any("no better, so it is not used" in note for note in built.record.notes)
    judged(monkeypatch, 0.5, 0.9)
    build("rag", retrieval(tune=TUNE), dataset, resources, folder)
    assert (folder / "embedder").is_dir()
    build("rag", retrieval(), dataset, resources, folder)
    assert not (folder / "embedder").exists()


def test_pairs_come_from_training_rows_that_are_answered_by_what_their_readers_may_read(
    datasets: dict[str, Dataset], resources: Resources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = naming(datasets["generate"])
    (tmp_path / "handbook" / "login.md").write_text("---\nreaders: board\n---\n# login\nWe look after your login.")
    seen: dict[str, list[Any]] = {}

    def train(work: Any, settings: Any, pairs: list[Any], checked: list[Any], told: Any) -> None:
        seen["train"], seen["validation"] = pairs, checked

    judged(monkeypatch, 0.5, 0.5)
    monkeypatch.setattr(training_retrievers, "_tune_embedder", train)
    build("rag", retrieval(tune=TUNE.model_copy(update={"max_pairs": None})), dataset, resources, tmp_path / "rag")
    rows = {example.id: example for example in dataset.train}
    assert {pair.id for pair in seen["train"]} == {
        name for name, example in rows.items() if example.fields["article"] != "login.md"
    }
    assert {pair.id for pair in seen["validation"]} <= {example.id for example in dataset.validation}
    for pair in seen["train"]:
        assert f"your {str(rows[pair.id].fields['article']).removesuffix('.md')}." in pair.right
        assert pair.wrong
        assert all(pair.right != wrong and "login" not in wrong for wrong in pair.wrong)


def test_too_few_pairs_are_the_users_mistake(
    datasets: dict[str, Dataset], resources: Resources, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="a column that names documents"):
        build("rag", retrieval(tune=TUNE), datasets["classify"], resources, tmp_path / "rag")


def test_tuning_what_no_search_uses_is_refused() -> None:
    with pytest.raises(ValueError, match="lexical search uses no embedder"):
        RetrievalSettings(search="lexical", tune=TUNE)
    assert RetrievalSettings(search="lexical", tune=TUNE, choose=ChooseSettings(search=["dense"])).tune == TUNE


def write_questions(path: Path, count: int = 30) -> Path:
    labels = ("card", "login", "refund")
    rows = [
        {"question": f"who cares for my {labels[n % 3]} {n}", "document": f"{labels[n % 3]}.md"} for n in range(count)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_questions_of_a_file_train_and_judge_where_rows_name_no_document(
    datasets: dict[str, Dataset], resources: Resources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_questions(tmp_path / "questions.jsonl")
    seen: list[Any] = []

    def train(work: Any, settings: Any, pairs: list[Any], checked: list[Any], told: Any) -> None:
        seen.extend([{pair.id for pair in pairs}, {pair.id for pair in checked}])
        assert all(pair.right.split()[-1].rstrip(".") in pair.question for pair in pairs)

    monkeypatch.setattr(training_retrievers, "_tune_embedder", train)
    tune = TUNE.model_copy(update={"questions": "questions.jsonl", "max_pairs": None})
    built = build("rag", retrieval(tune=tune), datasets["classify"], resources, tmp_path / "rag")
    learnt, held_out = seen
    assert (len(learnt), len(held_out)) == (24, 6)
    assert not learnt & held_out
    assert any("On held-out questions hit@1 went" in note for note in built.record.notes)


def test_questions_stand_beside_rows_that_name_their_documents(
    datasets: dict[str, Dataset], resources: Resources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_questions(tmp_path / "questions.jsonl")
    seen: list[str] = []

    def train(work: Any, settings: Any, pairs: list[Any], checked: list[Any], told: Any) -> None:
        seen.extend(pair.id for pair in pairs)
        assert not any("questions" in pair.id for pair in checked)

    monkeypatch.setattr(training_retrievers, "_tune_embedder", train)
    judged(monkeypatch, 0.5, 0.5)
    dataset = naming(datasets["generate"])
    tune = TUNE.model_copy(update={"questions": "questions.jsonl", "max_pairs": None})
    build("rag", retrieval(tune=tune), dataset, resources, tmp_path / "rag")
    assert sum("questions.jsonl" in name for name in seen) == 24
    assert len(seen) == 24 + len(dataset.train)


@pytest.mark.parametrize(
    ("line", "got"),
    [
        ("no JSON", "no JSON"),
        ('{"question": "who?"}', "who?"),
        ('{"document": "card.md"}', "card.md"),
        (None, "No such file"),
    ],
)
def test_a_file_of_questions_that_cannot_be_used_is_told_before_any_work(
    line: str | None, got: str, resources: Resources, tmp_path: Path
) -> None:
    path = write_questions(tmp_path / "questions.jsonl")
    path.unlink() if line is None else path.write_text(path.read_text() + line)
    settings = retrieval(rerank=RERANK.model_copy(update={"questions": "questions.jsonl"}))
    (problem,) = check("rag", settings, None, resources, kind="classify")
    assert problem.path == "approaches.rag.retrieval.rerank.questions"
    assert got in problem.got
    assert line is None or "line 31" in problem.where


def test_another_file_of_questions_is_another_approach(resources: Resources, tmp_path: Path) -> None:
    settings = retrieval(tune=TUNE.model_copy(update={"questions": "questions.jsonl"}))
    folders = (write_questions(tmp_path / "questions.jsonl", n).parent for n in (9, 10))
    found = {outside_inputs(settings, folder=folder, model="builtin")[0] for folder in folders}
    assert len(found) == 2
