"""A training of milliseconds, with all that makes continuing hard: dropout, shuffling, micro-batches, validation."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.conftest import CPU

from metier.core import Silent
from metier.models import load_module, locate
from metier.training import METHODS, OBJECTIVES, Plan, Row, Trained, WeightsSettings, resolved, train
from metier.training.stepping.checkpoints import trainable

PLAN = Plan(
    learning_rate=1e-2, epochs=3, batch_size=4, warmup=0.1, weight_decay=0.01, clip=1.0, patience=0,
    checkpoint_seconds=0.0,
    tokens_per_micro_batch=24, seed=7, pad=2, facts={"rank": 4, "data": "0" * 64},
)  # fmt: skip
ROWS = [
    Row(id=f"r{i}", ids=tuple(10 + (i * 7 + j) % 50 for j in range(4 + n)), weights=(0.0,) * 4 + (1.0,) * n)
    for i, n in enumerate([2, 3, 4, 5, 6] * 2)
]
STEPS = 9


@dataclass
class Training:
    """One training of the tiny model in a folder, with everything that was said."""

    model: Path
    folder: Path
    plan: Plan = PLAN
    rows: list[Row] = field(default_factory=lambda: ROWS)
    objective: Any = None
    reporter: Silent = field(default_factory=Silent)
    module: Any = None

    def go(self, **plan: Any) -> Trained:
        """Train a fresh module, or go on in ``folder``."""
        import torch

        source = locate(str(self.model), folder=Path())
        torch.manual_seed(0)
        settings = resolved(WeightsSettings(rank=self.plan.facts["rank"], dropout=0.1), "causal")
        self.module = METHODS.get("lora").prepare(load_module(source, CPU), settings, source.profile)
        return train(
            self.module,
            self.objective or OBJECTIVES.get("completion"),
            self.rows,
            self.rows[:3],
            replace(self.plan, **plan),
            compute=CPU,
            folder=self.folder,
            reporter=self.reporter,
        )

    @property
    def said(self) -> str:
        """All sentences so far."""
        return "\n".join(event["text"] for event in self.reporter.events if event["kind"] in ("say", "warn"))

    @property
    def weights(self) -> dict[str, Any]:
        """What was trained."""
        return trainable(self.module)

    @property
    def steps(self) -> list[int]:
        """Steps of the checkpoints that are there."""
        return sorted(int(path.name[-8:]) for path in self.folder.glob("*/step-*"))


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Bit for bit."""
    import torch

    return one.keys() == other.keys() and all(torch.equal(tensor, other[name]) for name, tensor in one.items())


def failing(at: int, error: BaseException) -> Any:
    """The completion objective, which raises ``error`` at its ``at``-th call (from 1), once."""
    plain, calls = OBJECTIVES.get("completion"), 0

    def loss(module: Any, rows: Any, **how: Any) -> Any:
        nonlocal calls
        if not hasattr(module, "peft_config"):  # the self-test of the layout, on a small twin
            return plain(module, rows, **how)
        calls += 1
        if calls == at:
            raise error
        return plain(module, rows, **how)

    return loss
