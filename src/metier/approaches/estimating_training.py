"""What training an approach will take: rows counted as they will be computed, slices of the model measured on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from metier.approaches.estimating import Bench
from metier.approaches.tuning.rows import Prepared
from metier.models import Compute, ModelSource, num_parameters
from metier.models.slicing.sizing import stored_bytes, weight_bytes
from metier.models.slicing.slices import Outputs, skeleton
from metier.training import METHODS, Row, WeightsSettings, with_epochs
from metier.training.batching.batches import micro_batches
from metier.training.batching.reading_once import state_bytes
from metier.training.estimating.estimates import memory_terms, time_terms
from metier.training.estimating.fitting import fitting_tokens, most_tokens
from metier.training.estimating.probing import Setup, probe
from metier.training.estimating.work import tokens_of, work_of


class Training(NamedTuple):
    """An estimated training.

    Attributes:
        memory: bytes at its peak, by what holds them.
        seconds: by part.
        tokens: counted.
        tokens_per_micro_batch: bound of a micro-batch.
        trained: numbers that are trained.
        notes: what becomes of rows that cannot be used whole, in sentences.
    """

    memory: Mapping[str, float]
    seconds: Mapping[str, float]
    tokens: Mapping[str, int]
    tokens_per_micro_batch: int
    trained: int
    notes: tuple[str, ...] = ()


def estimate_training(
    bench: Bench,
    setup: Setup,
    learnt: Prepared,
    held_out: Sequence[Row],
    *,
    shares: tuple[float, float],
    measured: Sequence[Row] = (),
) -> Training:
    """Estimate a training.

    Args:
        bench: room and floor.
        setup: the training.
        learnt: training rows, or a share of them.
        held_out: validation rows, or a share of them.
        shares: both shares.
        measured: general text that is measured before and after.

    Raises:
        TrainingError: no row carries loss.
        TooLargeToTryError: not even a slice of the model fits.
    """
    learnt.require_some()
    rows, source, compute = learnt.rows, setup.source, setup.compute
    settings = with_epochs(setup.settings, source.profile.family, round(len(rows) / shares[0]))
    most = most_tokens(settings, compute.device)
    layout, pace = probe(setup, rows, max_tokens=most, room=bench.room / 4)
    base, trained = weights_of(source, compute, settings, outputs=setup.outputs)
    if settings.tokens_per_micro_batch == "auto":
        most = fitting_tokens(pace.tensors, fixed=base + 16.0 * trained, room=bench.room, most=most)
    work = work_of(
        rows,
        held_out,
        settings,
        layout=layout,
        max_tokens=most,
        seed=setup.seed,
        share=shares[0],
        validation_share=shares[1],
    )
    kept = 0
    if METHODS.get(settings.method).reads_once:
        tokens = work.given + round(sum(work.validation) / work.validation_share)
        kept = state_bytes(tokens, skeleton(source, compute, outputs=setup.outputs).config.hidden_size)
    reference = settings.preference is not None and settings.preference.needs_reference
    memory = memory_terms(
        pace, work, floor=bench.floor, base=base, trained=trained, stored=stored_bytes(source),
        one_copy=compute.device.startswith("cuda"), kept=kept,
    )  # fmt: skip
    seconds = time_terms(
        pace,
        work,
        trained=trained,
        reference=reference,
        checkpoint_every=settings.checkpoint_seconds,
        read_once=bool(kept),
    )
    if settings.replay and settings.replay.l2:
        memory["weights at the start"] = 4.0 * trained
    if measured:
        pieces = micro_batches(measured, max_tokens=most, layout=layout)
        seconds["general text"] = 2 * sum(pace.forward.at(tokens_of(micro, layout)) for micro in pieces)
    return Training(
        memory=memory,
        seconds=seconds,
        tokens={"given": work.given, "computed": work.computed, "trained": work.trained, "steps": work.steps},
        tokens_per_micro_batch=most,
        trained=trained,
    )


_CUT = {
    "cut": "would lose the end of their input",
    "split": "cannot be taken apart, and would lose the end of their input",
    "leave_out": "would be left out",
    "error": "would end the training (weights.too_long: error)",
}


def row_notes(rows: Prepared, settings: WeightsSettings, *, max_length: int) -> tuple[str, ...]:
    """What becomes of training rows that cannot be used whole.

    Args:
        rows: those that were looked at.
        settings: of the training.
        max_length: longest row in tokens.
    """
    looked = f"Of {len(rows.tokens):,} training rows that were looked at,"
    found = [f"{looked} {count:,} would not be learnt from: {why}." for why, count in rows.skipped.items()]
    if cut := sum(count.cut > 0 and count.trained > 0 for count in rows.tokens):
        found.append(
            f"{looked} {cut:,} are longer than {max_length:,} tokens (weights.max_length) and "
            f"{_CUT[settings.too_long]}; metier data render --losing shows them."
        )
    return tuple(found)


def weights_of(
    source: ModelSource, compute: Compute, settings: WeightsSettings, *, outputs: Outputs | None = None
) -> tuple[float, int]:
    """Bytes of all weights, adapters included, and how many numbers are trained: counted on a skeleton."""
    import torch

    plain = settings.model_copy(update={"init": "zero"})  # another start has the same shapes, and needs numbers
    module = skeleton(source, compute, outputs=outputs)
    base, before = weight_bytes(module, compute), num_parameters(module)
    with torch.device("meta"):
        module = METHODS.get(settings.method).prepare(module, plain, source.profile)
    trained = sum(p.numel() for p in module.parameters() if p.requires_grad)
    return base + 4.0 * max(0, num_parameters(module) - before), trained
