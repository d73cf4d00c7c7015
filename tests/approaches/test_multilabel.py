"""Sets of labels by every way: thresholds, the floors, an encoder, a model that writes."""

from pathlib import Path

import numpy as np
import pytest
from tests.small_task import dataset_of, rows

from metier import approaches
from metier.approaches import ApproachSettings, Resources
from metier.approaches.label_sets import best_threshold, micro_f1, wanted_labels
from metier.core import Example, Silent
from metier.core.tasks import form_of
from metier.core.tasks.multilabel import labels_in
from metier.evaluation import METRICS
from metier.models import Grammar
from metier.training import OBJECTIVES, Row, WeightsSettings


@pytest.fixture
def dataset(tmp_path: Path):
    content = rows(120)
    content[::2] = [(f"{text} urgently", f"{label}|urgent") for text, label in content[::2]]
    content += [(f"nothing of interest here {n}", "") for n in range(12)]
    return dataset_of(tmp_path, content, kind="multilabel")


def f1(dataset, system) -> float:
    targets = [example.target for example in dataset.validation]
    return METRICS.get("labels_micro_f1").point(targets, [answer.text for answer in system.predict(dataset.validation)])


def test_the_threshold_is_the_best_and_in_the_middle_of_the_best():
    shares = np.array([[0.9, 0.2], [0.6, 0.1]])
    wanted = np.array([[1.0, 0.0], [1.0, 0.0]])
    assert best_threshold(shares, wanted) == pytest.approx(0.42)  # anything from 0.22 to 0.6 is
    assert micro_f1(shares, wanted, 0.4) == 1.0
    assert micro_f1(shares, np.zeros((2, 2)), 0.95) == 1.0


@pytest.mark.parametrize(("name", "least"), [("tfidf", 0.9), ("nearest", 0.2), ("majority", 0.2)])
def test_floors_answer_sets(dataset, tiny_encoder: Path, tmp_path: Path, name: str, least: float):
    resources = Resources(reporter=Silent(), embedder=str(tiny_encoder), device="cpu", precision="float32")
    approaches.build(name, ApproachSettings(), dataset, resources, tmp_path / name)
    system = approaches.load(tmp_path / name, dataset.task, resources)
    assert f1(dataset, system) > least


def test_a_label_that_no_row_has_is_never_answered(tmp_path: Path, tiny_encoder: Path):
    content = [(text, label) for text, label in rows(60)]
    dataset = dataset_of(tmp_path, content, kind="multilabel", labels=["card", "login", "refund", "unheard"])
    resources = Resources(reporter=Silent(), embedder=str(tiny_encoder), device="cpu", precision="float32")
    approaches.build("tfidf", ApproachSettings(), dataset, resources, tmp_path / "tfidf")
    for answer in approaches.load(tmp_path / "tfidf", dataset.task, resources).predict(dataset.validation):
        assert answer.scores["unheard"] == 0
        assert "unheard" not in labels_in(answer.text)


def test_an_encoder_learns_sets(dataset, tiny_encoder: Path, tmp_path: Path):
    weights = WeightsSettings(method="full", epochs=6, learning_rate=3e-3, batch_size=8)
    resources = Resources(reporter=Silent(), device="cpu", precision="float32")
    settings = ApproachSettings(model=str(tiny_encoder), weights=weights)
    built = approaches.build("sets", settings, dataset, resources, tmp_path / "sets")
    assert "chosen on validation" in " ".join(built.record.notes)
    assert f1(dataset, approaches.load(tmp_path / "sets", dataset.task, resources)) > 0.5


def test_the_loss_is_the_summed_binary_cross_entropy():
    import torch

    logits = torch.tensor([[0.5, -1.0], [2.0, 0.0]])

    def module(**inputs):
        return type("Output", (), {"logits": logits})

    made = [Row(id="a", ids=(1,), wanted=(1.0, 0.0)), Row(id="b", ids=(1, 2), wanted=(0.0, 1.0))]
    value, weight = OBJECTIVES.get("labelling")(module, made, pad=0, device="cpu", layout="padded")
    shares = 1 / (1 + np.exp(-logits.double().numpy()))
    wanted = np.array([row.wanted for row in made])
    expected = -(wanted * np.log(shares) + (1 - wanted) * np.log(1 - shares)).sum()
    assert (float(value), weight) == (pytest.approx(expected), 2.0)


def test_a_causal_model_writes_labels_once_and_in_order():
    grammar = Grammar.lark(form_of("multilabel").lark(("a", 'say "b"', "c"), "any text"))
    assert grammar.trouble() == ""
    for answer in ("[]", '["a"]', '["a", "c"]', '["say \\"b\\"", "c"]'):
        assert grammar.matches(answer), answer
    for answer in ('["c", "a"]', '["a", "a"]', '["d"]', "[a]", ""):
        assert not grammar.matches(answer), answer


@pytest.mark.parametrize(
    ("answer", "labels", "whole"),
    [
        ('["c", "a"]', ("a", "c"), True),
        ('["a", "zzz"]', ("a",), False),
        ('["a", "c', ("a",), False),
        ("a and c", (), False),
        ("[]", (), True),
    ],
)
def test_answers_are_read(answer: str, labels: tuple[str, ...], whole: bool):
    found = form_of("multilabel").read(answer, "", ("a", "b", "c"))
    assert (labels_in(found.target), found.whole) == (labels, whole)


def test_wanted_labels_are_an_indicator_matrix():
    examples = [Example(id="1", input="", target='["b"]'), Example(id="2", input="", target="[]")]
    assert wanted_labels(examples, ("a", "b")).tolist() == [[0, 1], [0, 0]]
