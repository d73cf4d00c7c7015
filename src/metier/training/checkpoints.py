"""Checkpoints that survive a kill: staged, hashed, synced, renamed; the newest valid one is taken.

``checkpoints/step-00000120/`` holds ``weights.safetensors`` (what is trained), ``optimizer.safetensors``,
``best.safetensors`` (the best weights so far) and ``state.json``. No pickle anywhere.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from metier.core import IntegrityError, Reporter, warn
from metier.core.artifacts import check_manifest, read_json, staged_folder, write_json

_KEPT = 2  # the newest, and one before it should the newest prove damaged


@dataclass(slots=True, kw_only=True)
class Progress:
    """Where training stands, beyond tensors. JSON-ready.

    Attributes:
        step: optimiser steps done.
        curve_steps, curve_losses: the training loss so far.
        validation_steps, validation_losses: the validation loss so far.
        best_step: the step with the lowest validation loss.
        pending_loss, pending_weight: loss summed since the last point of the curve.
        seconds: training time so far, in seconds, over all continuations.
        stopped: True once early stopping has ended training.
    """

    step: int = 0
    curve_steps: list[int] = field(default_factory=list[int])
    curve_losses: list[float] = field(default_factory=list[float])
    validation_steps: list[int] = field(default_factory=list[int])
    validation_losses: list[float] = field(default_factory=list[float])
    best_step: int = 0
    pending_loss: float = 0.0
    pending_weight: float = 0.0
    seconds: float = 0.0
    stopped: bool = False


class Checkpoints:
    """The checkpoints of one training.

    Args:
        folder: where they live.
        key: hash of everything that training depends on; checkpoints of another key are not used.
        reporter: told when a checkpoint is taken up or found damaged.
    """

    def __init__(self, folder: Path, *, key: str, reporter: Reporter) -> None:
        self.folder, self.key, self._reporter = folder, key, reporter

    def save(self, progress: Progress, module: Any, optimizer: Any, best: dict[str, Any]) -> None:
        """Write a checkpoint; afterwards all but the newest two are removed."""
        from safetensors.torch import save_file

        with staged_folder(self.folder / f"step-{progress.step:08d}") as stage:
            save_file(trainable(module), stage / "weights.safetensors")
            save_file(_optimizer_tensors(module, optimizer), stage / "optimizer.safetensors")
            if best:
                save_file(best, stage / "best.safetensors")
            state = {item: getattr(progress, item) for item in progress.__dataclass_fields__}
            write_json(stage / "state.json", {"key": self.key, "progress": state})
        for old in self._found()[:-_KEPT]:
            shutil.rmtree(old, ignore_errors=True)

    def load(self, module: Any, optimizer: Any) -> tuple[Progress, dict[str, Any]] | None:
        """Put the newest valid checkpoint into ``module`` and ``optimizer``.

        Returns:
            its progress and the best weights so far; None where there is nothing to continue.
        """
        from safetensors.torch import load_file

        for folder in reversed(self._found()):
            damage = check_manifest(folder)
            if damage:
                warn(self._reporter, f"A damaged checkpoint is passed over: {damage}.")
                continue
            try:
                state = read_json(folder / "state.json")
            except IntegrityError:
                continue
            if state["key"] != self.key:
                shutil.rmtree(folder, ignore_errors=True)  # with a higher step it would count as newer than ours
                continue
            put(module, load_file(folder / "weights.safetensors"))
            _put_optimizer(module, optimizer, load_file(folder / "optimizer.safetensors"))
            best = folder / "best.safetensors"
            return Progress(**state["progress"]), load_file(best) if best.is_file() else {}
        return None

    def clear(self) -> None:
        """Remove all checkpoints."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _found(self) -> list[Path]:
        return sorted(self.folder.glob("step-*")) if self.folder.is_dir() else []


def trainable(module: Any) -> dict[str, Any]:
    """A copy on the CPU of every parameter that requires gradients, by name."""
    return {name: p.detach().cpu().clone().contiguous() for name, p in module.named_parameters() if p.requires_grad}


def put(module: Any, tensors: dict[str, Any]) -> None:
    """Write tensors into the parameters of the same names."""
    import torch

    own = dict(module.named_parameters())
    with torch.no_grad():
        for name, tensor in tensors.items():
            own[name].copy_(tensor)


def _optimizer_tensors(module: Any, optimizer: Any) -> dict[str, Any]:
    """AdamW's two moments and step of each parameter, as ``NAME:moment``."""
    names = {p: name for name, p in module.named_parameters() if p.requires_grad}
    return {
        f"{names[p]}:{moment}": value.detach().cpu().clone()
        for p, state in optimizer.state.items()
        for moment, value in state.items()
    }


def _put_optimizer(module: Any, optimizer: Any, tensors: dict[str, Any]) -> None:
    own = dict(module.named_parameters())
    for key, value in tensors.items():
        name, _, moment = key.rpartition(":")
        parameter = own[name]
        # AdamW keeps its step count on the CPU, its moments beside the parameter.
        optimizer.state[parameter][moment] = value if moment == "step" else value.to(parameter.device)
