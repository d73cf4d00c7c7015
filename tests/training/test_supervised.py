"""The loop, on tiny models: the same result whatever the micro-batch, and bit for bit after a kill."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import CPU

from metier.core import Silent, TrainingError
from metier.models import load_module, locate
from metier.training import METHODS, OBJECTIVES, Plan, Row, WeightsSettings, resolved, train
from metier.training import supervised as loop
from metier.training.stepping import saving
from metier.training.stepping.checkpoints import trainable

PLAN = Plan(
    learning_rate=1e-2, epochs=3, batch_size=4, warmup=0.1, weight_decay=0.01, clip=1.0, patience=0,
    checkpoint_seconds=0.0,
    tokens_per_micro_batch=4096, seed=7, pad=2, facts={"k": 1},
)  # fmt: skip
ROWS = [
    Row(id=f"r{i}", ids=tuple(10 + (i * 7 + j) % 50 for j in range(4 + n)), weights=(0.0,) * 4 + (1.0,) * n)
    for i, n in enumerate([2, 3, 4, 5, 6] * 2)
]


def lora(folder: Path, *, dropout: float = 0.1) -> Any:
    import torch

    source = locate(str(folder), folder=Path())
    torch.manual_seed(0)
    settings = resolved(WeightsSettings(rank=4, dropout=dropout), "causal")
    return METHODS.get("lora").prepare(load_module(source, CPU), settings, source.profile)


def run(module: Any, plan: Plan, folder: Path, *, validation: list[Row] = ROWS[:3], rows: list[Row] = ROWS) -> Any:
    objective = OBJECTIVES.get("completion")
    return train(module, objective, rows, validation, plan, compute=CPU, folder=folder, reporter=Silent())


def test_it_learns(tiny_causal: Path, tmp_path: Path) -> None:
    trained = run(lora(tiny_causal), replace(PLAN, epochs=20), tmp_path)
    assert trained.curve.losses[-1] < 0.9 * trained.curve.losses[0]
    assert trained.steps == 60


@pytest.mark.parametrize("tokens", [1, 20, 4096])
def test_micro_batches_do_not_change_the_result(tiny_causal: Path, tmp_path: Path, tokens: int) -> None:
    import torch

    one, other = lora(tiny_causal, dropout=0), lora(tiny_causal, dropout=0)
    run(one, PLAN, tmp_path / "a")
    run(other, replace(PLAN, tokens_per_micro_batch=tokens), tmp_path / "b")
    for name, tensor in trainable(one).items():
        assert torch.allclose(tensor, trainable(other)[name], atol=2e-5), name


def test_the_loss_is_the_mean_over_trained_tokens(tiny_causal: Path) -> None:
    """Against the definition: one row at a time through the whole logits."""
    import torch

    module = lora(tiny_causal).eval()
    summed, weights = OBJECTIVES.get("completion")(module, ROWS, pad=2, device="cpu", layout="padded")
    expected, count = 0.0, 0
    for row in ROWS:
        logits = module(input_ids=torch.tensor([row.ids])).logits[0].double().log_softmax(-1)
        for position, (token, weight) in enumerate(zip(row.ids, row.weights, strict=True)):
            if weight:
                expected -= logits[position - 1, token].item()
                count += 1
    assert weights == count
    assert summed.item() == pytest.approx(expected, rel=1e-5)


def test_weights_of_messages_scale_their_loss(tiny_causal: Path) -> None:
    module = lora(tiny_causal).eval()
    objective = OBJECTIVES.get("completion")
    row = ROWS[0]
    half = replace(row, weights=tuple(w / 2 for w in row.weights))
    assert objective(module, [half], pad=2, device="cpu", layout="padded")[0].item() == pytest.approx(
        objective(module, [row], pad=2, device="cpu", layout="padded")[0].item() / 2, rel=1e-6
    )


@pytest.mark.parametrize("kill_at", [1, 4, 7, 8])
def test_a_killed_training_ends_with_the_same_weights(
    tiny_causal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kill_at: int
) -> None:
    import torch

    monkeypatch.setattr(saving, "CHECKPOINT_SHARE", 1e9)
    whole = lora(tiny_causal)
    expected = run(whole, PLAN, tmp_path / "whole")

    plain_step = loop._Run.step

    def dying(self: Any, rows: Any, total: int) -> float:
        if self.progress.step == kill_at:
            raise KeyboardInterrupt
        return plain_step(self, rows, total)

    monkeypatch.setattr(loop._Run, "step", dying)
    with pytest.raises(KeyboardInterrupt):
        run(lora(tiny_causal), PLAN, tmp_path / "killed")
    monkeypatch.setattr(loop._Run, "step", plain_step)
    continued = lora(tiny_causal)
    trained = run(continued, PLAN, tmp_path / "killed")
    assert all(torch.equal(tensor, trainable(continued)[name]) for name, tensor in trainable(whole).items())
    assert trained.curve == expected.curve


def test_a_damaged_checkpoint_is_passed_over(
    tiny_causal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "CHECKPOINT_SHARE", 1e9)
    expected = run(lora(tiny_causal), PLAN, tmp_path)
    newest = sorted(tmp_path.glob("*/step-*"))[-1]
    (newest / "weights.safetensors").write_bytes(b"rubbish")
    reporter = Silent()
    again = train(
        lora(tiny_causal), OBJECTIVES.get("completion"), ROWS, ROWS[:3], PLAN,
        compute=CPU, folder=tmp_path, reporter=reporter,
    )  # fmt: skip
    assert again.curve == expected.curve
    said = [event["text"] for event in reporter.events if event["kind"] in ("say", "warn")]
    assert any("has other content than was written" in text for text in said)
    assert any("continuing training at step 8" in text for text in said)


def test_early_stopping_keeps_the_best(tiny_causal: Path, tmp_path: Path) -> None:
    held_out = [Row(id="v", ids=(90, 91, 92, 93), weights=(0.0, 0.0, 1.0, 1.0))]
    trained = run(lora(tiny_causal), replace(PLAN, epochs=100, patience=2), tmp_path, validation=held_out)
    losses = trained.curve.validation_losses
    assert trained.steps < 300
    assert trained.curve.best_step == trained.curve.validation_steps[losses.index(min(losses))]
    assert len(losses) == losses.index(min(losses)) + 3


def test_nothing_to_learn_from_is_an_error(tiny_causal: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="nothing to learn from"):
        run(lora(tiny_causal), PLAN, tmp_path, rows=[])


def test_weights_that_never_move_are_an_error(tiny_causal: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no weight has changed"):
        run(lora(tiny_causal), replace(PLAN, learning_rate=0.0, weight_decay=0.0), tmp_path)
