"""Reinforcement on real text: ``python benchmarks/training/rewards.py FOLDER [--loss grpo] [--steps 40]``.

FOLDER holds banking77's ``train.csv`` and ``test.csv``. SmolLM2 is shown a message and eight labels, and is rewarded
for an answer that names the right one; it never sees a right answer. Prints the mean reward of drawn answers along the
way, and the reward of the likeliest answers to held-out messages before and after. Bound by the backward pass.
"""

import argparse
import csv
import tempfile
from dataclasses import replace
from pathlib import Path
from random import Random

import torch

from metier.approaches import Resources
from metier.approaches.tuning.learning import learning
from metier.approaches.tuning.rewards import rewards_for
from metier.approaches.tuning.rows import Judged, prompt_rows
from metier.core import Example, Silent, Task
from metier.models import CausalModel, load_module
from metier.prompts import compose
from metier.training import METHODS, Plan, ReinforceSettings, WeightsSettings, resolved, train

LABELS = (
    "activate_my_card", "age_limit", "card_arrival", "change_pin", "exchange_rate", "lost_or_stolen_phone",
    "request_refund", "verify_my_identity",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--loss", default="grpo")
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--answers", type=int, default=8)
    parser.add_argument("--prompts", type=int, default=4)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--kl", type=float, default=0.0)
    arguments = parser.parse_args()
    task = Task(kind="classify", instruction="Decide what the customer wants.", labels=LABELS)
    pool, held_out = read(arguments.folder / "train.csv"), read(arguments.folder / "test.csv")[:80]
    resources = Resources(reporter=Silent(), seed=0)
    source = resources.source("builtin")
    model = CausalModel(source, resources.compute)
    prompt = compose(task, instruction=None, list_labels=True, label_words={}, trained=False)
    reinforce = ReinforceSettings(loss=arguments.loss, answers=arguments.answers, kl=arguments.kl)
    wanted = WeightsSettings(rank=16, learning_rate=arguments.rate, batch_size=arguments.prompts, reinforce=reinforce)
    settings = resolved(wanted, "causal")
    examples = pool[: arguments.steps * arguments.prompts]
    rewards = rewards_for(None, task, prompt, [*examples, *held_out], folder=Path())
    judged = Judged(rewards, model.stop_ids(), 12)
    rows, tests = (
        prompt_rows(model, prompt, some, [()] * len(some), max_length=512, judged=judged)
        for some in (examples, held_out)
    )
    torch.manual_seed(0)
    module = METHODS.get("lora").prepare(load_module(source, resources.compute), settings, source.profile)
    plan = Plan(
        learning_rate=arguments.rate, epochs=1, batch_size=arguments.prompts, warmup=0.05, weight_decay=0.0, clip=1.0,
        patience=0, checkpoint_seconds=1e9, tokens_per_micro_batch=1024, order="shuffled", seed=0,
        pad=model.tokenizer.pad_token_id, facts={},
    )  # fmt: skip
    learnt = learning(module, settings, source, plan, rows, tests, tokenizer=model.tokenizer, resources=resources)
    rollouts = learnt.plan.preparation
    assert rollouts is not None
    print(f"held-out reward before: {-(rollouts.value(module, tests.rows) or 0):.3f}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        done = train(
            module, learnt.objective, learnt.rows, [], replace(learnt.plan), compute=resources.compute,
            folder=Path(folder), reporter=resources.reporter,
        )  # fmt: skip
    found = [-loss for loss in done.curve.losses]
    fifth = max(1, len(found) // 5)
    print("drawn, by fifths:", *(f"{sum(found[i : i + fifth]) / fifth:.3f}" for i in range(0, 5 * fifth, fifth)))
    print(f"held-out reward after: {-(rollouts.value(module, tests.rows) or 0):.3f} on {len(tests.rows)} messages")
    print(f"{done.steps} steps in {done.seconds:.0f} s")


def read(path: Path) -> list[Example]:
    with path.open(encoding="utf-8", newline="") as file:
        found = [
            Example(id=f"{path.name}:{i}", input=row["text"], target=row["category"])
            for i, row in enumerate(csv.DictReader(file))
            if row["category"] in LABELS
        ]
    Random(0).shuffle(found)
    return found


if __name__ == "__main__":
    main()
