"""Which device and number format to compute with: decided by what the hardware does fast, and said."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from metier.core import ModelError, Problem
from metier.core.said import Said

Precision = Literal["auto", "float32", "bfloat16"]


class Compute(NamedTuple):
    """Where and how numbers are computed.

    Attributes:
        device: ``cpu``, ``cuda`` or ``mps``.
        dtype: ``float32`` or ``bfloat16``: the format of frozen weights and of activations.
        note: the choice and its reason in a sentence.
        bits: 4 or 8: the frozen base's linear layers are kept in so many bits (bitsandbytes). None: in ``dtype``.
    """

    device: str
    dtype: str
    note: str
    bits: int | None = None

    @property
    def torch_dtype(self) -> Any:
        """The ``torch.dtype`` of ``dtype``."""
        import torch

        return {"float32": torch.float32, "bfloat16": torch.bfloat16}[self.dtype]


def choose(*, device: str = "auto", precision: Precision = "auto") -> Compute:
    """Pick a device and a precision.

    Args:
        device: ``auto`` (cuda, else mps, else cpu) or one of these.
        precision: ``auto`` (bfloat16 where the device multiplies it natively, else float32) or one of these.

    Raises:
        ModelError: the device is not there.
    """
    import torch

    present = [
        name
        for name, there in (("cuda", torch.cuda.is_available()), ("mps", torch.backends.mps.is_available()))
        if there
    ] + ["cpu"]
    if device != "auto" and device.partition(":")[0] not in present:
        raise ModelError(
            [
                Problem(
                    where="recipe",
                    path="device",
                    expected="one of " + ", ".join(["auto", *present]),
                    got=repr(device),
                    remedy="use device: auto, or one that this machine has",
                )
            ]
        )
    chosen = present[0] if device == "auto" else device
    if precision != "auto":
        asked = Said("Computed on %(device)s in %(dtype)s, as the recipe says.", device=chosen, dtype=precision)
        return Compute(chosen, precision, asked)
    fast, reason = _bfloat16_is_fast(chosen)
    dtype = "bfloat16" if fast else "float32"
    return Compute(
        chosen, dtype, Said("Computed on %(device)s in %(dtype)s: %(why)s.", device=chosen, dtype=dtype, why=reason)
    )


def _bfloat16_is_fast(device: str) -> tuple[bool, str]:
    import torch

    if device.startswith("cuda"):
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        why = "the GPU computes bfloat16 natively" if native else "this GPU only emulates bfloat16"
        return native, Said(why)
    if device == "mps":
        return False, Said("float32 is the safe choice there")
    native = bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())  # pyright: ignore[reportPrivateUsage]
    why = "this processor has bfloat16 instructions" if native else "this processor has no bfloat16 instructions"
    return native, Said(why)


def quick_float32() -> None:
    """Let float32 products on a CPU use oneDNN where that is as exact: about twice as fast on some AMD processors.

    ``set_float32_matmul_precision("medium")`` may round to bfloat16 where the processor has matrix units for it (AMX);
    so the setting is kept only when a product's error shows that it is still float32.
    """
    import torch

    before = torch.get_float32_matmul_precision()
    generator = torch.Generator().manual_seed(0)
    left = torch.randn(64, 512, generator=generator, dtype=torch.float64)
    right = torch.randn(512, 64, generator=generator, dtype=torch.float64)
    torch.set_float32_matmul_precision("medium")
    exact = left @ right
    error = ((left.float() @ right.float()).double() - exact).abs().max() / exact.abs().max()
    if error > 1e-5:
        torch.set_float32_matmul_precision(before)
