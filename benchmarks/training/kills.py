"""Kill a training at random moments and continue it: ``python benchmarks/training/kills.py [--kills 100] [--seed 0]``.

A tiny Llama is trained with LoRA, dropout, shuffling, token trees, several micro-batches a step, validation, early
stopping and a checkpoint at every step, until its weights are written. First undisturbed; then, as often as asked, in a
fresh folder and a process group of its own that gets SIGKILL after a random share of the undisturbed time, is started
again and left to end. Every ending must have the same weights, byte for byte, and the same losses.

Processes are forked from one that has loaded everything, so that a start takes no seconds and moments are spread over
the training. ``benchmarks/kills.py`` kills the whole ``metier run`` with the bundled models.
"""

import argparse
import hashlib
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"  # a forked process must not inherit a pool of threads

from metier.core import Silent
from metier.core.artifacts import check_manifest, hash_value, staged_folder, sweep, write_json
from metier.models import Compute, load_module, locate
from metier.models.slicing.tiny import write_tiny
from metier.training import METHODS, OBJECTIVES, Plan, Row, WeightsSettings, resolved, train
from metier.training.stepping import saving

COMPUTE = Compute("cpu", "float32", "cpu in float32")
STEM = tuple(range(10, 40))
ROWS = [
    Row(id=f"r{i}", ids=ids, weights=(0.0,) * (len(ids) - 4) + (1.0,) * 4)
    for i, ids in enumerate(
        (*STEM[: 10 + i % 3 * 10], *(40 + (i * 7 + j) % 150 for j in range(6 + i % 7))) for i in range(48)
    )
]
PLAN = Plan(
    learning_rate=5e-3, epochs=4, batch_size=8, warmup=0.1, weight_decay=0.01, clip=1.0, patience=3,
    checkpoint_seconds=0.0, tokens_per_micro_batch=64, order="shuffled", seed=7, pad=2, facts={"benchmark": "kills"},
)  # fmt: skip


def work(model: Path, folder: Path) -> None:
    """What a run does for one approach: tidy up, train or go on, write the weights."""
    import torch

    saving.CHECKPOINT_SHARE = 1e9  # at every step, however long saving takes
    sweep(folder)
    source = locate(str(model), folder=Path())
    torch.manual_seed(0)
    settings = resolved(WeightsSettings(rank=4, dropout=0.1), "causal")
    module = METHODS.get("lora").prepare(load_module(source, COMPUTE), settings, source.profile)
    objective, checkpoints = OBJECTIVES.get("completion"), folder / "checkpoints"
    done = train(module, objective, ROWS, ROWS[:6], PLAN, compute=COMPUTE, folder=checkpoints, reporter=Silent())
    with staged_folder(folder / "weights") as stage:
        module.save_pretrained(stage)
        write_json(stage / "curve.json", done.curve)


def forked(work: Callable[[], Any]) -> int:
    """A process, in a group of its own, that does ``work``; its id."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.setsid()
        work()
        code = 0
    finally:
        os._exit(code)


def finish(pid: int) -> None:
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
        sys.exit("a training that nobody killed has failed")


def kill(pid: int) -> bool:
    """SIGKILL to the whole group; False where it had ended by itself."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:  # not yet a group, or ended and not yet waited for
        os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


def ending(folder: Path) -> str:
    """One hash over weights and losses; the weights must be whole."""
    if damage := check_manifest(folder / "weights"):
        sys.exit(f"DAMAGED: {damage}")
    names = ("adapter_model.safetensors", "curve.json")
    return hash_value([hashlib.sha256((folder / "weights" / name).read_bytes()).hexdigest() for name in names])


def found(folder: Path) -> str:
    """What a kill left."""
    if any(folder.rglob("*.part")):
        return "while a checkpoint or the weights were being written"
    if (folder / "weights").exists():
        return "after the weights were written"
    return "between two checkpoints" if any(folder.glob("checkpoints/*/step-*")) else "before the first checkpoint"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    draw = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as temporary:
        model = write_tiny(Path(temporary) / "model")
        undisturbed = Path(temporary) / "undisturbed"
        finish(forked(lambda: work(model, Path(temporary) / "warm")))
        started = time.monotonic()
        finish(forked(lambda: work(model, undisturbed)))
        whole, expected = time.monotonic() - started, ending(undisturbed)
        moments: Counter[str] = Counter()
        same = 0
        while moments.total() < arguments.kills:
            with tempfile.TemporaryDirectory(dir=temporary) as name:
                folder = Path(name)
                pid = forked(lambda folder=folder: work(model, folder))
                time.sleep(draw.uniform(0, whole))
                if not kill(pid):
                    continue
                moments[found(folder)] += 1
                finish(forked(lambda folder=folder: work(model, folder)))
                same += ending(folder) == expected
                if moments.total() % 10 == 0:
                    print(f"  {moments.total()} kills, {same} the same", flush=True)
        for moment, count in moments.most_common():
            print(f"  {count:4} {moment}")
        print(f"{arguments.kills} kills, {same} endings with the same weights and losses, byte for byte")
        sys.exit(same != arguments.kills)


if __name__ == "__main__":
    main()
