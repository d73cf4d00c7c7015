"""LoRA starts that look before they begin: at the data (EVA), or at what few bits have lost (LoftQ).

EVA (Paischer et al. 2024, arXiv 2410.07170): ``A`` begins as the directions in which a layer's inputs vary most, found
by an incremental singular value decomposition over training rows; ``B`` begins at zero, so that the output is the
base's. Decided here: every layer has the same rank (the paper's rho of 1).

LoftQ (Li et al. 2023, arXiv 2310.08659): ``B A`` begins as the best approximation, of their rank, of what a layer's
weights lost when they were put into few bits; one iteration, so that the base in bits stays what it is everywhere.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from metier.training.batching.batches import micro_batches
from metier.training.batching.padding import padded
from metier.training.rows import Row

ROWS = 256
"""Training rows that EVA looks at, at most."""
TOKENS = 2048
"""Of a forward pass; the directions depend on it a little, so it is the same on every machine."""
_KEPT = 4  # directions kept between two batches, as a multiple of the rank


def begin_with_data(module: Any, rows: Sequence[Row], *, pad: int, max_tokens: int = TOKENS) -> None:
    """Put EVA's directions into the ``A`` of every adapted layer.

    Args:
        module: a fresh LoRA, by PEFT.
        rows: training rows; :data:`ROWS` of them, evenly spread, are looked at.
        pad: id of the padding token.
        max_tokens: of a forward pass.
    """
    import torch

    layers = {name: item for name, item in module.named_modules() if hasattr(item, "lora_A")}
    found: dict[str, Any] = {}
    device = next(iter(module.parameters())).device
    module.eval()
    some = rows[:: -(-len(rows) // ROWS)]
    for micro in micro_batches(some, max_tokens=max_tokens, layout="padded"):
        given_rows = padded(micro, pad=pad, device=device)
        mask = given_rows["attention_mask"]
        with _inputs_of(layers) as inputs, torch.no_grad():
            module(**given_rows)
        seen: dict[int, Any] = {}  # layers with one input (query, key, value) share its directions
        for name, given in inputs.items():
            rank = layers[name].r["default"]
            if id(given) not in seen:
                real = given[mask.bool()] if given.shape[:2] == mask.shape else given.reshape(-1, given.shape[-1])
                seen[id(given)] = _directions(found.get(name), real.float(), keep=_KEPT * rank)
            found[name] = seen[id(given)]
    with torch.no_grad():
        for name, scaled in found.items():
            lower = layers[name].lora_A["default"].weight
            top = scaled[: len(lower)]
            top = top / top.norm(dim=1, keepdim=True).clamp_min(1e-12)
            lower[: len(top)] = top.to(lower.dtype)


@contextmanager
def _inputs_of(layers: dict[str, Any]) -> Generator[dict[str, Any]]:
    """The input of each layer in the forward passes inside."""
    found: dict[str, Any] = {}

    def note(name: str) -> Any:
        def hook(layer: Any, given: tuple[Any, ...]) -> None:
            found[name] = given[0].detach()

        return hook

    hooks = [layer.register_forward_pre_hook(note(name)) for name, layer in layers.items()]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()


def _directions(before: Any, inputs: Any, *, keep: int) -> Any:
    """The largest singular directions of all inputs so far, each times its singular value, [at most keep, width]."""
    import torch

    joined = inputs if before is None else torch.cat([before, inputs])
    _, values, directions = torch.linalg.svd(joined, full_matrices=False)
    return values[:keep, None] * directions[:keep]


def begin_with_what_bits_lost(module: Any, folder: Path) -> None:
    """Put LoftQ's start into every adapted layer that is kept in few bits.

    Args:
        module: a fresh LoRA on a base in 4 or 8 bits, by PEFT.
        folder: the base as it was, with its ``*.safetensors``.
    """
    import torch

    with torch.no_grad():
        for name, layer in module.named_modules():
            if not hasattr(layer, "lora_A"):
                continue
            original = _original(folder, name.removeprefix("base_model.model."))
            lost = original - _unpacked(layer.base_layer)
            left, values, right = torch.linalg.svd(lost.float(), full_matrices=False)
            rank, scale = layer.r["default"], layer.scaling["default"]
            root = values[:rank].sqrt()
            lower, upper = layer.lora_A["default"].weight, layer.lora_B["default"].weight
            lower.copy_((root[:, None] * right[:rank]).to(lower.dtype))
            upper.copy_((left[:, :rank] * root / scale).to(upper.dtype))


def _unpacked(layer: Any) -> Any:
    """Weights of a layer of bitsandbytes as they are used, float32 [out, in]."""
    import torch
    from bitsandbytes.functional import dequantize_4bit

    if type(layer).__name__ == "Linear4bit":
        return dequantize_4bit(layer.weight.data, layer.weight.quant_state).float()
    given = torch.eye(layer.in_features, dtype=torch.float32, device=layer.weight.device)
    out = layer(given).float()  # [in, out]; 8 bits have no public way back, but answer exactly with unit vectors
    return (out - layer.bias.float() if layer.bias is not None else out).T


def _original(folder: Path, name: str) -> Any:
    """The weight of a layer from the model's files, float32."""
    from safetensors import safe_open

    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, framework="pt") as file:
            for key in (f"{name}.weight", f"{name.split('.', 1)[-1]}.weight"):
                if key in file.keys():  # noqa: SIM118  # not a dict
                    return file.get_tensor(key).float()
    raise KeyError(name)  # an invariant: the module was loaded from there
