"""Damage, full disks, changed recipes, two writers: the training that was there is still there, and it is said."""

import errno
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.training.tiny_training import PLAN, STEPS, Training, failing, same

from metier.core import RunInUseError, TrainingError
from metier.core.artifacts import check_manifest, read_json, write_json
from metier.core.locking import locked
from metier.training import supervised
from metier.training.stepping import saving
from metier.training.stepping.checkpoints import LAYOUT


class Killed(BaseException):
    pass


@pytest.fixture(autouse=True)
def a_checkpoint_at_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "CHECKPOINT_SHARE", 1e9)


@pytest.fixture
def training(tiny_causal: Path, tmp_path: Path) -> Callable[..., Training]:
    return lambda name="a", **more: Training(tiny_causal, tmp_path / name, **more)


@pytest.fixture
def killed(training: Callable[..., Training]) -> Training:
    """A training that was killed in its sixth step; each step has two micro-batches."""
    begun = training(objective=failing(14, Killed()))
    with pytest.raises(Killed):
        begun.go()
    begun.objective = None
    return begun


def folder_of(killed: Training, step: int) -> Path:
    return next(killed.folder.glob(f"*/step-{step:08d}"))


def test_it_goes_on_from_the_newest(killed: Training, training: Callable[..., Training]) -> None:
    assert len(killed.steps) == 2
    newest = killed.steps[-1]
    killed.go()
    assert f"continuing training at step {newest}" in killed.said
    whole = training("whole")
    whole.go()
    assert same(whole.weights, killed.weights)


DAMAGE = {
    "bits": lambda folder: flip(folder / "weights.safetensors"),
    "bits of the optimiser": lambda folder: flip(folder / "optimizer.safetensors"),
    "cut": lambda folder: (folder / "optimizer.safetensors").write_bytes(b""),
    "missing": lambda folder: (folder / "weights.safetensors").unlink(),
    "state": lambda folder: (folder / "state.json").write_text("{}"),
    "manifest": lambda folder: (folder / "manifest.json").unlink(),
    "manifest cut": lambda folder: (folder / "manifest.json").write_text("{"),
    "empty": lambda folder: [path.unlink() for path in folder.iterdir()],
}


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_checkpoint_is_passed_over_aloud(killed: Training, damage: str) -> None:
    older, newest = killed.steps
    DAMAGE[damage](folder_of(killed, newest))
    killed.go(epochs=2)
    assert "A damaged checkpoint is passed over: step-" in killed.said
    assert f"continuing training at step {older}" in killed.said


def test_where_all_are_damaged_it_starts_anew_and_ends_the_same(
    killed: Training, training: Callable[..., Training]
) -> None:
    for step in killed.steps:
        flip(folder_of(killed, step) / "weights.safetensors")
    killed.go()
    assert killed.said.count("passed over") == 2
    assert "continuing" not in killed.said
    whole = training("whole")
    whole.go()
    assert same(whole.weights, killed.weights)


def test_another_layout_is_passed_over(killed: Training) -> None:
    for step in killed.steps:
        folder = folder_of(killed, step)
        state = read_json(folder / "state.json")
        write_json(folder / "state.json", state | {"layout": LAYOUT + 1})
        manifest = json.loads((folder / "manifest.json").read_text())
        from metier.core.artifacts import hash_file

        path = folder / "state.json"
        manifest["files"]["state.json"] = {"sha256": hash_file(path), "bytes": path.stat().st_size}
        write_json(folder / "manifest.json", manifest)
    killed.go(epochs=1)
    assert "was written by another version of Metier" in killed.said


def test_rotation_never_removes_the_last_valid_one(killed: Training) -> None:
    """A damaged newer one must not crowd out the whole ones that are written after it was passed over."""
    older, newest = killed.steps
    flip(folder_of(killed, newest) / "weights.safetensors")
    shutil.copytree(folder_of(killed, newest), folder_of(killed, newest).with_name("step-00000099"))
    killed.objective = failing(3, Killed())  # one step further, then dead again
    with pytest.raises(Killed):
        killed.go()
    assert killed.steps == [older, older + 1]
    assert all(check_manifest(folder_of(killed, step)) is None for step in killed.steps)


def test_a_full_disk_leaves_the_old_one_whole_and_training_goes_on(
    training: Callable[..., Training], monkeypatch: pytest.MonkeyPatch
) -> None:
    import safetensors.torch

    plain, calls = safetensors.torch.save_file, 0

    def full(tensors: object, path: Path) -> None:
        nonlocal calls
        calls += 1
        if calls > 8:
            Path(path).write_bytes(b"half of i")
            raise safetensors.SafetensorError("I/O error: No space left on device (os error 28)")
        plain(tensors, path)

    monkeypatch.setattr(safetensors.torch, "save_file", full)
    filling = training()
    filling.go()
    assert len(filling.steps) == 2
    newest = filling.steps[-1]
    assert (
        f"could not be written (I/O error: No space left on device (os error 28)); the last one (step {newest}) is"
        in (filling.said)
    )
    assert all(check_manifest(folder_of(filling, step)) is None for step in filling.steps)
    assert not [path for path in filling.folder.rglob(".*") if path.name != ".lock"]
    monkeypatch.undo()
    whole = training("whole")
    whole.go()
    assert same(whole.weights, filling.weights)


def test_the_error_of_a_full_disk_has_its_number() -> None:
    from safetensors import SafetensorError

    from metier.training import disk_errors

    with pytest.raises(OSError, match="No space") as caught, disk_errors():
        raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")
    assert caught.value.errno == errno.ENOSPC


def test_two_writers_are_refused(training: Callable[..., Training], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervised, "ENDING_SECONDS", 0.0)
    second = training()
    with locked(second.folder), pytest.raises(RunInUseError):
        second.go()
    second.go(epochs=1)


CHANGED = replace(PLAN, facts={"rank": 4, "data": "1" * 64, "weights.epochs": 5})


def test_a_changed_training_starts_anew_aloud_and_the_old_one_waits(
    killed: Training, training: Callable[..., Training]
) -> None:
    stood = killed.steps[-1]
    changed = training(plan=CHANGED)
    changed.go()
    assert f"of training (step {stood}) there has changed: data, weights.epochs None → 5." in changed.said
    assert "undo the change, or run with --force" in changed.said
    assert "continuing" not in changed.said
    fresh = training("fresh", plan=CHANGED)
    fresh.go()
    assert same(fresh.weights, changed.weights)
    killed.go()  # the change undone
    assert f"continuing training at step {stood}" in killed.said


def test_force_goes_on_under_the_changed_recipe_and_it_is_noted(
    killed: Training, training: Callable[..., Training]
) -> None:
    stood = killed.steps[-1]
    forced = training(plan=CHANGED)
    trained = forced.go(force=True)
    assert trained.notes[0].startswith("Goes on, by --force, from ")
    assert f"(step {stood}) done with other inputs: data, weights.epochs None → 5." in trained.notes[0]
    assert trained.steps == STEPS
    begun = [event for event in forced.reporter.events if event["kind"] == "progress"]
    assert begun[0]["done"] == stood
    again = training(plan=CHANGED)
    assert again.go().notes == trained.notes  # taken up from its own last checkpoint, the note with it


def test_force_cannot_go_on_with_weights_of_another_shape(killed: Training, training: Callable[..., Training]) -> None:
    changed = training(plan=replace(PLAN, facts={**PLAN.facts, "rank": 2}, force=True))
    with pytest.raises(TrainingError, match="other names or shapes \\(rank 4 → 2\\)"):
        changed.go()


def test_of_several_unfinished_trainings_the_longest_is_kept(
    killed: Training, training: Callable[..., Training]
) -> None:
    """Whoever tries many settings and stops each does not fill the disk."""
    for number in range(3):
        other = training(
            plan=replace(PLAN, facts={**PLAN.facts, "try": number}), objective=failing(4 + number, Killed())
        )
        with pytest.raises(Killed):
            other.go()
    folders = [path for path in killed.folder.iterdir() if path.is_dir()]
    assert len(folders) == 2
    assert killed.steps[-1] >= 4
