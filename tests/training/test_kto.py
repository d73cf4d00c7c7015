"""KTO: the paper's formula, a yardstick that no micro-batch changes, a model that learns what to avoid."""

import math
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import CPU
from tests.training.test_supervised import PLAN, lora

from metier.core import Silent
from metier.models.trees.tree_attention import use_trees
from metier.training import OBJECTIVES, Moved, PreferenceSettings, Row, preference_objective, train, with_reference
from metier.training.computing.log_probs import Answered, answer_log_probs
from metier.training.paradigms.preference import answer_losses

KTO = PreferenceSettings(loss="kto", beta=0.3, desirable_weight=1.3)
START = (11, 12, 13, 14, 15, 16, 17, 18, 19, 20)


def answer(i: int, tokens: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[float, ...]]:
    return (*START, 30 + i, *tokens), (0.0,) * 11 + (1.0,) * len(tokens)


def marked(count: int = 8) -> list[Row]:
    """Good answers are 40 41, bad ones 50 51 52; each row brings the next one's answer."""
    kinds = [(40, 41), (50, 51, 52)]
    rows: list[Row] = []
    for i in range(count):
        (ids, weights), (other, others) = answer(i, kinds[i % 2]), answer(i, kinds[(i + 1) % 2])
        rows.append(
            Row(id=str(i), ids=ids, weights=weights, rejected=other, rejected_weights=others, desirable=not i % 2)
        )
    return rows


def test_the_loss_is_the_papers() -> None:
    import torch

    torch.manual_seed(0)
    ratios, good = torch.randn(12, dtype=torch.float64) * 3, torch.arange(12) % 3 > 0
    shift = torch.full((12,), 0.7, dtype=torch.float64)
    for i, value in enumerate(answer_losses(KTO, ratios, shift, good).tolist()):
        r, z = float(ratios[i]), 0.7
        apart, weight = (r - z, 1.3) if good[i] else (z - r, 1.0)
        assert value == pytest.approx(weight * (1 - 1 / (1 + math.exp(-0.3 * apart))), rel=1e-6)


@pytest.mark.parametrize("tokens", [1, 30, 4096])
@pytest.mark.parametrize("layout", ["padded", "tree"])
def test_the_yardstick_is_the_mean_movement_on_others_answers(tiny_causal: Path, tokens: int, layout: Any) -> None:
    import torch

    module = lora(tiny_causal).eval()
    rows = [replace(row, reference=(0.0, -20.0 - i)) for i, row in enumerate(marked())]
    with use_trees(module) if layout != "padded" else torch.no_grad():
        made = Moved(pad=2, tokens=tokens).prepare(module, rows, step=0, layout=layout)
    sequences = [Answered(row.rejected, row.rejected_weights) for row in rows]
    with torch.no_grad():
        sums, _ = answer_log_probs(module, sequences, pad=2, device="cpu", layout="padded")
    expected = sum(float(s) - row.reference[1] for s, row in zip(sums, rows, strict=True)) / len(rows)
    assert expected > 0
    assert all(row.shift == pytest.approx(expected, rel=1e-4) for row in made)
    assert not any(row.rejected for row in made)
    assert all(row.weight == 1 for row in made)
    nowhere = [replace(row, reference=(0.0, 0.0)) for row in rows]
    assert {row.shift for row in Moved(pad=2, tokens=64).prepare(module, nowhere, step=0, layout="padded")} == {0.0}


def test_good_answers_become_likelier_than_bad_ones(tiny_causal: Path, tmp_path: Path) -> None:
    import torch

    module, rows = lora(tiny_causal, dropout=0), marked()
    pairs: Any = preference_objective(PreferenceSettings())
    known = with_reference(module, rows, pairs, PLAN, compute=CPU, reporter=Silent())
    before = torch.tensor([row.reference[0] for row in known])
    objective: Any = partial(OBJECTIVES.get("unpaired"), settings=KTO)
    plan = replace(PLAN, epochs=25, probe=pairs, preparation=Moved(pad=2, tokens=512))
    done = train(module, objective, known, known[:4], plan, compute=CPU, folder=tmp_path, reporter=Silent())
    with torch.no_grad():
        sums, _ = answer_log_probs(
            module, [Answered(row.ids, row.weights) for row in rows], pad=2, device="cpu", layout="padded"
        )
    gained = (sums - before).tolist()
    assert min(gained[0::2]) > max(gained[1::2])
    assert done.curve.losses[-1] < done.curve.losses[0]
