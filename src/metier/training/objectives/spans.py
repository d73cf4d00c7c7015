"""Span corruption: stretches of a text are hidden from an encoder-decoder model, whose decoder writes them.

Raffel et al. 2020 (T5), arXiv 1910.10683, section 3.1.4: 15% of the tokens in stretches of three on average; a mark of
its own stands in the text for each, and the decoder writes each mark with what it stands for. The stretches are drawn
anew in every step, and always the same for validation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any, NamedTuple

from metier.core import derive
from metier.training.batching.batches import Layout
from metier.training.objectives import sequence
from metier.training.rows import Row

SHARE = 0.15
"""Share of a row's tokens that are hidden."""
LENGTH = 3
"""Mean length of a stretch."""


class Corruption(NamedTuple):
    """What hiding stretches takes: the marks that stand for them, in their order, and the end of a text."""

    marks: tuple[int, ...]
    end: tuple[int, ...]


def loss(
    module: Any,
    rows: Sequence[Row],
    *,
    pad: int,
    device: str,
    layout: Layout,
    corruption: Corruption,
    smoothing: float = 0.0,
) -> tuple[Any, float]:
    """Summed cross-entropy of what the decoder writes, scaled to the rows' weights, and the sum of these.

    ``corruption`` is bound by whoever trains.
    """
    import torch

    seed = torch.initial_seed() if module.training else 0  # of this step; see metier.training.supervised
    hidden = [_hidden(row, corruption, seed=derive(seed, "spans", row.id)) for row in rows]
    return sequence.loss(module, hidden, pad=pad, device=device, layout=layout, smoothing=smoothing)


def _hidden(row: Row, corruption: Corruption, *, seed: int) -> Row:
    """A row of the text with marks, and of what they stand for, which shares the row's weight."""
    spans = drawn_spans(len(row.ids), most=len(corruption.marks) - 1, seed=seed)
    source, target = corrupted(row.ids, spans, corruption)
    share = row.weight / len(target)
    return replace(row, ids=target, weights=(share,) * len(target), source=source)


def drawn_spans(count: int, *, most: int, seed: int) -> list[tuple[int, int]]:
    """Stretches [start, end) of ``count`` tokens, at most ``most`` of them, none beside another.

    >>> spans = drawn_spans(100, most=99, seed=1)
    >>> len(spans), sum(end - start for start, end in spans)
    (5, 15)
    """
    draw = Random(seed)
    number = max(1, min(most, round(SHARE * count / LENGTH), (count + 1) // 2))
    hidden = max(number, min(round(SHARE * count), count - number + 1))
    lengths, gaps = _parts(hidden, number, draw), _parts(count - hidden + 2, number + 1, draw)
    gaps[0], gaps[-1] = gaps[0] - 1, gaps[-1] - 1  # the first and the last gap may be empty
    spans: list[tuple[int, int]] = []
    place = 0
    for gap, length in zip(gaps, lengths, strict=False):
        spans.append((place + gap, place + gap + length))
        place += gap + length
    return spans


def _parts(total: int, number: int, draw: Random) -> list[int]:
    """``total`` as a sum of ``number`` whole numbers from 1 on, all ways equally likely."""
    cuts = [0, *sorted(draw.sample(range(1, total), number - 1)), total]
    return [end - start for start, end in pairwise(cuts)]


def corrupted(
    ids: Sequence[int], spans: Sequence[tuple[int, int]], corruption: Corruption
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What the encoder reads and what the decoder writes.

    >>> corrupted([5, 6, 7, 8, 9], [(1, 3)], Corruption((90, 91), (1,)))
    ((5, 90, 8, 9, 1), (90, 6, 7, 91, 1))
    """
    source: list[int] = []
    target: list[int] = []
    place = 0
    for mark, (start, end) in zip(corruption.marks, spans, strict=False):
        source += [*ids[place:start], mark]
        target += [mark, *ids[start:end]]
        place = end
    last = corruption.marks[len(spans)]
    return (*source, *ids[place:], *corruption.end), (*target, last, *corruption.end)
