"""Rows and documents that an asker may not read change nothing: over random grants, for whole Systems."""

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from metier.approaches import ApproachSettings, Resources, build, load
from metier.approaches.grounding.context import Grounding
from metier.approaches.grounding.retrievers import TextEncoder
from metier.approaches.kinds.nearest import NearestSystem
from metier.approaches.prompting.asking import PromptedSystem
from metier.core import Document, Example, Task
from metier.core.tasks import form_of
from metier.data import Dataset
from metier.models import CausalModel
from metier.prompts import Calibration, PromptSettings, compose
from metier.retrieval import Index, RetrievalSettings, caller, caller_of, may_read, open_store

WORDS = ["merger", "budget", "plan", "salary", "lunch", "garden", "tower", "river"]
PEOPLE = ["ann", "ben", "cem"]
TASK = Task(kind="generate", instruction="Answer.")
LOOKED_UP = RetrievalSettings(k=2, chunk_tokens=64, overlap=0, diversity=0.3)


def granted(draw: random.Random) -> tuple[str, ...] | None:
    return draw.choice([None, (), ("*",), tuple(draw.sample(PEOPLE, draw.randint(1, 2)))])


def said(draw: random.Random) -> str:
    return " ".join(draw.choices(WORDS, k=draw.randint(2, 6)))


def pool_of(draw: random.Random, count: int) -> list[Example]:
    return [Example(id=f"r{i}", input=said(draw), target=said(draw), readers=granted(draw)) for i in range(count)]


def readable(rows: Sequence[Any], asker: frozenset[str]) -> list[Any]:
    return [row for row in rows if may_read(row.readers, asker)]


class Desk:
    """Makes Systems that show demonstrations and passages, over some rows and documents."""

    def __init__(self, model: CausalModel, resources: Resources, folder: Path, choose: str) -> None:
        self.model, self.resources, self.folder = model, resources, folder
        self.settings = PromptSettings(demonstrations=2, choose=choose, max_new_tokens=4)
        self.made = 0

    def system(self, pool: Sequence[Example], documents: Sequence[Document]) -> PromptedSystem:
        self.made += 1
        encoder = TextEncoder(self.resources.encoder, self.resources.reporter, "")
        store = open_store(self.folder / f"{self.made}.sqlite", width=encoder.width)
        index = Index(store, encoder, LOOKED_UP)
        index.put_all(documents)
        return PromptedSystem(
            model=self.model,
            task=TASK,
            prompt=compose(TASK, instruction=None, list_labels=None, label_words={}, trained=False),
            settings=self.settings,
            pool=tuple(pool),
            calibration=Calibration.identity(0),
            resources=self.resources,
            grounding=Grounding(index, LOOKED_UP),
        )


@pytest.mark.parametrize("choose", ["random", "balanced", "nearest", "diverse"])
def test_a_prompt_is_the_same_to_the_last_token_as_if_what_is_forbidden_had_never_been(
    model: CausalModel, resources: Resources, tmp_path: Path, choose: str
) -> None:
    desk = Desk(model, resources, tmp_path, choose)
    for seed in range(3):
        draw = random.Random(f"{choose} {seed}")
        pool = pool_of(draw, 12)
        documents = [Document(id=f"d{i}", text=said(draw), readers=granted(draw)) for i in range(10)]
        whole = desk.system(pool, documents)
        asked = [
            Example(id=f"{name}{i}", input=said(draw), readers=(name,) if name else None)
            for i in range(2)
            for name in (*PEOPLE, "")
        ]
        together = whole.grounded(asked).examples
        prompts = {one.id: two for one, two in zip(together, whole.ask(together), strict=True)}
        for name in (*PEOPLE, ""):
            asker = caller(name) if name else caller()
            mine = [one for one in asked if caller_of(one.readers) == asker]
            alone = desk.system(readable(pool, asker), readable(documents, asker))
            for one, prompt in zip(mine, alone.ask(alone.grounded(mine).examples), strict=True):
                assert prompts[one.id] == prompt
            hidden = {document.id for document in documents} - {one.id for one in readable(documents, asker)}
            shown = {name.partition(":")[0] for one in mine for name in prompts[one.id].context_ids}
            assert not shown & hidden


def test_answers_do_not_depend_on_who_asked_before(model: CausalModel, resources: Resources, tmp_path: Path) -> None:
    draw = random.Random(7)
    system = Desk(model, resources, tmp_path, "nearest").system(
        pool_of(draw, 12), [Document(id=f"d{i}", text=said(draw), readers=granted(draw)) for i in range(10)]
    )
    asked = [Example(id=name, input="merger plan", readers=(name,)) for name in PEOPLE]
    first = {one.id: system.predict([one])[0] for one in asked}
    again = {one.id: system.predict([one])[0] for one in reversed(asked)}
    assert first == again


@pytest.mark.parametrize("kind", ["generate", "classify", "regress"])
def test_the_nearest_rows_are_those_that_the_asker_may_read(resources: Resources, kind: Any) -> None:
    targets = {"classify": ["a", "b"], "regress": ["1", "2", "7"]}.get(kind)
    for seed in range(4):
        draw = random.Random(seed)
        rows = pool_of(draw, 14)
        rows = [replace(row, target=draw.choice(targets) if targets else row.target) for row in rows]

        def system(some: Sequence[Example]) -> NearestSystem:
            return NearestSystem(
                vectors=resources.embed([row.input for row in some]),
                targets=tuple(row.target or "" for row in some),
                labels=("a", "b") if kind == "classify" else (),
                neighbours=3 if targets else 1,
                resources=resources,
                form=form_of(kind),
                readers=tuple(row.readers for row in some),
            )

        for name in PEOPLE:
            asked = [Example(id=f"q{i}", input=said(draw), readers=(name,)) for i in range(3)]
            found, alone = system(rows).predict(asked), system(readable(rows, caller(name))).predict(asked)
            assert [one.text for one in found] == [one.text for one in alone]
            assert [one.scores for one in found] == [pytest.approx(one.scores, abs=1e-5) for one in alone]


def test_the_nearest_answer_of_nobodys_rows_is_none(
    datasets: dict[str, Dataset], resources: Resources, tmp_path: Path
) -> None:
    dataset = datasets["generate"]
    private = replace(dataset, train=tuple(replace(row, readers=("ann",)) for row in dataset.train))
    build("nearest", ApproachSettings(), private, resources, tmp_path / "nearest")
    system = load(tmp_path / "nearest", dataset.task, resources)
    asked = dataset.train[0]
    ann, nobody = system.predict([replace(asked, readers=("ann",)), replace(asked, readers=None)])
    assert (ann.text, nobody.text) == (asked.target, "")
