"""What a training will take, as sums of named terms: bytes at the moment of its peak, and seconds.

Legend: ``P`` numbers that are trained; 4 bytes each in float32, for trained weights are never kept in less.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from metier.training.estimating.work import Work

SELF_TEST_SECONDS = 0.8
"""Of the layout, on a small twin of the model (two cores of 2025; more is lost in the noise of loading)."""
CHECKPOINT_SECONDS_A_BYTE = 1 / 300e6
"""Hashed, written and synced, at the pace of a plain disk."""

LOOKUP_SECONDS = 0.012
"""A micro-batch of states that are looked up, through a head and back (16 tickets, 1,500 tokens, two cores of 2025)."""

PRODUCTS_KEPT = 1024
"""Products of matrices that oneDNN keeps compiled, one for each size; older ones go."""
HEAP = 0.35
"""On a CPU, what the heap holds beside live tensors, of these: micro-batches differ in length, so that what one frees
rarely fits the next. 1,380 MB where 990 were alive, after six micro-batches of SmolLM2 with LoRA."""


class Line(NamedTuple):
    """A quantity of a micro-batch that grows with its tokens: ``fixed + a_token * tokens``."""

    fixed: float
    a_token: float

    def at(self, tokens: float) -> float:
        """The quantity for so many tokens."""
        return self.fixed + self.a_token * tokens


def line_through(small: tuple[int, float], large: tuple[int, float]) -> Line:
    """The line through two measurements (tokens, quantity); through zero where they are too near each other.

    >>> line_through((100, 3.0), (300, 5.0))
    Line(fixed=2.0, a_token=0.01)
    """
    (t0, q0), (t1, q1) = small, large
    if t1 < 1.3 * t0:
        return Line(0.0, q1 / t1)
    slope = min(max(0.0, (q1 - q0) / (t1 - t0)), q1 / t1)
    return Line(q1 - slope * t1, slope)


class Pace(NamedTuple):
    """What a model takes for a micro-batch, measured; see :mod:`metier.training.estimating.probing`.

    Attributes:
        train: seconds forward and backward.
        forward: seconds forward alone.
        tensors: the most bytes that it holds at one moment, beside weights and gradients.
        looked: likewise forward alone, with nothing kept for a backward pass.
        update: seconds of clipping and of the optimiser, once a step.
        products: how many a CPU compiles for a micro-batch of a new length.
        compiled: bytes of one of them.
    """

    train: Line
    forward: Line
    tensors: Line
    looked: Line
    update: float
    products: float = 0.0
    compiled: float = 0.0


def memory_terms(
    pace: Pace,
    work: Work,
    *,
    floor: float,
    base: float,
    trained: int,
    stored: float,
    one_copy: bool = False,
    kept: float = 0.0,
) -> dict[str, float]:
    """Bytes at the peak, by what holds them.

    The peak is in training: floor, base, gradients (4P), AdamW's moments (8P), the best weights so far (4P, from the
    first validation on, which is the end where there is one), the tensors of the largest micro-batch, what the heap
    holds beside them and what oneDNN keeps compiled; or while the model is loaded, when its file is mapped beside it.
    Where a step is one micro-batch, gradients come while its tensors go, and the larger of both counts.

    Args:
        pace: measured.
        work: counted.
        floor: the process before it has loaded a model.
        base: weights as they are kept, adapters included.
        trained: ``P``.
        stored: the model's file.
        one_copy: the device has memory of its own: nothing but tensors lies there, and the best weights do not.
        kept: states of rows that are read once.
    """
    tensors, gradients = pace.tensors.at(max(work.epoch, default=0)), 4.0 * trained
    if not work.several:
        tensors, gradients = max(tensors, gradients) - min(gradients, tensors), min(gradients, tensors)
    most = max(tensors, pace.looked.at(max(work.validation, default=0)))
    compiled = pace.compiled * kept_of(pace.products * lengths(work, epochs=1.0 if kept else work.epochs))
    terms = {
        "process": floor,
        "weights": base,
        "gradients": gradients,
        "optimiser": 8.0 * trained,
        "best weights": 4.0 * trained if work.validations > 1 and not one_copy else 0.0,
        "micro-batch": most,
        **({} if one_copy else {"heap": HEAP * most, "compiled products": compiled}),
        **({"states": kept} if kept else {}),
    }
    loading = {"process": floor, "weights": base, "file being read": stored}
    return terms if one_copy or sum(terms.values()) >= sum(loading.values()) else loading


def lengths(work: Work, *, epochs: float) -> float:
    """How many lengths micro-batches have over so many epochs: every epoch shuffles anew, and makes others.

    A draw is new with the probability that singletons had among the draws so far (Good, 1953).
    """
    seen = Counter(work.epoch)
    singletons = sum(count == 1 for count in seen.values())
    return (len(seen) + max(0.0, epochs - 1) * singletons) / work.share


def kept_of(products: float) -> float:
    """How many of the products that oneDNN compiled it keeps."""
    return min(PRODUCTS_KEPT, products)


def time_terms(
    pace: Pace, work: Work, *, trained: int, reference: bool, checkpoint_every: float, read_once: bool = False
) -> dict[str, float]:
    """Seconds, by what takes them; as long as no early stopping ends it.

    Args:
        pace: measured.
        work: counted.
        trained: numbers that are trained.
        reference: whether a preference loss first asks the model at the start, once over all rows.
        checkpoint_every: seconds between two checkpoints.
        read_once: whether rows go through the model once, and their states are learnt from.
    """
    epoch = sum(map(pace.train.at, work.epoch)) / work.share
    once = sum(map(pace.forward.at, work.epoch)) / work.share
    validation = sum(map(pace.forward.at, work.validation)) / work.validation_share
    if read_once:
        epoch = LOOKUP_SECONDS * len(work.epoch) / work.share
    steps = work.epochs * epoch + work.steps * pace.update
    saving = CHECKPOINT_SECONDS_A_BYTE * 16.0 * trained  # weights, two moments, the best weights
    return {
        "train": steps,
        **({"read": once + validation} if read_once else {"validate": work.validations * validation}),
        "checkpoints": min(0.05 * steps, saving * int(steps / max(checkpoint_every, 1.0))),
        "self-test": SELF_TEST_SECONDS,
        "reference": once + validation if reference else 0.0,
    }


def total(terms: Mapping[str, float]) -> float:
    """The sum of all terms."""
    return sum(terms.values())
