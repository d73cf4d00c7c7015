"""Label smoothing against torch's formula, in every family and layout; NEFTune's noise against the paper's bounds."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.conftest import CPU
from tests.training.method_cases import LABELS, write_bart
from tests.training.tiny_training import ROWS, Training

from metier.models import load_module, locate
from metier.models.trees.forest import plant
from metier.models.trees.tree_attention import attending, use_trees
from metier.training import OBJECTIVES, Row, WeightsSettings, check_method
from metier.training.batching.batches import Layout
from metier.training.computing.head_loss import head_loss
from metier.training.computing.noisy_embeddings import noisy_embeddings

SMOOTHING = 0.15


def module_of(folder: Path, **how: Any) -> Any:
    torch.manual_seed(0)
    return load_module(locate(str(folder), folder=Path()), CPU, **how).requires_grad_(True)


def trained(module: Any) -> Any:
    """In training mode without dropout."""
    module.train()
    for item in module.modules():
        if isinstance(item, torch.nn.Dropout):
            item.p = 0.0  # attention looks at the number, not at the mode
    return module


def gradients(module: Any, value: Any) -> dict[str, Any]:
    module.zero_grad()
    value.backward()
    return {name: p.grad.clone() for name, p in module.named_parameters() if p.grad is not None}


def equal(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.keys() == other.keys() and all(
        torch.allclose(grad, other[name], atol=1e-5 * max(1.0, float(grad.abs().max()))) for name, grad in one.items()
    )


@pytest.mark.parametrize("bias", [False, True])
def test_the_chunked_head_smooths_as_torch_does(bias: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metier.training.computing.head_loss.CHUNK_NUMBERS", 37 * 3)  # three positions at a time
    torch.manual_seed(0)
    head = torch.nn.Linear(8, 37, bias=bias)
    hidden, targets = torch.randn(10, 8, requires_grad=True), torch.randint(37, (10,))
    weights = torch.rand(10)
    each = torch.nn.functional.cross_entropy(head(hidden), targets, reduction="none", label_smoothing=SMOOTHING)
    (each * weights).sum().backward()
    expected = [hidden.grad, head.weight.grad, head.bias.grad if bias else None]
    hidden.grad = None
    head.zero_grad()
    found = head_loss(hidden, head, targets, weights, smoothing=SMOOTHING)
    assert float(found.detach()) == pytest.approx(float((each * weights).sum().detach()), rel=1e-6)
    found.backward()
    for got, right in zip([hidden.grad, head.weight.grad, head.bias.grad if bias else None], expected, strict=True):
        assert (got is None) == (right is None)
        assert got is None or torch.allclose(got, right, atol=1e-6)


def causal_by_torch(module: Any, row: Row) -> Any:
    logits = module(input_ids=torch.tensor([row.ids])).logits[0, :-1]
    wanted = torch.tensor(row.ids[1:])
    each = torch.nn.functional.cross_entropy(logits, wanted, reduction="none", label_smoothing=SMOOTHING)
    return (each * torch.tensor(row.weights[1:])).sum()


@pytest.mark.parametrize("layout", ["padded", "chain", "tree"])
def test_causal_answers_are_smoothed_in_every_layout(layout: Layout, tiny_causal: Path) -> None:
    module, objective = trained(module_of(tiny_causal)), OBJECTIVES.get("completion")
    expected = sum(causal_by_torch(module, row) for row in ROWS)
    right = gradients(module, expected)
    with use_trees(module) if layout != "padded" else nullcontext():
        found, _ = objective(module, ROWS, pad=2, device="cpu", layout=layout, smoothing=SMOOTHING)  # pyright: ignore[reportCallIssue]
        assert float(found.detach()) == pytest.approx(float(expected.detach()), rel=1e-5)
        assert equal(gradients(module, found), right)
        module.eval()
        validated, _ = objective(module, ROWS, pad=2, device="cpu", layout=layout, smoothing=SMOOTHING)  # pyright: ignore[reportCallIssue]
        plain, _ = objective(module, ROWS, pad=2, device="cpu", layout=layout)
    assert float(validated.detach()) == float(plain.detach())


def test_labels_of_an_encoder_are_smoothed(tiny_encoder: Path) -> None:
    module = trained(module_of(tiny_encoder, num_labels=LABELS))
    rows = [Row(id=str(n), ids=tuple(range(10, 13 + n)), label=n % LABELS) for n in range(5)]
    found, weight = OBJECTIVES.get("classification")(
        module, rows, pad=2, device="cpu", layout="padded", smoothing=SMOOTHING
    )  # pyright: ignore[reportCallIssue]  # fmt: skip
    expected = sum(
        torch.nn.functional.cross_entropy(
            module(input_ids=torch.tensor([row.ids])).logits, torch.tensor([row.label]), label_smoothing=SMOOTHING
        )
        for row in rows
    )
    assert weight == 5
    assert float(found.detach()) == pytest.approx(float(expected.detach()), rel=1e-5)


def test_each_of_several_labels_is_smoothed(tiny_encoder: Path) -> None:
    module = trained(module_of(tiny_encoder, num_labels=LABELS))
    draw = torch.Generator().manual_seed(3)
    wanted = (torch.rand(4, LABELS, generator=draw) > 0.5).float()
    rows = [Row(id=str(n), ids=tuple(range(10, 13 + n)), wanted=tuple(wanted[n].tolist())) for n in range(len(wanted))]
    objective, given = OBJECTIVES.get("labelling"), {"pad": 2, "device": "cpu", "layout": "padded"}
    found, weight = objective(module, rows, **given, smoothing=SMOOTHING)  # pyright: ignore[reportArgumentType, reportCallIssue]
    soft = wanted * (1 - SMOOTHING) + SMOOTHING / 2
    expected = sum(
        torch.nn.functional.binary_cross_entropy_with_logits(
            module(input_ids=torch.tensor([row.ids])).logits[0], soft[n], reduction="sum"
        )
        for n, row in enumerate(rows)
    )
    assert weight == 4
    assert float(found.detach()) == pytest.approx(float(expected.detach()), rel=1e-5)
    module.eval()
    validated, _ = objective(module, rows, **given, smoothing=SMOOTHING)  # pyright: ignore[reportArgumentType, reportCallIssue]
    plain, _ = objective(module, rows, **given)  # pyright: ignore[reportArgumentType]
    assert float(validated.detach()) == float(plain.detach())


@pytest.mark.parametrize("kind", ["t5", "bart"])
def test_what_a_decoder_writes_is_smoothed(kind: str, tiny_seq2seq: Path, tmp_path: Path) -> None:
    module = trained(module_of(tiny_seq2seq if kind == "t5" else write_bart(tmp_path)))
    rows = [Row(id=str(n), ids=tuple(range(40, 42 + n)), weights=(1.0,) * (2 + n), source=(50, 51)) for n in range(3)]
    found, _ = OBJECTIVES.get("sequence")(module, rows, pad=0, device="cpu", layout="padded", smoothing=SMOOTHING)  # pyright: ignore[reportCallIssue]
    expected = torch.zeros(())
    for row in rows:
        read = torch.tensor([[module.config.decoder_start_token_id, *row.ids[:-1]]])
        logits = module(input_ids=torch.tensor([row.source]), decoder_input_ids=read).logits[0]
        expected = expected + torch.nn.functional.cross_entropy(
            logits, torch.tensor(row.ids), reduction="sum", label_smoothing=SMOOTHING
        )
    assert float(found.detach()) == pytest.approx(float(expected.detach()), rel=1e-5)


def noise_of(module: Any, **inputs: Any) -> list[Any]:
    """What is added to the embeddings in a forward pass, call by call."""
    reader = module.get_encoder() if module.config.is_encoder_decoder else module
    embedding, seen = reader.get_input_embeddings(), list[Any]()
    plain: list[Any] = []
    first = embedding.register_forward_hook(lambda _m, _a, output: plain.append(output.detach().clone()))
    with noisy_embeddings(module, 5.0):
        last = embedding.register_forward_hook(lambda _m, _a, output: seen.append(output.detach().clone()))
        module(**inputs)
    first.remove()
    last.remove()
    return [noisy - before for noisy, before in zip(seen, plain, strict=True)]


def test_noise_is_uniform_within_the_papers_bound_for_each_rows_own_length(tiny_encoder: Path) -> None:
    module = trained(module_of(tiny_encoder))
    ids = torch.randint(10, 200, (2, 40))
    mask = torch.tensor([[1] * 40, [1] * 10 + [0] * 30])
    (noise,) = noise_of(module, input_ids=ids, attention_mask=mask)
    width = noise.shape[-1]
    for row, length in ((0, 40), (1, 10)):
        bound = 5.0 / (length * width) ** 0.5
        assert float(noise[row].abs().max()) <= bound * 1.0001
        assert float(noise[row].abs().mean()) == pytest.approx(bound / 2, rel=0.1)
    assert torch.equal(noise_of(module.eval(), input_ids=ids, attention_mask=mask)[0], torch.zeros_like(noise))


def test_packed_rows_have_noise_of_their_own_length(tiny_causal: Path) -> None:
    module = trained(module_of(tiny_causal))
    forest = plant([[5, 6, 7], [5, 6, 7, *range(20, 60)]], min_shared=None)
    with use_trees(module), attending(forest, "cpu"):
        (noise,) = noise_of(
            module, input_ids=torch.tensor([forest.ids]), position_ids=torch.tensor([forest.positions]), use_cache=False
        )
    short, long = 5.0 / (3 * noise.shape[-1]) ** 0.5, 5.0 / (43 * noise.shape[-1]) ** 0.5
    assert long < float(noise[0, :3].abs().max()) <= short * 1.0001
    assert float(noise[0, 3:].abs().max()) <= long * 1.0001


def test_an_encoder_decoder_is_noisy_before_its_encoder_alone(tiny_seq2seq: Path) -> None:
    module = trained(module_of(tiny_seq2seq))
    ids = torch.tensor([[40, 41, 42]])
    before = module.get_decoder().get_input_embeddings()
    written: list[Any] = []
    hook = before.register_forward_hook(lambda _m, _a, output: written.append(output.detach().clone()))
    first, *rest = noise_of(module, input_ids=ids, attention_mask=torch.ones_like(ids), decoder_input_ids=ids)
    hook.remove()
    assert float(first.abs().max()) > 0
    assert all(float(other.abs().max()) == 0 for other in rest)
    assert torch.equal(written[-1], before(ids))


def test_a_training_with_noise_differs_is_packed_without_sharing_and_leaves_no_hook(
    tiny_causal: Path, tmp_path: Path
) -> None:
    plain = Training(tiny_causal, tmp_path / "plain")
    noisy = Training(tiny_causal, tmp_path / "noisy")
    again = Training(tiny_causal, tmp_path / "again")
    plain.go(layout="chain")
    noisy.go(layout="chain", neftune=5.0)
    again.go(layout="chain", neftune=5.0)
    assert all(torch.equal(tensor, again.weights[name]) for name, tensor in noisy.weights.items())
    assert not all(torch.equal(tensor, plain.weights[name]) for name, tensor in noisy.weights.items())
    assert not noisy.module.get_base_model().get_input_embeddings()._forward_hooks
    assert not noisy.module._forward_pre_hooks


def test_settings_at_odds_are_refused(tiny_causal: Path) -> None:
    source = locate(str(tiny_causal), folder=Path())

    def paths(**given: Any) -> list[str]:
        return [problem.path for problem in check_method(WeightsSettings(**given), source)]

    assert paths(label_smoothing=0.1, preference={}) == ["weights.label_smoothing"]
    assert paths(neftune=5, layout="tree") == ["weights.layout"]
    assert paths(neftune=5, label_smoothing=0.1) == []
