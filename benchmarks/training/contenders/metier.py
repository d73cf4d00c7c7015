"""Metier's own engine through its public API, as an approach of a recipe calls it."""

from pathlib import Path
from typing import Any

SETTINGS: dict[str, dict[str, Any]] = {"auto": {"precision": "auto"}, "float32": {"precision": "float32"}}
BEST = ("auto", "float32")


def run(job: Any, meter: Any) -> None:
    import torch
    from adapted import adapted

    from metier.core import Silent
    from metier.training import OBJECTIVES, Row, train

    module, compute, plan, _ = adapted(job, **SETTINGS[job.setting])
    rows = [
        Row(
            id=str(i),
            ids=tuple(row["ids"]),
            weights=tuple(float(label != -100) for label in job.labels(row)),
        )
        for i, row in enumerate(job.rows())
    ]
    objective = OBJECTIVES.get("completion")

    def counted(trained: Any, *arguments: Any, **named: Any) -> Any:
        loss, weight = objective(trained, *arguments, **named)
        if trained is module and torch.is_grad_enabled():  # not the small twin of the self-test
            meter.batch(round(float(weight)), float(loss.detach()))
        return loss, weight

    train(module, counted, rows, [], plan, compute=compute, folder=Path(job.scratch), reporter=Silent())
