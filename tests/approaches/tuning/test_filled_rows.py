import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from metier.approaches import check
from metier.approaches.settings import ApproachSettings
from metier.approaches.tuning.augmenting import FILE, with_made_rows
from metier.core import DataError, Task
from metier.core.tasks.extract import Span, spans_in, target_of
from metier.data import Dataset
from metier.data.augmenting import AugmentSettings

SLOTS = {"templates": [{"input": "Where is my {thing} number {code}?", "target": "card"}], "slots": {"thing": ["chip"]}}


def augment(**settings: Any) -> AugmentSettings:
    return AugmentSettings.model_validate({"edits": [], **settings})


def with_columns(dataset: Dataset) -> Dataset:
    train = tuple(replace(row, fields={"code": f"A{n}"}) for n, row in enumerate(dataset.train))
    return replace(dataset, train=train)


def test_filled_templates_stand_beside_the_training_rows(
    datasets: dict[str, Dataset], make_resources: Any, tmp_path: Path
) -> None:
    dataset = with_columns(datasets["classify"])
    found = with_made_rows(dataset.train, augment(fill=SLOTS, share=0.5), dataset, make_resources(), tmp_path)
    assert found.augmentation is not None
    assert found.augmentation.by == {"fill": len(dataset.train) // 2}
    lines = [json.loads(line) for line in (tmp_path / FILE).read_text().splitlines()]
    assert {line["target"] for line in lines} == {"card"}
    assert all(len(line["made_from"]) == 1 and line["models"] == [] for line in lines)


def test_a_slot_that_nothing_fills_ends_the_build(
    datasets: dict[str, Dataset], make_resources: Any, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="code"):
        with_made_rows(
            datasets["classify"].train, augment(fill=SLOTS), datasets["classify"], make_resources(), tmp_path
        )


def test_extraction_takes_filled_templates_and_nothing_else(
    datasets: dict[str, Dataset], make_resources: Any, tmp_path: Path
) -> None:
    task = Task(kind="extract", instruction="", labels=("thing",))
    fill = {"templates": [{"input": "my {thing} is gone"}, {"input": "I lost the {thing} today"}]}

    def problems(**settings: Any) -> list[str]:
        asked = ApproachSettings.model_validate({"weights": {}, "augment": settings})
        return [one.path for one in check("it", asked, task, make_resources()) if "augment" in one.path]

    assert problems(edits=[], fill=fill) == []
    assert problems(fill=fill) == ["approaches.it.augment"]
    assert problems() == ["approaches.it.augment"]
    rows = tuple(replace(row, target=target_of(row.input, [Span(0, 5, "thing")])) for row in datasets["classify"].train)
    dataset = replace(datasets["classify"], task=task, train=rows)
    found = with_made_rows(rows, augment(fill=fill, share=0.2), dataset, make_resources(), tmp_path)
    made = found.examples[len(rows) :]
    assert made
    for row in made:
        (span,) = spans_in(row.target or "[]")
        assert row.input[: span.start].endswith(("my ", "the "))
