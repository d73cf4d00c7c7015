"""Reinforcement: the papers' formulas in float64, drawn answers as rows, rewards that rise, exact continuation."""

import math
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import CPU
from tests.training.test_replay import full
from tests.training.test_supervised import PLAN, lora

from metier.core import Silent
from metier.models import Drawing
from metier.models.trees.tree_attention import use_trees
from metier.training import OBJECTIVES, ReinforceSettings, Rollouts, Row, Start, train
from metier.training.paradigms.reinforcement import Drawn, advantages, answer_losses
from metier.training.stepping import saving
from metier.training.stepping.checkpoints import trainable

PROMPTS = [Row(id=str(i), ids=(*range(11, 21), 30 + i)) for i in range(6)]
CASES = [
    ReinforceSettings(),
    ReinforceSettings(clip=0.1, clip_high=0.4, kl=0.3),
    ReinforceSettings(loss="dr_grpo", kl=0.05),
    ReinforceSettings(loss="rloo", clip=0.3, kl=0.2),
]
BUDGET = 9


def by_definition(s: ReinforceSettings, now: Any, before: Any, start: Any, advantage: float) -> float:
    """One answer's loss, token by token, as the papers write it."""

    def clipped(ratio: float) -> float:
        high = s.clip if s.clip_high is None else s.clip_high
        return min(ratio * advantage, min(max(ratio, 1 - s.clip), 1 + high) * advantage)

    if s.loss == "rloo":
        return -clipped(math.exp(sum(now) - sum(before)))
    terms = [
        clipped(math.exp(p) / math.exp(q))
        - s.kl * (math.exp(r) / math.exp(p) - math.log(math.exp(r) / math.exp(p)) - 1)
        for p, q, r in zip(now, before, start, strict=True)
    ]
    return -sum(terms) / (len(terms) if s.loss == "grpo" else BUDGET)


@pytest.mark.parametrize("settings", CASES, ids=str)
def test_losses_are_the_papers(settings: ReinforceSettings) -> None:
    import torch

    torch.manual_seed(0)
    lengths = [1, 4, 9, 3]
    owner = torch.tensor([i for i, length in enumerate(lengths) for _ in range(length)])
    now, before, start = (-torch.rand(len(owner), dtype=torch.float64) * 3 for _ in range(3))
    advantage = torch.tensor([1.5, -0.7, 0.2, -2.0], dtype=torch.float64)
    drawn = Drawn(now, before, start if settings.loss != "rloo" else None, owner)
    for i, value in enumerate(answer_losses(settings, drawn, advantage, budget=BUDGET).tolist()):
        numbers = [t[owner == i].tolist() for t in (now, before, start)]
        assert value == pytest.approx(by_definition(settings, *numbers, float(advantage[i])), rel=1e-6)


def test_advantages_are_the_papers() -> None:
    import torch

    rewards = torch.tensor([[1.0, 0.0, 0.0, 0.5], [0.3, 0.3, 0.3, 0.3]], dtype=torch.float64)
    first, mean = rewards[0].tolist(), 0.375
    spread = math.sqrt(sum((r - mean) ** 2 for r in first) / 3)
    assert advantages("grpo", rewards)[0].tolist() == pytest.approx([(r - mean) / spread for r in first], rel=1e-6)
    assert advantages("dr_grpo", rewards)[0].tolist() == pytest.approx([r - mean for r in first])
    others = [r - (sum(first) - r) / 3 for r in first]
    assert advantages("rloo", rewards)[0].tolist() == pytest.approx(others)
    for loss in ("grpo", "dr_grpo", "rloo"):
        assert advantages(loss, rewards)[1].tolist() == pytest.approx([0.0] * 4, abs=1e-12)


@pytest.mark.parametrize("layout", ["padded", "chain", "tree"])
@pytest.mark.parametrize("settings", CASES, ids=str)
def test_the_gradient_is_that_of_the_papers_objective(
    tiny_causal: Path, settings: ReinforceSettings, layout: Any
) -> None:
    """Through the whole logits, one answer at a time; the value reported is minus the reward."""
    import torch

    settings = settings.model_copy(update={"temperature": 1.3})
    module = lora(tiny_causal, dropout=0).eval()
    rows = [
        Row(
            id=str(i), ids=(*PROMPTS[i % 2].ids, *range(40, 41 + n)), weights=(0.0,) * 11 + (1.0,) * (n + 1),
            sampled=True, advantage=1.0 - 0.6 * i, reward=0.25, drawn=(-5.2,) * (n + 1), start=(-5.6,) * (n + 1),
        )
        for i, n in enumerate([2, 5, 1, 7])
    ]  # fmt: skip
    with use_trees(module) if layout != "padded" else torch.enable_grad():
        loss, count = OBJECTIVES.get("reinforcement")(
            module, rows, pad=2, device="cpu", layout=layout, settings=settings, budget=BUDGET
        )
        loss.backward()
    assert (loss.item(), count) == (pytest.approx(-1.0), 4.0)
    got = {name: p.grad.clone() for name, p in module.named_parameters() if p.grad is not None}
    module.zero_grad()
    total: Any = 0.0
    for row in rows:
        logits = module(input_ids=torch.tensor([row.ids])).logits[0] / 1.3
        shares = logits.log_softmax(-1)
        now = torch.stack([shares[i - 1, row.ids[i]] for i in range(11, len(row.ids))])
        drawn, start = torch.tensor(row.drawn), torch.tensor(row.start)
        high = 1 + (settings.clip if settings.clip_high is None else settings.clip_high)
        ratio = (now.sum() - drawn.sum()).exp() if settings.loss == "rloo" else (now - drawn).exp()
        part = torch.minimum(ratio * row.advantage, ratio.clamp(1 - settings.clip, high) * row.advantage)
        if settings.loss == "rloo":
            total = total - part
            continue
        part = part - settings.kl * ((start - now).exp() - (start - now) - 1)
        total = total - (part.mean() if settings.loss == "grpo" else part.sum() / BUDGET)
    total.backward()
    assert any(p.grad is not None and p.grad.abs().max() > 1e-6 for p in module.parameters())
    for name, parameter in module.named_parameters():
        if parameter.grad is not None:
            scale = max(1e-3, float(parameter.grad.abs().max()))
            assert torch.allclose(got[name], parameter.grad, atol=1e-4 * scale), name


def rollouts(settings: ReinforceSettings, start: Start | None = None, *, wanted: int = 40) -> Rollouts:
    """A reward of 1 for answers with a certain range of tokens in most places."""

    def judge(ids: Any, answers: Any) -> list[float]:
        assert len(ids) == len(answers)
        return [sum(token < wanted for token in tokens) / len(tokens) for tokens in answers]

    drawing = Drawing(max_new_tokens=6, pad=2, temperature=settings.temperature, stops=(1,))
    return Rollouts(settings, drawing, judge, start=start, seed=3, tokens=512, reporter=Silent())


def test_answers_become_rows_behind_their_prompt(tiny_causal: Path) -> None:
    module = lora(tiny_causal).eval()
    settings = ReinforceSettings(answers=4, kl=0.1)
    made = rollouts(settings, Start(module)).prepare(module, PROMPTS[:2], step=5, layout="padded")
    assert len(made) == 8
    assert all(row.ids[:11] == PROMPTS[i // 4].ids for i, row in enumerate(made))
    assert all(sum(row.weights) == len(row.ids) - 11 == len(row.drawn) == len(row.start) for row in made)
    assert all(row.drawn == pytest.approx(row.start, abs=1e-5) for row in made)  # nothing is trained yet
    again = rollouts(settings, Start(module)).prepare(module, PROMPTS[:2], step=5, layout="padded")
    assert [row.ids for row in again] == [row.ids for row in made]
    other = rollouts(settings, Start(module)).prepare(module, PROMPTS[:2], step=6, layout="padded")
    assert [row.ids for row in other] != [row.ids for row in made]


def test_leaving_out_what_teaches_nothing_changes_no_gradient(tiny_causal: Path) -> None:
    """Against the mean over all answers, those of prompts whose answers are all alike included."""
    import torch

    module = lora(tiny_causal, dropout=0).eval()
    settings = ReinforceSettings(answers=2)
    objective = partial(OBJECTIVES.get("reinforcement"), module, pad=2, device="cpu", layout="padded")
    made = rollouts(settings, wanted=8).prepare(module, PROMPTS, step=1, layout="padded")
    assert 0 < len(made) < 12
    loss, count = objective(made)
    (loss / count).backward()
    got = {name: p.grad.clone() for name, p in module.named_parameters() if p.grad is not None}
    module.zero_grad()
    whole = [replace(row, advantage=row.advantage * 12 / len(made)) for row in made]
    (objective(whole)[0] / 12).backward()
    for name, parameter in module.named_parameters():
        if parameter.grad is not None:
            assert torch.allclose(got[name], parameter.grad, rtol=1e-4, atol=1e-9), name


def go(folder: Path, causal: Path, settings: ReinforceSettings, make: Any = lora, **plan: Any) -> Any:
    module = make(causal)
    objective: Any = partial(OBJECTIVES.get("reinforcement"), settings=settings, budget=6)
    prepared = rollouts(settings, Start(module) if settings.kl else None)
    full = replace(PLAN, preparation=prepared, repeats=settings.updates, **{"epochs": 3, "batch_size": 3} | plan)
    done = train(
        module, objective, PROMPTS, PROMPTS[:2], full, compute=CPU, folder=folder, reporter=Silent()
    )  # fmt: skip
    return module, done


@pytest.mark.parametrize("loss", ["grpo", "dr_grpo", "rloo"])
def test_the_reward_rises(tiny_causal: Path, tmp_path: Path, loss: Any) -> None:
    settings = ReinforceSettings(loss=loss, answers=8)
    _, done = go(tmp_path, tiny_causal, settings, full, epochs=10, learning_rate=1e-2)
    rewards = [-loss for loss in done.curve.losses]
    assert sum(rewards[-4:]) / 4 > sum(rewards[:2]) / 2 + 0.2


@pytest.mark.parametrize("kill_at", [1, 2, 5])
def test_a_killed_training_ends_with_the_same_weights(
    tiny_causal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kill_at: int
) -> None:
    """Between two steps on the same answers too: they stand in the checkpoint."""
    import torch

    settings = ReinforceSettings(answers=4, updates=2, kl=0.1)
    whole, done = go(tmp_path / "whole", tiny_causal, settings)
    assert done.steps == 12
    save, seen = saving.Saver.save_when_due, []

    def killed(self: Any, *given: Any) -> None:
        save(self, *given)
        seen.append(1)
        if len(seen) == kill_at + 1:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(saving.Saver, "save_when_due", killed)
        with pytest.raises(KeyboardInterrupt):
            go(tmp_path / "killed", tiny_causal, settings)
    continued, after = go(tmp_path / "killed", tiny_causal, settings)
    assert after.curve == done.curve
    expected = trainable(whole)
    assert all(torch.equal(expected[name], tensor) for name, tensor in trainable(continued).items())


def test_several_steps_learn_from_the_same_answers(tiny_causal: Path, tmp_path: Path) -> None:
    settings = ReinforceSettings(answers=4, updates=3)
    seen: list[tuple[int, ...]] = []
    inner = OBJECTIVES.get("reinforcement")

    def noted(module: Any, rows: Any, **about: Any) -> Any:
        if module.training:
            seen.append(tuple(hash(row.ids) for row in rows))
        return inner(module, rows, **about, settings=settings, budget=6)

    module = lora(tiny_causal, dropout=0)
    plan = replace(
        PLAN, preparation=rollouts(settings), repeats=3, epochs=1, batch_size=3, probe=inner, layout="padded"
    )
    train(module, noted, PROMPTS, [], plan, compute=CPU, folder=tmp_path, reporter=Silent())
    assert len(seen) == 6
    assert [sorted(a) == sorted(b) for a, b in pairwise(seen)] == [True, True, False, True, True]
