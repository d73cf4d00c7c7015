"""Encoder-decoder objectives against torch, and span corruption: what is hidden, and that nothing is lost."""

from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.conftest import CPU
from tests.training.method_cases import write_bart

from metier.core import derive
from metier.models import load_module, locate
from metier.training import OBJECTIVES, Row
from metier.training.batching import layouts
from metier.training.batching.batches import groups_of, micro_batches
from metier.training.objectives import sequence, spans
from metier.training.objectives.spans import Corruption, corrupted, drawn_spans

ROWS = [
    Row(
        id=f"r{n}",
        ids=tuple(40 + (3 * n + i) % 90 for i in range(n)),
        weights=tuple(1.0 if i % 3 else 0.5 for i in range(n)),
        source=tuple(40 + (5 * n + i) % 90 for i in range(12 - n)),
    )
    for n in (1, 4, 7, 9)
]


@pytest.fixture(scope="module", params=["t5", "bart"])
def module(request: pytest.FixtureRequest, tiny_seq2seq: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tiny_seq2seq if request.param == "t5" else write_bart(tmp_path_factory.mktemp("models") / "bart")
    return load_module(locate(str(folder), folder=Path()), CPU)


def by_torch(module: Any, row: Row) -> Any:
    start = module.config.decoder_start_token_id
    read = torch.tensor([[start, *row.ids[:-1]]])
    logits = module(input_ids=torch.tensor([row.source]), decoder_input_ids=read).logits[0]
    each = torch.nn.functional.cross_entropy(logits, torch.tensor(row.ids), reduction="none")
    return (each * torch.tensor(row.weights)).sum()


def test_loss_and_gradients_are_torchs_one_row_at_a_time(module: Any) -> None:
    module.eval().requires_grad_(True).zero_grad()
    found, weight = OBJECTIVES.get("sequence")(module, ROWS, pad=0, device="cpu", layout="padded")
    found.backward()
    got = {name: p.grad.clone() for name, p in module.named_parameters() if p.grad is not None}
    module.zero_grad()
    expected = sum(by_torch(module, row) for row in ROWS)
    expected.backward()
    assert float(found.detach()) == pytest.approx(float(expected.detach()), rel=1e-5)
    assert weight == pytest.approx(sum(row.weight for row in ROWS)) == pytest.approx(sum(sum(r.weights) for r in ROWS))
    for name, p in module.named_parameters():
        if p.grad is not None:
            assert torch.allclose(got[name], p.grad, atol=1e-5 * max(1.0, float(p.grad.abs().max())))


def test_rows_are_padded_and_both_sides_count(module: Any) -> None:
    choice = layouts.choose(module, OBJECTIVES.get("sequence"), ROWS[0])
    assert choice.layout == "padded"
    assert groups_of(ROWS, at_most=8) == [[0], [1], [2], [3]]
    assert [row.longest for row in ROWS] == [12] * 4
    assert [len(micro) for micro in micro_batches(ROWS, max_tokens=24, layout="padded")] == [2, 2]


@pytest.mark.parametrize("count", [1, 2, 3, 7, 20, 100, 511, 5000])
def test_stretches_hide_a_share_of_the_text_and_keep_apart(count: int) -> None:
    found = drawn_spans(count, most=99, seed=count)
    hidden = sum(end - start for start, end in found)
    assert all(start < end for start, end in found)
    assert all(end < start for (_, end), (start, _) in pairwise(found))
    assert found[0][0] >= 0
    assert found[-1][1] <= count
    assert 1 <= len(found) <= 99
    assert hidden == pytest.approx(0.15 * count, abs=1)


def test_text_and_answer_together_hold_every_token_once() -> None:
    marks = Corruption(tuple(range(1000, 1100)), (1,))
    ids = list(range(200))
    source, target = corrupted(ids, drawn_spans(200, most=99, seed=4), marks)
    restored: list[int] = []
    pieces: dict[int, list[int]] = {}
    for token in target[:-1]:
        pieces[token] = [] if token >= 1000 else pieces[[*pieces][-1]]
        if token < 1000:
            del pieces[token]
            pieces[[*pieces][-1]].append(token)
    for token in source[:-1]:
        restored += pieces[token] if token >= 1000 else [token]
    assert restored == ids
    assert source[-1] == target[-1] == 1


def test_span_corruption_trains_what_it_hides_and_validation_hides_the_same(tiny_seq2seq: Path) -> None:
    module = load_module(locate(str(tiny_seq2seq), folder=Path()), CPU)
    marks = Corruption(tuple(range(2, 34)), (1,))
    rows = [Row(id=f"d{n}", ids=tuple(40 + (7 * n + i) % 200 for i in range(n)), weights=(0.15,) * n) for n in (20, 33)]
    objective = partial(OBJECTIVES.get("spans"), corruption=marks)  # pyright: ignore[reportCallIssue]

    def value(some: list[Row], *, seed: int, train: bool) -> tuple[float, float]:
        torch.manual_seed(seed)
        module.train(train)
        with torch.no_grad():
            found, weight = objective(module, some, pad=0, device="cpu", layout="padded")
        return float(found), weight

    for train in (False, True):
        together = value(rows, seed=3, train=train)
        alone = [value([row], seed=3, train=train) for row in rows]
        assert together == pytest.approx(tuple(map(sum, zip(*alone, strict=True))), rel=1e-5)
        assert together[1] == pytest.approx(sum(row.weight for row in rows))
        assert (value(rows, seed=8, train=train)[0] == pytest.approx(together[0])) == (not train)
    hidden = spans._hidden(rows[0], marks, seed=derive(0, "spans", "d20"))  # pyright: ignore[reportPrivateUsage]
    expected, _ = sequence.loss(module.eval(), [hidden], pad=0, device="cpu", layout="padded")
    assert value([rows[0]], seed=1, train=False)[0] == pytest.approx(float(expected.detach()), rel=1e-6)
