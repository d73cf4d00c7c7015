"""Metier's DPO and GRPO through the engine's public parts, as an approach of a recipe puts them together."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

SETTINGS: dict[str, dict[str, Any]] = {"auto": {"precision": "auto"}, "float32": {"precision": "float32"}}
BEST = ("auto", "float32")


def run(job: Any, meter: Any) -> None:
    from adapted import adapted
    from likeness import likeness

    from metier.core import Silent
    from metier.models import Drawing
    from metier.training import (
        PreferenceSettings,
        ReinforceSettings,
        Rollouts,
        Row,
        preference_objective,
        reinforcement_objective,
        train,
        with_reference,
    )

    module, compute, plan, tokenizer = adapted(job, **SETTINGS[job.setting])
    plan = replace(plan, order="shuffled")
    given = {str(i): row for i, row in enumerate(job.rows())}
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
