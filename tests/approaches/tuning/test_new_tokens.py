"""Tokens of one's own: learnt by full fine-tuning, there when answering, and in whatever begins from that model."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.approaches.systems import MakeResources
from tests.approaches.tuning.test_starting import Workshop, approach

from metier.approaches import ApproachSettings, check, load
from metier.data import Dataset
from metier.training import WeightsSettings

TOKENS = ("please", "card", "password")


@pytest.fixture
def workshop(make_resources: MakeResources, datasets: dict[str, Dataset], tmp_path: Path) -> Workshop:
    return Workshop(make_resources(), datasets["classify"], tmp_path)


def tokens_in(workshop: Workshop, name: str) -> int:
    system: Any = load(workshop.folder / name, workshop.dataset.task, workshop.resources)
    return sum(answer.tokens_in for answer in system.predict(workshop.dataset.validation))


@pytest.mark.parametrize("family", ["causal", "encoder"])
def test_a_chain_keeps_the_tokens_of_its_beginning(workshop: Workshop, family: str, tiny_encoder: Path) -> None:
    model = str(tiny_encoder) if family == "encoder" else None
    workshop(
        plain=approach(model, method="full"),
        grown=approach(model, method="full", new_tokens=TOKENS),
        adapter=approach(model, method="lora", start="grown"),
        further=approach(model, method="full", start="grown"),
        last=approach(model, method="lora", start="further"),
    )
    plain, *others = (tokens_in(workshop, name) for name in ("plain", "grown", "adapter", "further", "last"))
    assert len(set(others)) == 1
    assert others[0] < plain
    assert not (workshop.folder / "grown" / "grown").exists()


def test_weights_of_other_vocabularies_are_not_averaged(workshop: Workshop) -> None:
    workshop(plain=approach(method="full"), grown=approach(method="full", new_tokens=TOKENS))
    both = approach(method="full", start={"plain": 1, "grown": 1})
    resources = replace(workshop.resources, siblings={**workshop.resources.siblings, "both": both})
    (problem,) = check("both", both, workshop.dataset.task, resources)
    assert "vocabulary" in problem.expected


@pytest.mark.parametrize(
    "beside",
    [{"method": "lora"}, {"method": "full", "start": "elsewhere"}, {"method": "freeze"}],
    ids=["adapter", "start", "freeze"],
)
def test_new_tokens_that_nothing_would_learn_are_refused(workshop: Workshop, beside: dict[str, Any]) -> None:
    settings = ApproachSettings(weights=WeightsSettings(new_tokens=TOKENS, **beside))
    problems = check("x", settings, workshop.dataset.task, workshop.resources)
    assert "approaches.x.weights.new_tokens" in [problem.path for problem in problems]
