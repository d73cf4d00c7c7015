"""Rows chosen by diversity or difficulty, classes made even: what is learnt from, what is left out, what is refused."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.approaches.systems import MakeResources
from tests.conftest import CPU
from tests.small_task import dataset_of, rows

from metier.approaches.build import build, check
from metier.approaches.settings import ApproachSettings
from metier.approaches.tuning.selecting import balanced, growth, selected
from metier.core import Example, TrainingError
from metier.data import Dataset
from metier.models import load_module, locate
from metier.prompts.selection import is_own
from metier.training import OBJECTIVES, Row, WeightsSettings

EXAMPLES = [Example(id=f"r{n}", input=f"text {n}", target="rare" if n < 3 else "frequent") for n in range(15)]


@pytest.fixture(scope="module")
def uneven(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    found = rows(90)
    return dataset_of(tmp_path_factory.mktemp("uneven"), [row for n, row in enumerate(found) if n < 45 or n % 3])


def counts_of(examples: Sequence[Example]) -> dict[str | None, int]:
    return dict(Counter(example.target for example in examples))


def test_smaller_classes_are_repeated_under_other_ids() -> None:
    even = balanced(EXAMPLES, WeightsSettings(balance="oversample"), seed=0)
    assert counts_of(even.examples) == {"rare": 12, "frequent": 12}
    assert len({example.id for example in even.examples}) == 24
    assert even.examples[:15] == EXAMPLES
    again = [example for example in even.examples if "+again" in example.id]
    assert Counter(example.input for example in again) == {f"text {n}": 3 for n in range(3)}
    assert all(is_own(EXAMPLES[int(one.input.split()[1])], one) for one in again)
    assert even == balanced(EXAMPLES, WeightsSettings(balance="oversample"), seed=0)


def test_larger_classes_are_thinned_and_the_rest_is_named() -> None:
    even = balanced(EXAMPLES, WeightsSettings(balance="undersample"), seed=0)
    assert counts_of(even.examples) == {"rare": 3, "frequent": 3}
    assert len(even.left_out) == 9
    assert {one.trained for one in even.left_out} == {0}
    assert "undersample" in even.left_out[0].why
    assert {e.id for e in even.examples} | {one.id for one in even.left_out} == {e.id for e in EXAMPLES}


def test_rows_count_by_the_inverse_of_their_class() -> None:
    even = balanced(EXAMPLES, WeightsSettings(balance="weights"), seed=0)
    assert even.examples == EXAMPLES
    assert even.worth == {"rare": 2.5, "frequent": 0.625}
    assert sum(even.worth[example.target or ""] for example in EXAMPLES) == pytest.approx(15)


def test_a_worth_multiplies_the_loss_of_a_row(tiny_encoder: Path) -> None:
    module = load_module(locate(str(tiny_encoder), folder=tiny_encoder), CPU, num_labels=2).eval()
    loss = OBJECTIVES.get("classification")
    one, other = (Row(id=str(n), ids=(2, 5 + n, 9), label=n) for n in range(2))
    around: dict[str, Any] = {"pad": 0, "device": "cpu", "layout": "padded"}
    single = [loss(module, [row], **around)[0].item() for row in (one, other)]
    summed, weight = loss(module, [replace(one, worth=2.5), replace(other, worth=0.5)], **around)
    assert summed.item() == pytest.approx(2.5 * single[0] + 0.5 * single[1], rel=1e-5)
    assert weight == pytest.approx(3.0)
    assert replace(one, worth=2.5).weight == 2.5


@pytest.mark.parametrize("kind", ["causal", "encoder"])
@pytest.mark.parametrize("balance", ["oversample", "undersample", "weights"])
def test_systems_are_trained_on_even_classes(
    uneven: Dataset, make_resources: MakeResources, tiny_encoder: Path, tmp_path: Path, kind: str, balance: str
) -> None:
    counts = counts_of(uneven.train).values()
    assert min(counts) < max(counts)
    asked: dict[str, Any] = {"weights": {"rank": 2, "epochs": 1, "max_length": 200, "balance": balance}}
    asked["prompt"] = {"sensitivity": 0}
    if kind == "encoder":
        weights = {"method": "head", "epochs": 1, "balance": balance}
        asked = {"model": str(tiny_encoder), "weights": weights}
    settings = ApproachSettings.model_validate(asked)
    built = build("it", settings, uneven, make_resources(), tmp_path / "it")
    wanted = {"oversample": 3 * max(counts), "undersample": 3 * min(counts), "weights": sum(counts)}
    assert built.record.trained_examples == wanted[balance]
    assert built.record.rows_in_weights <= sum(counts)
    assert any(note.startswith("Balanced 3 classes") for note in built.record.notes)
    assert {example.id for example in uneven.train} <= {count.id for count in built.tokens}
    assert growth(uneven.train, settings) == pytest.approx(wanted[balance] / sum(counts))


@pytest.mark.parametrize("how", ["diverse", "difficult"])
def test_rows_are_chosen_and_the_others_named(
    datasets: dict[str, Dataset], make_resources: MakeResources, how: Any
) -> None:
    train = datasets["classify"].train
    settings = WeightsSettings(max_rows=12, select=how)
    chosen, left_out = selected(train, settings, make_resources())
    assert len(chosen) == 12
    assert len(left_out) == len(train) - 12
    assert how in left_out[0].why
    assert [example for example in train if example in chosen] == chosen
    assert (chosen, left_out) == selected(train, settings, make_resources())
    assert selected(train, WeightsSettings(select=how), make_resources()) == (list(train), [])


@pytest.mark.parametrize("kind", ["causal", "encoder"])
def test_rows_that_are_too_long_are_left_out_or_refused(
    datasets: dict[str, Dataset], make_resources: MakeResources, tiny_encoder: Path, tmp_path: Path, kind: str
) -> None:
    dataset = datasets["classify"]
    long = replace(dataset.train[0], input=" ".join(["please help"] * 60))
    dataset = replace(dataset, train=(long, *dataset.train[1:]))

    def settings(policy: str) -> ApproachSettings:
        weights: dict[str, Any] = {"rank": 2, "epochs": 1, "max_length": 150, "too_long": policy}
        asked: dict[str, Any] = {"weights": weights, "prompt": {"sensitivity": 0}}
        if kind == "encoder":
            weights = {"method": "head", "epochs": 1, "max_length": 100, "too_long": policy}
            asked = {"model": str(tiny_encoder), "weights": weights}
        return ApproachSettings.model_validate(asked)

    counts = {}
    for policy in ("cut", "leave_out"):
        built = build(policy, settings(policy), dataset, make_resources(), tmp_path / policy)
        counts[policy] = {one.id: one for one in built.tokens}[long.id]
    assert counts["cut"].cut > 0
    assert counts["cut"].trained > 0
    assert counts["leave_out"].trained == 0
    assert "too long" in counts["leave_out"].why
    with pytest.raises(TrainingError, match="1 training rows are too long"):
        build("error", settings("error"), dataset, make_resources(), tmp_path / "error")


@pytest.mark.parametrize(
    ("weights", "kind", "path"),
    [
        ({"select": "diverse"}, "classify", "max_rows"),
        ({"select": "difficult", "max_rows": 9}, "generate", "select"),
        ({"balance": "oversample"}, "generate", "balance"),
        ({"balance": "weights", "preference": {}}, "classify", "balance"),
        ({"select": "diverse", "max_rows": 9}, "generate", None),
        ({"balance": "weights"}, "classify", None),
    ],
)
def test_what_cannot_be_is_refused(
    datasets: dict[str, Dataset], make_resources: MakeResources, weights: Any, kind: str, path: str | None
) -> None:
    settings = ApproachSettings.model_validate({"weights": weights})
    problems = check("it", settings, datasets[kind].task, make_resources())
    assert [problem.path for problem in problems] == ([f"approaches.it.weights.{path}"] if path else [])
