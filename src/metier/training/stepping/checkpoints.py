"""Checkpoints that survive a kill: staged, hashed, synced, renamed; the newest valid one is taken.

``checkpoints/KEY/step-00000120/`` holds ``weights.safetensors`` (what is trained), ``optimizer.safetensors``,
``best.safetensors`` (the best weights so far) and ``state.json``; ``KEY`` stands for everything that the training
depends on. No pickle anywhere, and no random state: everything random follows from the seed and the step's number.

Decided here: a training whose settings or data have changed is never gone on with by itself, and never thrown away by
itself either. It is kept, with what has changed said aloud, until the new one has finished; ``force`` takes it up.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from metier.core import IntegrityError, Reporter, TrainingError, duration, say, warn
from metier.core.artifacts import check_manifest, hash_value, plain, read_json, remove_folder, staged_folder, write_json
from metier.training.stepping.splitting import part_of, whole

LAYOUT = 1
"""Raise when what a checkpoint holds changes: older ones are then passed over, said aloud."""
_KEPT = 2  # the newest, and one before it should the newest prove damaged
_KEY_LETTERS = 12
_HASH = re.compile(r"[0-9a-f]{64}")


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
        max_tokens: tokens of a micro-batch, once memory ran out; 0: as the plan says.
        notes: what the record should say about this training, in sentences.
        carried: rows that were prepared for several steps, as JSON; empty where each step prepares its own.
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
    max_tokens: int = 0
    notes: list[str] = field(default_factory=list[str])
    carried: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


class _Stored(NamedTuple):
    """A checkpoint on the disk, with the content of its ``state.json``."""

    folder: Path
    facts: dict[str, Any]
    progress: Progress


class Checkpoints:
    """The checkpoints of one training. Whoever saves or loads holds the folder's lock (:mod:`metier.core.locking`).

    Args:
        folder: where they live; may hold those of other trainings too.
        facts: everything that training depends on, by the name that a user knows it by; JSON-ready.
        reporter: told when a checkpoint is taken up, found damaged, or one of another training.
        force: take up a training whose facts have changed.
        writes: whether this process writes; another one of a split training gives its parts alone.
    """

    def __init__(
        self, folder: Path, *, facts: Mapping[str, Any], reporter: Reporter, force: bool = False, writes: bool = True
    ) -> None:
        self._all, self._reporter, self._force, self._writes = folder, reporter, force, writes
        self._facts: dict[str, Any] = plain(facts)
        self.folder = folder / hash_value(self._facts)[:_KEY_LETTERS]
        self._whole: list[Path] = []  # written or checked by us, oldest first

    def save(self, progress: Progress, module: Any, optimizer: Any, best: dict[str, Any]) -> None:
        """Write a checkpoint. Then all go but it and the newest other one that is known to be whole.

        Raises:
            OSError: the disk is full, or fails; what was there before is still there.
        """
        from safetensors.torch import save_file

        weights, moments = _trained(module), _optimizer_tensors(module, optimizer)
        if not self._writes:
            return
        target = self.folder / f"step-{progress.step:08d}"
        with disk_errors(), staged_folder(target) as stage:
            save_file(weights, stage / "weights.safetensors")
            save_file(moments, stage / "optimizer.safetensors")
            if best:
                save_file(best, stage / "best.safetensors")
            state = {item: getattr(progress, item) for item in progress.__dataclass_fields__}
            write_json(stage / "state.json", {"layout": LAYOUT, "facts": self._facts, "progress": state})
        self._whole = [*(path for path in self._whole if path != target), target][-_KEPT:]
        for old in _steps(self.folder):
            if old not in self._whole:
                remove_folder(old)

    def load(self, module: Any, optimizer: Any) -> tuple[Progress, dict[str, Any]] | None:
        """Put the newest valid checkpoint into ``module`` and ``optimizer``.

        Returns:
            its progress and the best weights so far; None where there is nothing to go on with.

        Raises:
            TrainingError: ``force`` is set, and the other training's weights have other names or shapes.
        """
        stored = self._newest(self.folder)
        if stored is not None:
            self._whole = [stored.folder]
            best = self._take(stored, module, optimizer)
            say(self._reporter, f"  continuing training at step {stored.progress.step}")
            return stored.progress, best
        other = self._other()
        if other is None:
            return None
        changed = _changes(other.facts, self._facts)
        spent = f"{duration(other.progress.seconds)} of training (step {other.progress.step})"
        if not self._force:
            warn(
                self._reporter,
                f"Since {spent} there has changed: {changed}. Training starts anew. What was trained is kept until "
                "this has finished: undo the change, or run with --force, to go on with it.",
            )
            return None
        self._take(other, module, optimizer)
        note = f"Goes on, by --force, from {spent} done with other inputs: {changed}."
        warn(self._reporter, note)
        return _under_new_facts(other.progress, note), {}

    def _take(self, stored: _Stored, module: Any, optimizer: Any) -> dict[str, Any]:
        from safetensors.torch import load_file

        weights = load_file(stored.folder / "weights.safetensors")
        own = {name: tuple(p.shape) for name, p in module.named_parameters() if p.requires_grad}
        if own != {name: tuple(tensor.shape) for name, tensor in weights.items()}:
            raise TrainingError(
                "The checkpoint cannot be gone on with: its weights have other names or shapes "
                f"({_changes(stored.facts, self._facts)}). Run without --force to start anew."
            )
        put(module, weights)
        _put_optimizer(module, optimizer, load_file(stored.folder / "optimizer.safetensors"))
        best = stored.folder / "best.safetensors"
        return load_file(best) if best.is_file() else {}

    def _newest(self, folder: Path) -> _Stored | None:
        """The newest valid checkpoint below ``folder``; damaged ones are told and passed over."""
        for path in reversed(_steps(folder)):
            damage = check_manifest(path)
            if damage is None:
                try:
                    state = read_json(path / "state.json")
                    if state["layout"] == LAYOUT:
                        return _Stored(path, state["facts"], Progress(**state["progress"]))
                    damage = f"{path.name} was written by another version of Metier"
                except (OSError, IntegrityError, KeyError, TypeError):
                    damage = f"{path.name}/state.json is damaged"
            warn(self._reporter, f"A damaged checkpoint is passed over: {damage}.")
        return None

    def _other(self) -> _Stored | None:
        """The longest training of other facts; shorter ones go, or they would fill the disk."""
        folders = [path for path in self._all.glob("[!.]*") if path.is_dir() and path != self.folder]
        found = sorted(filter(None, map(self._newest, folders)), key=lambda stored: stored.progress.seconds)
        for stored in found[:-1]:
            for path in _steps(stored.folder.parent):
                remove_folder(path)
            with suppress(OSError):
                stored.folder.parent.rmdir()
        return found[-1] if found else None


@contextmanager
def disk_errors() -> Generator[None]:
    """Turn what safetensors raises where the disk is full into the ``OSError`` that it is."""
    from safetensors import SafetensorError

    try:
        yield
    except SafetensorError as error:
        code = re.search(r"\(os error (\d+)\)", str(error))
        raise OSError(int(code[1]) if code else errno.EIO, str(error)) from error


def _steps(folder: Path) -> list[Path]:
    return sorted(folder.glob("step-*"))


def _under_new_facts(progress: Progress, note: str) -> Progress:
    """Steps, time and training curve go on; what was measured on validation may be about other rows."""
    return Progress(
        step=progress.step,
        curve_steps=progress.curve_steps,
        curve_losses=progress.curve_losses,
        seconds=progress.seconds,
        max_tokens=progress.max_tokens,
        notes=[*progress.notes, note],
    )


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """What differs, as a person names it.

    >>> _changes({"rank": 8, "rows": 3, "epochs": 1}, {"rank": 16, "rows": 3, "epochs": 2})
    'rank 8 → 16, epochs 1 → 2'
    """
    names = [name for name in {**after, **before} if before.get(name) != after.get(name)]
    return ", ".join(_change(name, before.get(name), after.get(name)) for name in names)


def _change(name: str, before: Any, after: Any) -> str:
    hashes = all(isinstance(value, str) and _HASH.fullmatch(value) for value in (before, after))
    return name if hashes else f"{name} {before} → {after}"


def _trained(module: Any) -> dict[str, Any]:
    """Every parameter that requires gradients, by name; on a CPU without a copy."""
    return {name: whole(p.detach()).cpu().contiguous() for name, p in module.named_parameters() if p.requires_grad}


def trainable(module: Any) -> dict[str, Any]:
    """A copy on the CPU of every parameter that requires gradients, by name."""
    own = {name: p.detach() for name, p in module.named_parameters() if p.requires_grad}
    return {name: whole(parameter).cpu().clone().contiguous() for name, parameter in own.items()}


def put(module: Any, tensors: dict[str, Any]) -> None:
    """Write tensors into the parameters of the same names."""
    import torch

    own = dict(module.named_parameters())
    with torch.no_grad():
        for name, tensor in tensors.items():
            own[name].copy_(part_of(tensor, own[name]))


def _optimizer_tensors(module: Any, optimizer: Any) -> dict[str, Any]:
    """AdamW's two moments and step of each parameter, as ``NAME:moment``."""
    names = {p: name for name, p in module.named_parameters() if p.requires_grad}
    return {
        f"{names[p]}:{moment}": whole(value.detach()).cpu().contiguous()
        for p, state in optimizer.state.items()
        for moment, value in state.items()
    }


def _put_optimizer(module: Any, optimizer: Any, tensors: dict[str, Any]) -> None:
    own = dict(module.named_parameters())
    for key, value in tensors.items():
        name, _, moment = key.rpartition(":")
        parameter = own[name]
        # AdamW keeps its step count on the CPU, its moments beside the parameter.
        beside = value if moment == "step" else part_of(value, parameter).to(parameter.device)
        optimizer.state[parameter][moment] = beside
