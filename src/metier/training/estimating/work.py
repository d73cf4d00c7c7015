"""How much a training computes: the micro-batches of an epoch, counted as they will be made, without a model.

Rows that start alike share that start, so what is computed is fewer tokens than the rows have; see
:mod:`metier.training.batching.batches`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from metier.models.trees.forest import plant
from metier.training.batching.batches import Layout, Order, epoch_order, groups_of, micro_batches
from metier.training.computing.unpadded import filled
from metier.training.rows import Row
from metier.training.settings import WeightsSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a training computes.

    Attributes:
        epoch: tokens computed in each micro-batch of an epoch, over the rows that were looked at.
        validation: likewise of one validation.
        share: the rows that were looked at, of all rows.
        validation_share: likewise of validation.
        given: tokens of all rows of an epoch, each by itself.
        trained: of these, tokens that carry loss.
        steps: optimiser steps of the whole training.
        epochs: as the settings say.
        validations: how often the loss on validation is measured.
        several: whether some step has more than one micro-batch.
    """

    epoch: tuple[int, ...]
    validation: tuple[int, ...]
    share: float
    validation_share: float
    given: int
    trained: int
    steps: int
    epochs: float
    validations: int
    several: bool

    @property
    def computed(self) -> int:
        """Tokens that an epoch computes, each shared start once."""
        return round(sum(self.epoch) / self.share)


def work_of(
    rows: Sequence[Row],
    validation: Sequence[Row],
    settings: WeightsSettings,
    *,
    layout: Layout,
    max_tokens: int,
    seed: int,
    share: float = 1.0,
    validation_share: float = 1.0,
) -> Work:
    """Count what training on ``rows`` computes.

    Args:
        rows: what is learnt from, or a share of it.
        validation: what is chosen by, or a share of it.
        settings: resolved: with epochs and batch size.
        layout: how rows lie in a micro-batch.
        max_tokens: bound of a micro-batch.
        seed: of the run.
        share: ``rows``, of all rows.
        validation_share: ``validation``, of all of them.
    """
    assert settings.batch_size
    assert settings.epochs
    steps = [
        [tokens_of(micro, layout) for micro in micro_batches(batch, max_tokens=max_tokens, layout=layout)]
        for batch in steps_of(rows, batch_size=settings.batch_size, order=settings.order, seed=seed)
    ]
    tested = micro_batches(validation, max_tokens=max_tokens, layout=layout) if validation else []
    return Work(
        epoch=tuple(tokens for step in steps for tokens in step),
        validation=tuple(tokens_of(micro, layout) for micro in tested),
        share=share,
        validation_share=validation_share,
        given=round(sum(len(row.source) + len(row.ids) + len(row.rejected) for row in rows) / share),
        trained=round(sum(row.trained_tokens for row in rows) / share),
        steps=max(1, math.ceil(math.ceil(len(rows) / share / settings.batch_size) * settings.epochs)),
        epochs=settings.epochs,
        validations=math.ceil(settings.epochs) if validation else 0,
        several=any(len(step) > 1 for step in steps),
    )


def steps_of(rows: Sequence[Row], *, batch_size: int, order: Order, seed: int) -> list[list[Row]]:
    """The rows of each optimiser step of the first epoch."""
    places = epoch_order(groups_of(rows, at_most=batch_size), order=order, seed=seed, epoch=0)
    return [[rows[i] for i in places[start : start + batch_size]] for start in range(0, len(places), batch_size)]


def tokens_of(micro: Sequence[Row], layout: Layout) -> int:
    """Tokens that a micro-batch computes, padding included.

    >>> tokens_of([Row(id="a", ids=(1, 2, 3)), Row(id="b", ids=(1, 2))], "padded")
    6
    """
    if micro and micro[0].source:  # both sides are padded, the encoder's and the decoder's
        return len(micro) * (max(len(row.source) for row in micro) + max(len(row.ids) for row in micro))
    sequences = [ids for row in micro for ids in (row.ids, row.rejected) if ids]
    if layout == "padded":
        return len(sequences) * max(map(len, sequences))
    if layout == "unpadded":
        return filled(sum(map(len, sequences)))
    return len(plant(sequences).ids) if layout == "tree" else sum(map(len, sequences))
