"""Measuring real micro-batches on a slice of a model: the training's own code, a few layers of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple

from metier.models import Compute, ModelSource
from metier.models.slicing.measuring import compiled_bytes, held_by, peak_bytes_of, products_of, seconds_of
from metier.models.slicing.slices import Outputs, Quantities, over_layers, slice_of
from metier.training.batching import layouts
from metier.training.batching.batches import Layout, micro_batches
from metier.training.computing.fused_lora import fused_lora
from metier.training.computing.precision import is_mixed
from metier.training.computing.quick_dropout import quick_dropout
from metier.training.course import Course
from metier.training.estimating.estimates import Line, Pace, line_through
from metier.training.estimating.work import steps_of, tokens_of
from metier.training.method import METHODS
from metier.training.objective import Objective
from metier.training.rows import Row
from metier.training.settings import WeightsSettings
from metier.training.stepping.optimizer import adamw

_SMALL = 0.35
"""The smaller of two micro-batches has about this share of the larger one's tokens."""


class Samples(NamedTuple):
    """Two real micro-batches, a small and a large one."""

    small: list[Row]
    large: list[Row]


class Probed(NamedTuple):
    """How a training would go: the layout that its rows take, and the pace of the whole model in it."""

    layout: Layout
    pace: Pace


class Setup(NamedTuple):
    """A training before it has rows.

    Attributes:
        source: the base model.
        compute: as the base is kept for training.
        settings: resolved.
        objective: the loss.
        pad: id of the padding token.
        seed: of the run, for the order of rows.
        outputs: for encoders with a head.
        padded: why rows must be padded for this objective; empty: how they lie is found out.
    """

    source: ModelSource
    compute: Compute
    settings: WeightsSettings
    objective: Objective
    pad: int
    seed: int
    outputs: Outputs | None = None
    padded: str = ""


def probe(setup: Setup, rows: Sequence[Row], *, max_tokens: int, room: float) -> Probed:
    """Measure a training's micro-batches on slices of its model. torch's random state is left as it was.

    Args:
        setup: the training.
        rows: what is to be learnt from, or some of it.
        max_tokens: bound of a micro-batch.
        room: bytes that a slice may take.

    Raises:
        TooLargeToTryError: not even a slice fits.
    """
    import torch

    source, compute, settings, objective, pad, seed, outputs, _ = setup
    method = METHODS.get(settings.method)

    def prepared(module: Any) -> Any:
        torch.manual_seed(0)
        return method.prepare(module, settings, source.profile).to(compute.device)

    assert settings.batch_size
    steps = steps_of(rows, batch_size=settings.batch_size, order=settings.order, seed=seed)
    with torch.random.fork_rng(devices=[]):
        first = prepared(slice_of(source, compute, 1, outputs=outputs))
        layout = layouts.choose(first, objective, rows[0], wanted=settings.wanted_layout, padded=setup.padded).layout
        del first
        samples = samples_of(steps, max_tokens=max_tokens, layout=layout)
        found = over_layers(
            lambda module: measure(
                prepared(module), objective, samples, layout=layout, compute=compute, pad=pad, clip=settings.clip
            ),
            source,
            compute,
            outputs=outputs,
            room=room,
        )
    return Probed(layout, pace_of(found, samples, layout)._replace(compiled=compiled_bytes(compute)))


def samples_of(steps: Sequence[Sequence[Row]], *, max_tokens: int, layout: Layout) -> Samples:
    """The micro-batch of the first steps with the most tokens, and one with about a third of them.

    It is a part of the large one only where there is none: short rows cost less a token than a part of long ones.
    """
    found = [m for step in steps[:20] for m in micro_batches(step, max_tokens=max_tokens, layout=layout)]
    large = max(found, key=lambda micro: tokens_of(micro, layout))
    wanted = _SMALL * tokens_of(large, layout)
    near = min(found, key=lambda micro: abs(tokens_of(micro, layout) - wanted))
    if wanted / 2 <= tokens_of(near, layout) <= wanted * 3 / 2:
        return Samples(near, large)
    small = next((large[:n] for n in range(1, len(large)) if tokens_of(large[:n], layout) >= wanted), large)
    return Samples(small, large)


def measure(
    module: Any, objective: Objective, samples: Samples, *, layout: Layout, compute: Compute, pad: int, clip: float
) -> Quantities:
    """Seconds and bytes of both samples, and of a step's end, on a prepared module (a slice, usually)."""
    import torch

    optimizer = adamw(module, Course(), learning_rate=1e-9, weight_decay=0.0)
    parameters = [p for p in module.parameters() if p.requires_grad]
    mixed, device = is_mixed(compute, module), compute.device
    growing: dict[str, float] = {}
    staying: dict[str, float] = {}

    def loss_of(micro: Sequence[Row]) -> Any:
        with torch.autocast(device.partition(":")[0], dtype=torch.bfloat16) if mixed else nullcontext():
            return objective(module, micro, pad=pad, device=device, layout=layout)[0]

    def train(micro: Sequence[Row]) -> None:
        loss_of(micro).backward()

    def update() -> None:
        torch.nn.utils.clip_grad_norm_(parameters, clip)
        optimizer.step()

    def forward(micro: Sequence[Row]) -> None:
        with torch.no_grad():
            loss_of(micro)

    with layouts.laid_out(module, layout), fused_lora(module), quick_dropout(module):
        for name, micro in samples._asdict().items():
            module.train()
            if name == "small":
                train(micro)  # from here on there are gradients: they are not counted among the tensors
            held = held_by(lambda micro=micro: loss_of(micro), device=device)
            growing[f"kept {name}"], staying[f"over {name}"], staying[f"peak {name}"] = held
            growing[f"train {name}"] = seconds_of(lambda micro=micro: train(micro), device=device, warm=True)
            module.eval()
            staying[f"looked {name}"] = peak_bytes_of(lambda micro=micro: forward(micro), device=device)
            growing[f"forward {name}"] = seconds_of(lambda micro=micro: forward(micro), device=device, warm=True)
        module.train()
        small, large = (products_of(lambda micro=micro: train(micro)) for micro in samples)
        staying["products"] = sum(count for sort, count in large.items() if sort not in small)
        growing["update"] = seconds_of(update, device=device)
    optimizer.zero_grad(set_to_none=True)
    return Quantities(growing, staying)


def pace_of(found: Mapping[str, float], samples: Samples, layout: Layout) -> Pace:
    """What :func:`measure` found, as lines over tokens."""
    sizes = {name: tokens_of(micro, layout) for name, micro in samples._asdict().items()}

    def line(quantity: Callable[[str], float]) -> Line:
        return line_through(*((tokens, quantity(name)) for name, tokens in sizes.items()))

    return Pace(
        train=line(lambda name: found[f"train {name}"]),
        forward=line(lambda name: found[f"forward {name}"]),
        tensors=line(lambda name: max(found[f"kept {name}"] + found[f"over {name}"], found[f"peak {name}"])),
        looked=line(lambda name: found[f"looked {name}"]),
        update=found["update"],
        products=found["products"],
    )
