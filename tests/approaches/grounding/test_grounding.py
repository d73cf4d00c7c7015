"""Retrieval in a System: built, asked on somebody's behalf, trained with, measured."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.approaches.systems import QUICK, naming

from metier.approaches import ApproachSettings, Resources, build, check, load
from metier.core import DataError, Example, Silent
from metier.data import Dataset
from metier.prompts import PromptSettings
from metier.retrieval import RetrievalSettings

SHORT = RetrievalSettings(k=2, chunk_tokens=64, overlap=0)
HELP = PromptSettings(max_new_tokens=8)


@pytest.fixture
def resources(with_documents: Resources) -> Resources:
    return with_documents


def test_answers_carry_the_passages_that_their_asker_may_read(
    datasets: dict[str, Dataset], resources: Resources, tmp_path: Path
) -> None:
    settings, dataset = ApproachSettings(retrieval=SHORT, prompt=HELP), naming(datasets["generate"])
    built = build("rag", settings, dataset, resources, tmp_path / "rag")
    system = load(tmp_path / "rag", dataset.task, resources)
    asked = [
        Example(id="a", input="card merger secret", readers=("board",)),
        Example(id="b", input="card merger secret", readers=("staff",)),
        Example(id="c", input="card merger secret"),
    ]
    board, staff, nobody = system.predict(asked)
    assert board.context_ids[0].startswith("secret.md:")
    assert "The card merger." in board.contexts[0]
    for other in (staff, nobody):
        assert other.context_ids
        assert "merger" not in "".join(other.contexts)
    assert staff.tokens_in == nobody.tokens_in
    facts = json.loads((tmp_path / "rag" / "retrieval.json").read_text())
    assert (facts["documents"], facts["validation"]["column"]) == (4, "article")
    assert facts["validation"]["scores"]["hit@k"]["value"] == 1.0
    assert any("4 documents in 4 chunks" in sentence for sentence in built.record.notes)
    assert built.record.seconds["index"] > 0


def test_where_nothing_may_be_read_the_answer_says_so_without_asking_the_model(
    datasets: dict[str, Dataset], resources: Resources, tmp_path: Path
) -> None:
    resources.readers = "readers"  # now a document that names no reader is nobody's
    settings = ApproachSettings(retrieval=SHORT, prompt=HELP)
    build("rag", settings, datasets["generate"], resources, tmp_path / "rag")
    system = load(tmp_path / "rag", datasets["generate"].task, resources)
    told, board = system.predict([Example(id="a", input="card"), Example(id="b", input="card", readers=("board",))])
    assert (told.text, told.contexts, told.tokens_in) == ("Not in the documents.", (), 0)
    assert board.contexts
    always = ApproachSettings(retrieval=SHORT.model_copy(update={"abstain": None}), prompt=HELP)
    build("rag", always, datasets["generate"], resources, tmp_path / "rag")
    (answered,) = load(tmp_path / "rag", datasets["generate"].task, resources).predict([Example(id="a", input="card")])
    assert answered.tokens_in > 0


@pytest.mark.parametrize("task", ["classify", "chat"])
def test_it_combines_with_trained_weights_and_demonstrations(
    datasets: dict[str, Dataset], resources: Resources, tmp_path: Path, task: str
) -> None:
    weights = QUICK.model_copy(update={"max_rows": 8, "max_length": 900})
    prompt = PromptSettings(max_new_tokens=8, demonstrations=1)
    settings = ApproachSettings(retrieval=SHORT, weights=weights, prompt=prompt)
    built = build("raft", settings, datasets[task], resources, tmp_path / "raft")
    assert built.record.rows_in_weights == 8
    assert "2 best passages" in built.record.summary
    answers = load(tmp_path / "raft", datasets[task].task, resources).predict(datasets[task].validation[:2])
    assert all(len(answer.contexts) == 2 for answer in answers)


def test_passages_that_do_not_fit_are_left_out_from_the_last(
    datasets: dict[str, Dataset], resources: Resources, tmp_path: Path
) -> None:
    """The tiny model reads 1,024 bytes."""
    long = tmp_path / "handbook" / "long.md"
    long.write_text("# Long\n" + "A sentence about cards. " * 200)
    wide = RetrievalSettings(k=5, chunk_tokens=400, overlap=0)
    build("rag", ApproachSettings(retrieval=wide, prompt=HELP), datasets["generate"], resources, tmp_path / "rag")
    system = load(tmp_path / "rag", datasets["generate"].task, resources)
    (answer,) = system.predict([Example(id="a", input="a sentence about cards")])
    assert 0 < len(answer.contexts) < 5
    assert answer.tokens_in <= 1024 - 8
    assert answer.cut == 0


def test_demonstrations_are_rows_that_the_asker_may_read(
    datasets: dict[str, Dataset], resources: Resources, tmp_path: Path
) -> None:
    dataset = datasets["generate"]
    pool = tuple(
        replace(row, input="a private row", readers=("ann",))
        if i
        else replace(row, input="an open row", readers=("*",))
        for i, row in enumerate(dataset.train)
    )
    settings = ApproachSettings(prompt=PromptSettings(max_new_tokens=8, demonstrations=3, choose="random"))
    build("few", settings, replace(dataset, train=pool), resources, tmp_path / "few")
    system = load(tmp_path / "few", dataset.task, resources)
    open_, private = system.predict([Example(id="a", input="x"), Example(id="b", input="x", readers=("ann",))])
    assert private.tokens_in > open_.tokens_in
    build("few", settings, replace(dataset, train=pool[1:]), resources, tmp_path / "closed")
    (none,) = load(tmp_path / "closed", dataset.task, resources).predict([Example(id="a", input="x")])
    assert none.tokens_in < open_.tokens_in


def test_retrieval_needs_documents(resources: Resources, tiny_encoder: Path) -> None:
    settings = ApproachSettings(retrieval=SHORT)
    assert check("rag", settings, None, resources) == []
    resources.documents = None
    assert [problem.path for problem in check("rag", settings, None, resources)] == ["approaches.rag.retrieval"]
    encoder = settings.model_copy(update={"model": str(tiny_encoder), "weights": QUICK})
    assert "approaches.rag.retrieval" in [problem.path for problem in check("rag", encoder, None, resources)]


def test_a_folder_without_documents_is_the_users_mistake(
    datasets: dict[str, Dataset], resources: Resources, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "picture.png").write_bytes(b"x")
    resources.documents, resources.reporter = "empty", Silent()
    with pytest.raises(DataError, match=r"picture\.png"):
        build("rag", ApproachSettings(retrieval=SHORT), datasets["generate"], resources, tmp_path / "rag")
