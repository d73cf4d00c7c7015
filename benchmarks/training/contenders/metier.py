"""Metier's own engine through its public API, as an approach of a recipe calls it."""

from pathlib import Path
from typing import Any

SETTINGS: dict[str, dict[str, Any]] = {"auto": {"precision": "auto"}, "float32": {"precision": "float32"}}
BEST = ("auto", "float32")


def run(job: Any, meter: Any) -> None:
    import torch
    from transformers import AutoTokenizer

    from metier.core import Silent
    from metier.models import choose, load_module, locate, quick_float32
    from metier.training import METHODS, OBJECTIVES, Plan, Row, WeightsSettings, train
    from metier.training.fitting import quickest

    compute = choose(**SETTINGS[job.setting])
    quick_float32()
    source = locate(job.model, folder=Path.cwd())
    settings = WeightsSettings(
        method="lora", rank=job.rank, alpha=job.alpha, epochs=1, learning_rate=job.rate, batch_size=job.batch
    )
    torch.manual_seed(job.seed)
    module = METHODS.get("lora").prepare(load_module(source, compute), settings, source.profile)
    rows = [
        Row(
            id=str(i),
            ids=tuple(row["ids"]),
            weights=tuple(float(label != -100) for label in job.labels(row)),
        )
        for i, row in enumerate(job.rows())
    ]
    plan = Plan(
        learning_rate=job.rate,
        epochs=1,
        batch_size=job.batch,
        warmup=0.0,
        weight_decay=settings.weight_decay,
        clip=settings.clip,
        patience=0,
        checkpoint_seconds=1e9,
        tokens_per_micro_batch=quickest(compute.device),
        seed=job.seed,
        pad=AutoTokenizer.from_pretrained(job.model).pad_token_id,
        facts={},
    )
    objective = OBJECTIVES.get("completion")

    def counted(trained: Any, *arguments: Any, **named: Any) -> Any:
        loss, weight = objective(trained, *arguments, **named)
        if trained is module and torch.is_grad_enabled():  # not the small twin of the self-test
            meter.batch(round(float(weight)), float(loss.detach()))
        return loss, weight

    train(module, counted, rows, [], plan, compute=compute, folder=Path(job.scratch), reporter=Silent())
