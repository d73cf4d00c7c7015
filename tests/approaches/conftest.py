"""Data sets of each kind of task, resources on tiny models, and every kind of System built once on each."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.approaches.systems import CASES, SETTINGS, Made, MakeResources
from tests.small_task import dataset_of, documents_of, rows

from metier.approaches import Resources, load
from metier.approaches.build import build
from metier.core import Example, Message, Silent
from metier.data import Dataset
from metier.models import CausalModel, locate


@pytest.fixture(scope="session")
def make_resources(tiny_causal: Path, tiny_encoder: Path) -> MakeResources:
    def make() -> Resources:
        return Resources(
            reporter=Silent(), model=str(tiny_causal), embedder=str(tiny_encoder), device="cpu", precision="float32"
        )

    return make


@pytest.fixture
def resources(make_resources: MakeResources) -> Resources:
    return make_resources()


@pytest.fixture
def with_documents(make_resources: MakeResources, tmp_path: Path) -> Resources:
    """Three articles that everybody may read, and one that only the board may."""
    handbook = tmp_path / "handbook"
    handbook.mkdir()
    for label in ("card", "login", "refund"):
        (handbook / f"{label}.md").write_text(f"# {label}\nWe look after your {label}.")
    (handbook / "secret.md").write_text("---\nreaders: board\n---\n# card secret\nThe card merger.")
    made = make_resources()
    made.recipe_folder, made.documents = tmp_path, "handbook"
    return made


@pytest.fixture(scope="session")
def model(make_resources: MakeResources, tiny_causal: Path) -> CausalModel:
    return CausalModel(locate(str(tiny_causal), folder=Path()), make_resources().compute)


@pytest.fixture(scope="session")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Dataset]:
    """By kind of task; ``chat`` has a history before each question."""
    folder = tmp_path_factory.mktemp("datasets")
    answers = [(text, f"We look after your {label}.") for text, label in rows(40)]
    written = dataset_of(folder / "generate", answers, kind="generate")
    return {
        "classify": dataset_of(folder / "classify", rows(60)),
        "generate": written,
        "multilabel": dataset_of(
            folder / "multilabel",
            [(text, "|".join(sorted({label, *("odd",) * (n % 2)}))) for n, (text, label) in enumerate(rows(60))],
            kind="multilabel",
        ),
        "regress": dataset_of(
            folder / "regress",
            [(text, str(len(label) + n / 10)) for n, (text, label) in enumerate(rows(60))],
            kind="regress",
        ),
        "extract": dataset_of(folder / "extract", [(text, marked(text)) for text, _ in rows(40)], kind="extract"),
        "chat": with_history(dataset_of(folder / "chat", answers, kind="chat")),
        "continue": documents_of(folder / "continue", [f"{text}. {answer}" for text, answer in answers]),
    }


def marked(text: str) -> str:
    """The sixth word of a text, which is one of its label's, marked by its first letter."""
    words = text.split()
    start = len(" ".join(words[:5])) + 1
    return json.dumps([{"start": start, "end": start + len(words[5]), "label": words[5][0].upper()}])


def with_history(dataset: Dataset) -> Dataset:
    before = (Message(role="user", content="hello"), Message(role="assistant", content="hi"))

    def talk(examples: tuple[Example, ...]) -> tuple[Example, ...]:
        return tuple(replace(example, history=before) for example in examples)

    return replace(dataset, train=talk(dataset.train), validation=talk(dataset.validation))


@pytest.fixture(scope="session", params=CASES, ids="-".join)
def made(
    request: pytest.FixtureRequest,
    datasets: dict[str, Dataset],
    make_resources: MakeResources,
    tiny_encoder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Made:
    kind, variant, task = request.param
    settings: Any = SETTINGS[kind][variant](tiny_encoder)
    dataset, resources = datasets[task], make_resources()
    name = kind if variant == "floor" else variant
    folder = tmp_path_factory.mktemp("built") / name
    built = build(name, settings, dataset, resources, folder)
    system = load(folder, dataset.task, make_resources())
    return Made(kind, name, settings, dataset, folder, built, system, list(dataset.validation))
