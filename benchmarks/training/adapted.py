"""Metier's side of a job, as its contenders begin it: the model with a fresh adapter, and the plan of its training."""

from pathlib import Path
from typing import Any, NamedTuple


class Adapted(NamedTuple):
    """The model with its adapter, where and how it computes, how it is trained, and its tokenizer."""

    module: Any
    compute: Any
    plan: Any
    tokenizer: Any


def adapted(job: Any, precision: str) -> Adapted:
    """LoRA at the job's settings on all linear layers; nothing is validated or saved on the way."""
    import torch
    from transformers import AutoTokenizer

    from metier.models import choose, load_module, locate, quick_float32
    from metier.training import METHODS, Plan, WeightsSettings
    from metier.training.estimating.fitting import quickest

    compute = choose(precision=precision)
    quick_float32()
    source = locate(job.model, folder=Path.cwd())
    tokenizer = AutoTokenizer.from_pretrained(job.model)
    settings = WeightsSettings(
        method="lora", rank=job.rank, alpha=job.alpha, epochs=1, learning_rate=job.rate, batch_size=job.batch
    )
    torch.manual_seed(job.seed)
    module = METHODS.get("lora").prepare(load_module(source, compute), settings, source.profile)
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
        pad=tokenizer.pad_token_id,
        facts={},
    )
    return Adapted(module, compute, plan, tokenizer)
