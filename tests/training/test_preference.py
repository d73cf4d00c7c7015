"""Preference losses: the papers' formulas in float64, the same in every layout, and a model that learns to prefer."""

import math
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import CPU
from tests.training.test_layouts import model
from tests.training.test_supervised import PLAN, lora

from metier.core import Silent
from metier.training import OBJECTIVES, PreferenceSettings, Row, train, with_reference
from metier.training.batching.layouts import choose, difference
from metier.training.computing.log_probs import Answered, answer_log_probs
from metier.training.paradigms.preference import Answers, pair_losses

LOSSES = [
    PreferenceSettings(),
    PreferenceSettings(beta=0.5, label_smoothing=0.2),
    PreferenceSettings(reference_free=True),
    PreferenceSettings(loss="ipo", beta=0.3),
    PreferenceSettings(loss="orpo"),
    PreferenceSettings(loss="simpo", margin=0.4),
]
PROMPT = (11, 12, 13, 14, 15, 16, 17, 18, 19, 20)
PAIRS = [
    Row(
        id=str(i),
        ids=(*PROMPT, 30 + i, 40, 41),
        weights=(0.0,) * 11 + (1.0, 1.0),
        rejected=(*PROMPT, 30 + i, 50, 51, 52),
        rejected_weights=(0.0,) * 11 + (1.0, 1.0, 1.0),
    )
    for i in range(8)
]


def objective(settings: PreferenceSettings) -> Any:
    return partial(OBJECTIVES.get("preference"), settings=settings)


def by_definition(s: PreferenceSettings, pc: float, pr: float, rc: float, rr: float, nc: int, nr: int) -> float:
    """The papers' formulas, one pair at a time."""

    def log_sigmoid(x: float) -> float:
        return -math.log1p(math.exp(-x))

    beta = s.beta or {"dpo": 0.1, "ipo": 0.1, "orpo": 0.1, "simpo": 2.0}[s.loss]
    if s.reference_free:
        rc = rr = 0.0
    h = (pc - rc) - (pr - rr)
    if s.loss == "dpo":
        return -(1 - s.label_smoothing) * log_sigmoid(beta * h) - s.label_smoothing * log_sigmoid(-beta * h)
    if s.loss == "ipo":
        return (h - 1 / (2 * beta)) ** 2
    if s.loss == "simpo":
        return -log_sigmoid(beta / nc * pc - beta / nr * pr - s.margin)
    odds = [math.exp(p / n) / (1 - math.exp(p / n)) for p, n in ((pc, nc), (pr, nr))]
    return -pc / nc - beta * log_sigmoid(math.log(odds[0] / odds[1]))


@pytest.mark.parametrize("settings", LOSSES, ids=str)
def test_losses_are_the_papers(settings: PreferenceSettings) -> None:
    import torch

    torch.manual_seed(0)
    log_probs = -torch.rand(2, 20, dtype=torch.float64) * 30 - 0.1
    reference = -torch.rand(2, 20, dtype=torch.float64) * 30
    if settings.reference_free:
        reference = torch.zeros_like(reference)
    lengths = torch.randint(1, 9, (2, 20))
    sides = [Answers(log_probs[i], lengths[i], reference[i]) for i in (0, 1)]
    for i, value in enumerate(pair_losses(settings, *sides).tolist()):
        numbers = [float(t[side, i]) for t in (log_probs, reference, lengths) for side in (0, 1)]
        expected = by_definition(settings, *numbers[:4], int(numbers[4]), int(numbers[5]))
        assert value == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("settings", LOSSES, ids=str)
@pytest.mark.parametrize("layout", ["tree", "chain", "padded"])
def test_layouts_agree(settings: PreferenceSettings, layout: Any) -> None:
    assert difference(model("Llama"), objective(settings), layout, like=PAIRS[0]) < 2e-5


def test_log_probabilities_are_those_of_plain_logits() -> None:
    import torch

    module = model("Llama")
    rows = [Answered((5, 6, 7, 8), (0, 0, 1, 1)), Answered((5, 6, 9), (1, 1, 1))]
    sums, lengths = answer_log_probs(module, rows, pad=0, device="cpu", layout="padded")
    for i, (ids, count) in enumerate((((5, 6, 7, 8), 2), ((5, 6, 9), 2))):
        logits = module(input_ids=torch.tensor([ids])).logits[0].detach().log_softmax(-1)
        expected = sum(float(logits[p - 1, ids[p]]) for p in range(len(ids) - count, len(ids)))
        assert float(sums[i].detach()) == pytest.approx(expected, rel=1e-5)
        assert int(lengths[i]) == count


@pytest.mark.parametrize("settings", LOSSES[:1] + LOSSES[3:], ids=str)
def test_training_makes_the_chosen_answer_likelier(
    tiny_causal: Path, tmp_path: Path, settings: PreferenceSettings
) -> None:
    module, goal = lora(tiny_causal, dropout=0), objective(settings)

    def preferred(rows: list[Row]) -> float:
        found = [Answered(ids, w) for r in rows for ids, w in ((r.ids, r.weights), (r.rejected, r.rejected_weights))]
        sums, _ = answer_log_probs(module, found, pad=2, device="cpu", layout="padded")
        pairs = sums.detach().view(-1, 2)
        return float((pairs[:, 0] - pairs[:, 1]).mean())

    rows = with_reference(module, PAIRS, goal, PLAN, compute=CPU, reporter=Silent())
    assert all(row.reference != (0.0, 0.0) for row in rows)
    before = preferred(rows)
    plan = replace(PLAN, epochs=5)
    trained = train(module, goal, rows, [], plan, compute=CPU, folder=tmp_path, reporter=Silent())
    assert "token trees" in trained.layout
    assert preferred(rows) > before + 1


def test_dpo_starts_at_log_two(tiny_causal: Path) -> None:
    module, goal = lora(tiny_causal, dropout=0), objective(PreferenceSettings())
    rows = with_reference(module, PAIRS, goal, PLAN, compute=CPU, reporter=Silent())
    value, weight = goal(module, rows, pad=2, device="cpu", layout="padded")
    assert float(value.detach()) / weight == pytest.approx(math.log(2), rel=1e-5)


def test_trees_compute_a_prompt_once_for_both_answers() -> None:
    assert choose(model("Llama"), objective(PreferenceSettings()), PAIRS[0]).layout == "tree"
