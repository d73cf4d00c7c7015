"""Oracle passages: which are right, what each part costs, and that the parts and the answers make one."""

import json
from pathlib import Path

import numpy as np
import pytest
from tests.approaches.systems import naming

from metier.approaches import ApproachSettings, Resources, build, load
from metier.approaches.grounding.gold import right_passages
from metier.approaches.grounding.oracles import PARTS, WAYS, _lost, ask_oracles
from metier.approaches.prompting.asking import PromptedSystem
from metier.core import Example
from metier.data import Dataset
from metier.prompts import PromptSettings
from metier.retrieval import RetrievalSettings

SHORT = RetrievalSettings(k=2, chunk_tokens=64, overlap=0, oracles=6)
HELP = PromptSettings(max_new_tokens=8, sensitivity=0)


@pytest.fixture
def resources(with_documents: Resources) -> Resources:
    return with_documents


def test_right_passages_come_from_named_documents_or_hold_the_answer(
    datasets: dict[str, Dataset], resources: Resources, tmp_path: Path
) -> None:
    dataset = naming(datasets["generate"])
    build("rag", ApproachSettings(retrieval=SHORT, prompt=HELP), dataset, resources, tmp_path / "rag")
    system = load(tmp_path / "rag", dataset.task, resources)
    assert isinstance(system, PromptedSystem)
    assert system.grounding
    index = system.grounding.index
    rows = [
        Example(id="a", input="x", target="anything", fields={"article": "login.md"}),
        Example(id="b", input="card", target="We look after your card."),
        Example(id="c", input="card", target="Nobody wrote this."),
        Example(id="d", input="card", target="the card merger", fields={"article": "secret.md"}),
        Example(id="e", input="card", target="x", fields={"article": "secret.md"}, readers=("board",)),
        Example(id="f", input="x", target="y", fields={"article": "login.md, card.md"}),
    ]
    found = right_passages(index, rows, column="article", answers=True)
    documents = [sorted(passage.document for passage in passages) for passages in found]
    assert documents == [["login.md"], ["card.md"], [], [], ["secret.md"], ["card.md", "login.md"]]
    assert right_passages(index, rows[1:2], column=None, answers=False) == [()]


@pytest.mark.parametrize("task", ["generate", "classify"])
def test_every_way_is_asked_and_the_parts_make_one(
    datasets: dict[str, Dataset], resources: Resources, tmp_path: Path, task: str
) -> None:
    dataset = naming(datasets[task])
    built = build("rag", ApproachSettings(retrieval=SHORT, prompt=HELP), dataset, resources, tmp_path / "rag")
    stored = json.loads((tmp_path / "rag" / "retrieval.json").read_text())["oracles"]
    assert (tuple(stored["values"]), tuple(stored["lost"])) == (WAYS, PARTS)
    assert stored["rows"] == min(6, len(dataset.validation))
    whole = stored["values"]["found"] + sum(lost["value"] for lost in stored["lost"].values())
    assert whole == pytest.approx(1, abs=1e-3)
    assert all(lost["low"] <= lost["value"] <= lost["high"] for lost in stored["lost"].values())
    assert any("with the right ones alone" in note for note in built.record.notes)
    assert built.record.seconds["oracle passages"] > 0


def test_a_retriever_that_finds_nothing_right_is_blamed() -> None:
    right = np.ones(20)
    lost = _lost({"found": np.zeros(20), "right first": right, "right alone": right}, seed=0)
    assert {part: score.value for part, score in lost.items()} == {"retriever": 1, "context use": 0, "generator": 0}
    half = np.tile([0.0, 1.0], 10)
    lost = _lost({"found": half, "right first": half, "right alone": right}, seed=0)
    assert lost["context use"].value == 0.5
    assert 0.2 < lost["context use"].low < 0.5 < lost["context use"].high < 0.8


def test_without_known_passages_or_rows_nothing_is_asked(
    datasets: dict[str, Dataset], resources: Resources, tmp_path: Path
) -> None:
    dataset = datasets["classify"]  # no column names documents, and labels stand in no passage
    built = build("rag", ApproachSettings(retrieval=SHORT, prompt=HELP), dataset, resources, tmp_path / "rag")
    assert "oracle passages" not in built.record.seconds
    none = SHORT.model_copy(update={"oracles": 0})
    named = naming(datasets["generate"])
    build("rag", ApproachSettings(retrieval=none, prompt=HELP), named, resources, tmp_path / "none")
    system = load(tmp_path / "none", named.task, resources)
    assert isinstance(system, PromptedSystem)
    assert ask_oracles(system, named.validation, column="article") is None
