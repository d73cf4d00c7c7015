"""RAFT: right passages among distracting ones in training rows."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.approaches.systems import QUICK, naming

from metier.approaches import ApproachSettings, Resources, build, check
from metier.approaches.grounding.context import Grounding, build_grounding
from metier.approaches.grounding.distracting import distracted
from metier.core import Example, Task
from metier.data import Dataset
from metier.prompts import PromptSettings
from metier.retrieval import RaftSettings, RetrievalSettings
from metier.training import PreferenceSettings

RAFT = RetrievalSettings(k=2, chunk_tokens=64, overlap=0, oracles=0, raft=RaftSettings(right=0.5))
TASK = Task(kind="generate", instruction="Answer.")


@pytest.fixture
def resources(with_documents: Resources) -> Resources:
    return with_documents


@pytest.fixture
def grounding(resources: Resources, tmp_path: Path) -> Grounding:
    found, _ = build_grounding(RAFT, resources, tmp_path / "rag")
    return found


def asked(count: int, **fields: str) -> list[Example]:
    target = "We look after your card."
    return [Example(id=f"r{i}", input=f"my card {i}", target=target, fields=dict(fields)) for i in range(count)]


def test_about_so_many_rows_see_the_right_passage_once_among_wrong_ones_and_the_others_wrong_ones_alone(
    grounding: Grounding,
) -> None:
    rows = grounding.ground(asked(60, article="card.md")).examples
    made = distracted(grounding, rows, TASK, column="article", seed=0)
    shown = [[passage.document for passage in row.passages] for row in made.rows]
    assert all(len(set(documents)) == 2 for documents in shown)
    with_right = [documents for documents in shown if "card.md" in documents]
    assert 18 <= len(with_right) <= 42
    assert {documents.index("card.md") for documents in with_right} == {0, 1}, "in an order of chance"
    assert "secret.md" not in {name for documents in shown for name in documents}, "nobody was granted it"
    assert all(row.target == "We look after your card." for row in made.rows)
    assert f"distracting ones: {len(with_right)}; with distracting ones alone: {60 - len(with_right)} " in made.note


def test_a_row_sees_the_same_whatever_the_others_are(grounding: Grounding) -> None:
    rows = grounding.ground(asked(20, article="card.md")).examples
    every = distracted(grounding, rows, TASK, column="article", seed=0).rows
    some = distracted(grounding, rows[5:9], TASK, column="article", seed=0).rows
    assert every[5:9] == some
    assert every != distracted(grounding, rows, TASK, column="article", seed=1).rows


def test_rows_whose_right_passage_is_not_known_see_what_was_found(grounding: Grounding) -> None:
    rows = grounding.ground([replace(row, target="Nobody wrote this.") for row in asked(3)]).examples
    made = distracted(grounding, rows, TASK, column=None, seed=0)
    assert list(made.rows) == rows
    assert "not known: 3" in made.note


def test_where_the_answer_is_not_shown_it_may_be_unlearnt(grounding: Grounding) -> None:
    settings = RAFT.model_copy(update={"raft": RaftSettings(right=0.5, otherwise="abstain")})
    abstaining = replace(grounding, settings=settings)
    made = distracted(abstaining, abstaining.ground(asked(40)).examples, TASK, column=None, seed=0)
    for row in made.rows:
        shown = "card.md" in {passage.document for passage in row.passages}
        assert row.target == ("We look after your card." if shown else "Not in the documents.")


def test_weights_are_trained_on_it_and_the_record_says_so(
    datasets: dict[str, Dataset], resources: Resources, tmp_path: Path
) -> None:
    weights = QUICK.model_copy(update={"max_rows": 8, "max_length": 900})
    settings = ApproachSettings(retrieval=RAFT, weights=weights, prompt=PromptSettings(max_new_tokens=4, sensitivity=0))
    built = build("raft", settings, naming(datasets["generate"]), resources, tmp_path / "raft")
    assert built.record.rows_in_weights == 8
    assert any("among distracting ones" in note for note in built.record.notes)


def test_what_cannot_work_is_a_problem_before_any_work(resources: Resources) -> None:
    def paths(settings: ApproachSettings) -> list[str]:
        return [problem.path for problem in check("raft", settings, None, resources)]

    assert paths(ApproachSettings(retrieval=RAFT)) == ["approaches.raft.retrieval.raft"]
    assert paths(ApproachSettings(retrieval=RAFT, weights=QUICK)) == []
    unlearnt = RAFT.model_copy(update={"raft": RaftSettings(otherwise="abstain")})
    assert paths(ApproachSettings(retrieval=unlearnt, weights=QUICK)) == []
    path = ["approaches.raft.retrieval.raft.otherwise"]
    assert paths(ApproachSettings(retrieval=unlearnt.model_copy(update={"abstain": None}), weights=QUICK)) == path
    preferring = QUICK.model_copy(update={"preference": PreferenceSettings()})
    assert paths(ApproachSettings(retrieval=unlearnt, weights=preferring)) == path
