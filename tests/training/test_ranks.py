"""Two processes end where one does, and take up where one stopped."""

import os
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import CPU
from tests.training.test_supervised import PLAN, lora, run

from metier.models import load_module, locate
from metier.training import supervised as loop
from metier.training.stepping import saving
from metier.training.stepping.checkpoints import trainable


def work(rank: int, size: int, port: int, model: Path, folder: Path, changes: dict[str, Any], full: bool) -> None:
    """One process of a training; the first one leaves the weights."""
    from safetensors.torch import save_file

    os.environ |= {"RANK": str(rank), "WORLD_SIZE": str(size), "LOCAL_RANK": str(rank), "LOCAL_WORLD_SIZE": str(size)}
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    module = whole_model(model) if full else lora(model, dropout=0)
    run(module, replace(PLAN, **changes), folder / "checkpoints")
    if changes.get("split"):
        held = sum(parameter.to_local().numel() for parameter in module.parameters())
        assert held < 0.6 * sum(parameter.numel() for parameter in module.parameters())
    weights = trainable(module)
    if rank == 0:
        save_file(weights, folder / "weights.safetensors")
    import torch

    torch.distributed.destroy_process_group()


def whole_model(model: Path) -> Any:
    """Every weight is trained."""
    return load_module(locate(str(model), folder=Path()), CPU)


def two_processes(model: Path, folder: Path, *, full: bool = False, **changes: Any) -> dict[str, Any]:
    import torch.multiprocessing as processes
    from safetensors.torch import load_file

    folder.mkdir(exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    processes.spawn(work, args=(2, port, model, folder, changes, full), nprocs=2)
    return load_file(folder / "weights.safetensors")


@pytest.mark.slow
@pytest.mark.parametrize("tokens", [1, 4096])  # several micro-batches a step; one, so that a process has nothing to do
def test_two_processes_end_where_one_does(tiny_causal: Path, tmp_path: Path, tokens: int) -> None:
    import torch

    one = lora(tiny_causal, dropout=0)
    run(one, PLAN, tmp_path / "one")
    two = two_processes(tiny_causal, tmp_path / "two", tokens_per_micro_batch=tokens)
    for name, tensor in trainable(one).items():
        assert torch.allclose(tensor, two[name], atol=2e-5), name


@pytest.mark.slow
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("tokens", [1, 4096])
def test_a_model_split_over_two_processes_ends_where_a_whole_one_does(
    tiny_causal: Path, tmp_path: Path, tokens: int, full: bool
) -> None:
    import torch

    one = whole_model(tiny_causal) if full else lora(tiny_causal, dropout=0)
    run(one, PLAN, tmp_path / "one")
    two = two_processes(tiny_causal, tmp_path / "two", full=full, split=True, tokens_per_micro_batch=tokens)
    for name, tensor in trainable(
        one
    ).items():  # AdamW makes much of gradients near zero, which sums in another order move
        assert torch.dist(tensor, two[name]) < 1e-3 * tensor.norm(), name


@pytest.mark.slow
@pytest.mark.parametrize("split", [False, True])
def test_two_processes_take_up_what_one_left(
    tiny_causal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, split: bool
) -> None:
    import torch

    one = lora(tiny_causal, dropout=0)
    run(one, PLAN, tmp_path / "one")
    monkeypatch.setattr(saving, "CHECKPOINT_SHARE", 1e9)
    plain_step = loop._Run.step

    def dying(self: Any, rows: Any, total: int) -> float:
        if self.progress.step == 4:
            raise KeyboardInterrupt
        return plain_step(self, rows, total)

    monkeypatch.setattr(loop._Run, "step", dying)
    with pytest.raises(KeyboardInterrupt):
        run(lora(tiny_causal, dropout=0), PLAN, tmp_path / "two" / "checkpoints")
    assert list(tmp_path.glob("two/checkpoints/*/step-00000004"))
    two = two_processes(tiny_causal, tmp_path / "two", split=split)
    for name, tensor in trainable(one).items():
        assert torch.allclose(tensor, two[name], atol=2e-5), name
