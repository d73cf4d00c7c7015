"""Data sets of each kind of task, resources on tiny models, and every kind of System built once on each that it fits."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.small_task import dataset_of, rows

from metier.approaches import KINDS, ApproachSettings, Built, Resources, System, load
from metier.approaches.build import build
from metier.core import Example, Message, Silent
from metier.data import Dataset
from metier.models import CausalModel, locate
from metier.prompts import PromptSettings
from metier.training import WeightsSettings

QUICK = WeightsSettings(rank=2, epochs=1, batch_size=16, max_length=400)
MakeResources = Callable[[], Resources]


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
        "chat": with_history(dataset_of(folder / "chat", answers, kind="chat")),
    }


def with_history(dataset: Dataset) -> Dataset:
    from dataclasses import replace

    before = (Message(role="user", content="hello"), Message(role="assistant", content="hi"))

    def talk(examples: tuple[Example, ...]) -> tuple[Example, ...]:
        return tuple(replace(example, history=before) for example in examples)

    return replace(dataset, train=talk(dataset.train), validation=talk(dataset.validation))


SETTINGS: dict[str, dict[str, Callable[[Path], ApproachSettings]]] = {
    "majority": {"floor": lambda encoder: ApproachSettings()},
    "copy": {"floor": lambda encoder: ApproachSettings()},
    "tfidf": {"floor": lambda encoder: ApproachSettings()},
    "nearest": {"floor": lambda encoder: ApproachSettings()},
    "prompted": {
        "zero-shot": lambda encoder: ApproachSettings(prompt=PromptSettings(max_new_tokens=8)),
        "few-shot": lambda encoder: ApproachSettings(prompt=PromptSettings(demonstrations=2, max_new_tokens=8)),
        "lora": lambda encoder: ApproachSettings(prompt=PromptSettings(max_new_tokens=8), weights=QUICK),
    },
    "classifier": {
        "head": lambda encoder: ApproachSettings(
            model=str(encoder), weights=QUICK.model_copy(update={"method": "head"})
        )
    },
}
"""Settings that build a small System of each kind; a new kind adds its own here."""

CASES = [
    (kind, variant, task)
    for kind in KINDS.names()
    for variant in SETTINGS[kind]
    for task in ("classify", "generate", "chat")
    if not (task == "classify" and kind == "copy")
    if not (task != "classify" and kind in ("majority", "tfidf", "classifier"))
]


@dataclass
class Made:
    """A System of one kind, built on one task."""

    kind: str
    name: str
    settings: ApproachSettings
    dataset: Dataset
    folder: Path
    built: Built
    system: System
    questions: list[Example]


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
