"""Encoders without padding give what they give with it: values, gradients, whole trainings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from peft import LoraConfig, get_peft_model

from metier.core import Silent
from metier.models import Compute
from metier.training import OBJECTIVES, Plan, Row, train
from metier.training.batching.batches import micro_batches
from metier.training.batching.layouts import choose
from metier.training.computing import unpadded as subject
from metier.training.computing.in_parts import in_parts
from metier.training.computing.quick_dropout import quick_dropout
from metier.training.computing.unpadded import difference_of_twin, filled, unpadded
from metier.training.estimating.work import tokens_of
from metier.training.paradigms.parts import Part

SMALL: dict[str, Any] = {
    "vocab_size": 64, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48,
    "num_labels": 3,
}  # fmt: skip
WITHOUT = ["Bert", "Roberta", "Electra", "DistilBert", "XLMRoberta"]
LENGTHS = [3, 200, 12, 7, 12, 80]


def model_of(architecture: str, head: str = "ForSequenceClassification", **more: Any) -> Any:
    config = getattr(transformers, f"{architecture}Config")(**{**SMALL, "pad_token_id": 1, **more})
    torch.manual_seed(0)
    return getattr(transformers, architecture + head)._from_config(config, dtype=torch.float32).eval()


def rows_of(lengths: list[int], **more: Any) -> list[Row]:
    found: list[Row] = []
    for number, length in enumerate(lengths):
        ids = tuple(2 + (5 * number + 3 * place) % 60 for place in range(length))
        found.append(Row(id=f"r{number}", ids=ids, label=number % 3, **more))
    return found


@pytest.mark.parametrize("head", ["ForSequenceClassification", "ForTokenClassification", "ForMaskedLM", "Model"])
@pytest.mark.parametrize("architecture", WITHOUT)
def test_values_and_gradients_are_those_with_padding(architecture: str, head: str) -> None:
    assert difference_of_twin(model_of(architecture, head)) < 1e-5


@pytest.mark.parametrize("architecture", ["Albert", "MPNet", "DebertaV2", "T5"])
def test_other_architectures_keep_their_padding(architecture: str) -> None:
    module = model_of(architecture)
    assert choose(module, OBJECTIVES.get("classification"), rows_of([3])[0]).layout == "padded"


def test_rows_of_very_different_length_are_laid_out_apart() -> None:
    module = model_of("Bert")
    rows = rows_of(LENGTHS)
    objective = OBJECTIVES.get("classification")

    def found() -> tuple[float, dict[str, Any]]:
        module.zero_grad(set_to_none=True)
        value, _ = objective(module, rows, pad=1, device="cpu", layout="padded")
        value.backward()
        return value.item(), {name: p.grad for name, p in module.named_parameters()}

    right, expected = found()
    seen: list[tuple[int, ...]] = []
    module.bert.encoder.layer[0].register_forward_pre_hook(lambda _, args: seen.append(tuple(args[0].shape)))
    with unpadded(module):
        got, gradients = found()
    assert seen == [(1, filled(sum(LENGTHS)), 32)]
    assert got == pytest.approx(right, rel=1e-5)
    for name, gradient in gradients.items():
        torch.testing.assert_close(gradient, expected[name], rtol=1e-4, atol=1e-6, msg=name)
    assert found()[0] == right
    assert module.config._attn_implementation == "sdpa"
    assert not subject._now


def test_parts_that_are_computed_again_for_the_gradient_stay_without_padding() -> None:
    module = model_of("Bert", "Model")
    texts = [row.ids for row in rows_of(LENGTHS)]
    shapes: list[tuple[int, ...]] = []
    module.encoder.layer[0].register_forward_pre_hook(lambda _, args: shapes.append(tuple(args[0].shape)))

    def first(ids: Any, mask: Any) -> Any:
        return module(input_ids=ids, attention_mask=mask)[0][:, 0]

    def gradients(part_tokens: int) -> list[Any]:
        module.zero_grad(set_to_none=True)
        found = in_parts(first, texts, pad=1, device="cpu", part_tokens=part_tokens)
        (found * torch.linspace(-1, 1, found.numel()).view(found.shape)).sum().backward()
        return [p.grad for p in module.parameters() if p.grad is not None]

    right = gradients(100_000)
    shapes.clear()
    with unpadded(module):
        got = gradients(128)
    for gradient, expected in zip(got, right, strict=True):
        torch.testing.assert_close(gradient, expected, rtol=1e-4, atol=1e-6)
    assert len(shapes) == 6, "three parts, each computed twice"
    assert {shape[0] for shape in shapes} == {1}
    assert not subject._now


def test_layers_without_padding_under_lora() -> None:
    module = get_peft_model(model_of("Bert"), LoraConfig(target_modules=["query", "value"], init_lora_weights=False))
    module.eval()
    rows, objective = rows_of(LENGTHS), OBJECTIVES.get("classification")
    right, _ = objective(module, rows, pad=1, device="cpu", layout="padded")
    assert choose(module, objective, rows[0]).layout == "unpadded"
    with unpadded(module):
        got, _ = objective(module, rows, pad=1, device="cpu", layout="unpadded")
    assert got.item() == pytest.approx(right.item(), rel=1e-5)


def test_what_raises_inside_leaves_nothing_behind() -> None:
    module = model_of("Bert")
    rows, objective = rows_of([3, 5]), OBJECTIVES.get("classification")
    with unpadded(module), pytest.raises(RuntimeError, match="broken"):
        handle = module.bert.encoder.layer[1].register_forward_pre_hook(broken)
        objective(module, rows, pad=1, device="cpu", layout="unpadded")
    handle.remove()
    assert not subject._now
    with unpadded(module):
        assert objective(module, rows, pad=1, device="cpu", layout="unpadded")[0].isfinite()


def broken(*_: Any) -> None:
    raise RuntimeError("broken")


def test_shares_are_dropped_as_often_as_with_padding() -> None:
    module = model_of("Bert", attention_probs_dropout_prob=0.5, hidden_dropout_prob=0.0).train()
    rows, objective = rows_of([12, 7, 12]), OBJECTIVES.get("classification")

    def mean_loss() -> float:
        with torch.no_grad(), quick_dropout(module):
            found = [objective(module, rows, pad=1, device="cpu", layout="padded")[0].item() for _ in range(200)]
        assert len(set(found)) > 100
        return sum(found) / len(found)

    torch.manual_seed(3)
    padded = mean_loss()
    with unpadded(module):
        assert mean_loss() == pytest.approx(padded, rel=0.01)


def plan(**more: Any) -> Plan:
    return Plan(**{
        "learning_rate": 1e-3, "epochs": 2, "batch_size": 4, "warmup": 0.0, "weight_decay": 0.0, "clip": 1.0,
        "patience": 0, "checkpoint_seconds": 1e9, "tokens_per_micro_batch": 256, "order": "shuffled", "seed": 0,
        "pad": 1, "facts": {}, **more,
    })  # fmt: skip


@pytest.mark.parametrize("head", ["label", "tags"])
def test_a_training_ends_where_one_with_padding_does(head: str, tmp_path: Path) -> None:
    lengths = [3 + (7 * n) % 23 for n in range(12)]
    rows = rows_of(lengths) if head == "label" else [
        Row(id=row.id, ids=row.ids, tags=tuple((i % 4) - 1 for i in range(len(row.ids)))) for row in rows_of(lengths)
    ]  # fmt: skip
    trained: list[tuple[Any, dict[str, Any]]] = []
    for layout in (None, "padded"):
        module = model_of("Bert", "ForSequenceClassification" if head == "label" else "ForTokenClassification",
                          hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)  # fmt: skip
        objective = OBJECTIVES.get("classification" if head == "label" else "tagging")
        done = train(
            module, objective, rows, rows[:3], plan(layout=layout), compute=Compute("cpu", "float32", ""),
            folder=tmp_path / str(layout), reporter=Silent(),
        )  # fmt: skip
        trained.append((done, module.state_dict()))
    (without, weights), (padded, expected) = trained
    assert "no padding" in without.layout
    assert "recipe" in padded.layout
    assert without.curve.losses == pytest.approx(padded.curve.losses, rel=1e-4)
    for name, weight in weights.items():
        torch.testing.assert_close(weight, expected[name], rtol=1e-3, atol=1e-5, msg=name)


def test_micro_batches_count_what_is_computed() -> None:
    rows = rows_of([50, 10, 10, 10, 10, 10])
    assert [len(micro) for micro in micro_batches(rows, max_tokens=100, layout="padded")] == [2, 4]
    assert [len(micro) for micro in micro_batches(rows, max_tokens=100, layout="unpadded")] == [6]
    assert tokens_of(rows, "padded") == 300
    assert tokens_of(rows, "unpadded") == filled(100) == 112


def test_several_tasks_take_turns_without_padding() -> None:
    module = model_of("Bert", num_labels=5)
    rows = [*rows_of([4, 9]), Row(id="other", ids=(5, 6, 7), label=1, part=1)]
    parts = (Part("classification", 0, 3), Part("classification", 3, 5))
    objective = OBJECTIVES.get("several")
    given: dict[str, Any] = {"pad": 1, "device": "cpu", "parts": parts}
    right, _ = objective(module, rows, layout="padded", **given)
    with unpadded(module):
        got, _ = objective(module, rows, layout="unpadded", **given)
    assert got.item() == pytest.approx(right.item(), rel=1e-5)
