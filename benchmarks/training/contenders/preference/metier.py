"""Metier's DPO and GRPO through the engine's public parts, as an approach of a recipe puts them together."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

SETTINGS: dict[str, dict[str, Any]] = {"auto": {"precision": "auto"}, "float32": {"precision": "float32"}}
BEST = ("auto", "float32")


def run(job: Any, meter: Any) -> None:
    import torch
    from likeness import likeness
    from transformers import AutoTokenizer

    from metier.core import Silent
    from metier.models import Drawing, choose, load_module, locate, quick_float32
    from metier.training import (
        METHODS,
        Plan,
        PreferenceSettings,
        ReinforceSettings,
        Rollouts,
        Row,
        WeightsSettings,
        preference_objective,
        reinforcement_objective,
        train,
        with_reference,
    )
    from metier.training.fitting import quickest

    compute = choose(**SETTINGS[job.setting])
    quick_float32()
    source = locate(job.model, folder=Path.cwd())
    tokenizer = AutoTokenizer.from_pretrained(job.model)
    settings = WeightsSettings(
        method="lora", rank=job.rank, alpha=job.alpha, epochs=1, learning_rate=job.rate, batch_size=job.batch
    )
    torch.manual_seed(job.seed)
    module = METHODS.get("lora").prepare(load_module(source, compute), settings, source.profile)
    given = {str(i): row for i, row in enumerate(job.rows())}
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
        order="shuffled",
        seed=job.seed,
        pad=tokenizer.pad_token_id,
        facts={},
    )
    folder = Path(job.scratch) / "training"
    meter.begin()
    if job.paradigm == "dpo":
        objective = preference_objective(PreferenceSettings(loss="dpo", beta=job.beta))
        rows = [_pair(name, row) for name, row in given.items()]
        rows = with_reference(module, rows, objective, plan, compute=compute, reporter=Silent())
    else:
        reinforce = ReinforceSettings(loss="grpo", answers=job.answers)

        def judge(ids: Sequence[str], answers: Sequence[tuple[int, ...]]) -> list[float]:
            texts = [str(tokenizer.decode(tokens, skip_special_tokens=True)) for tokens in answers]
            # A row's answers are called like the row.
            return [likeness(text, given[name]["chosen"]) for name, text in zip(ids, texts, strict=True)]

        drawing = Drawing(max_new_tokens=job.tokens, pad=plan.pad, stops=(tokenizer.eos_token_id,))
        tokens = plan.tokens_per_micro_batch
        rollouts = Rollouts(reinforce, drawing, judge, start=None, seed=job.seed, tokens=tokens, reporter=Silent())
        plan = replace(plan, preparation=rollouts)
        objective = reinforcement_objective(reinforce, budget=job.tokens)
        rows = [Row(id=name, ids=tuple(row["prompt_ids"])) for name, row in given.items()]
    train(module, objective, rows, [], plan, compute=compute, folder=folder, reporter=Silent())
    module.save_pretrained(Path(job.scratch) / "adapter")


def _pair(name: str, row: dict[str, Any]) -> Any:
    from metier.training import Row

    prompt = tuple(row["prompt_ids"])

    def behind(answer: list[int]) -> tuple[tuple[int, ...], tuple[float, ...]]:
        return (*prompt, *answer), (0.0,) * len(prompt) + (1.0,) * len(answer)

    (ids, weights), (rejected, rejected_weights) = behind(row["chosen_ids"]), behind(row["rejected_ids"])
    return Row(id=name, ids=ids, weights=weights, rejected=rejected, rejected_weights=rejected_weights)
