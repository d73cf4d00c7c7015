"""Settings that build a small System of each kind, and what was built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from metier.approaches import KINDS, ApproachSettings, Built, Resources, System
from metier.core import Example, Task, TaskKind
from metier.data import Dataset
from metier.prompts import PromptSettings
from metier.training import WeightsSettings

QUICK = WeightsSettings(rank=2, epochs=1, batch_size=16, max_length=400)
MakeResources = Callable[[], Resources]

SETTINGS: dict[str, dict[str, Callable[[Path], ApproachSettings]]] = {
    "majority": {"floor": lambda encoder: ApproachSettings()},
    "mean": {"floor": lambda encoder: ApproachSettings()},
    "median": {"floor": lambda encoder: ApproachSettings()},
    "ridge": {"floor": lambda encoder: ApproachSettings()},
    "copy": {"floor": lambda encoder: ApproachSettings()},
    "tfidf": {"floor": lambda encoder: ApproachSettings()},
    "nearest": {"floor": lambda encoder: ApproachSettings()},
    "dictionary": {"floor": lambda encoder: ApproachSettings()},
    "prompted": {
        "zero-shot": lambda encoder: ApproachSettings(prompt=PromptSettings(max_new_tokens=8, sensitivity=2)),
        "few-shot": lambda encoder: ApproachSettings(
            prompt=PromptSettings(demonstrations=2, max_new_tokens=8, sensitivity=2)
        ),
        "lora": lambda encoder: ApproachSettings(prompt=PromptSettings(max_new_tokens=8, sensitivity=2), weights=QUICK),
    },
    "ngram": {"floor": lambda encoder: ApproachSettings()},
    "continued": {
        "unchanged": lambda encoder: ApproachSettings(),
        "lora": lambda encoder: ApproachSettings(weights=QUICK),
        "masked": lambda encoder: ApproachSettings(model=str(encoder), weights=QUICK),
    },
    "hosted": {},  # needs a server: tests/approaches/test_hosted_systems.py
    "classifier": {
        "head": lambda encoder: ApproachSettings(
            model=str(encoder), weights=QUICK.model_copy(update={"method": "head"})
        )
    },
}
"""Settings that build a small System of each kind; a new kind adds its own here."""

TASKS = {name: Task(kind=name, instruction="Do it.", labels=("a", "b")) for name in get_args(TaskKind)}
CASES = [
    (kind, variant, task)
    for kind in KINDS.names()
    for variant in SETTINGS[kind]
    for task in TASKS
    if not KINDS.get(kind).applies(TASKS[task])
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


def naming(dataset: Dataset) -> Dataset:
    """Validation rows that name the document which answers them."""
    named = tuple(
        replace(example, fields={"article": f"{(example.target or '').split()[-1].rstrip('.')}.md"})
        for example in dataset.validation
    )
    return replace(dataset, validation=named)
