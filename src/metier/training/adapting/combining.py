"""Several earlier weights as one: the average of what they change, weighted.

Low-rank adapters are put side by side, so that the product of the joined matrices is the average of the products,
exactly; the rank is the sum of theirs (as PEFT's ``cat``, which only averages adapters of a loaded model). Whole
models, rescaling vectors and norms are averaged number by number (Wortsman et al. 2022, arXiv 2203.05482).
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from metier.core import Problem
from metier.core.artifacts import read_json, staged_folder, write_json
from metier.training.adapting.origin import ADAPTER, TRAINING, Origin, stands_on, start_problem
from metier.training.adapting.starting import WEIGHTS
from metier.training.method import METHODS

_SCALE = 2.0
"""Alpha by rank of a joined adapter, as of a fresh one: what trains on goes at the same pace."""


class Share(NamedTuple):
    """Earlier weights and their part of the whole; parts add up to 1."""

    origin: Origin
    share: float


def check_shares(origins: Sequence[Origin]) -> list[Problem]:
    """Why earlier weights cannot be made one."""
    first, *others = origins
    for other in others:
        for what, one, two in (
            ("kind (adapters, or whole models)", first.whole, other.whole),
            ("method", "" if first.whole else first.method, "" if first.whole else other.method),
            ("base", first.base, other.base),
            ("number format of the base", first.bits, other.bits),
            ("model that they stand on", first.below, other.below),
            ("vocabulary", first.new_tokens, other.new_tokens),
            ("layers", first.fixed.get("targets"), other.fixed.get("targets")),
        ):
            if one != two and not (what == "base" and "" in (one, two)):
                got = f"{first.name!r} and {other.name!r}, which differ in it"
                return [start_problem(f"weights of one {what}, to average them", got, "begin from one of them")]
    if not first.whole and not (first.method and METHODS.get(first.method).combines):
        able = ", ".join(name for name in METHODS.names() if METHODS.get(name).combines)
        got = f"{first.name!r}, made by {first.method or 'a method that is not known'}"
        return [start_problem(f"whole models, or adapters of {able}, to average them", got, "begin from one of them")]
    return []


def planned_shares(origins: Sequence[Origin]) -> Origin:
    """What several weights will be as one, known before they are made."""
    first = origins[0]
    fixed = dict(first.fixed)
    if "rank" in fixed:
        rank = sum(origin.fixed["rank"] for origin in origins)
        fixed |= {"rank": rank, "alpha": _SCALE * rank, "rank_stabilised": False}
    return Origin(
        name=" and ".join(origin.name for origin in origins),
        method=first.method,
        whole=first.whole,
        fixed=fixed,
        base=first.base,
        below=first.below,
        bits=first.bits,
        answers=first.answers if all(origin.answers == first.answers for origin in origins) else (),
        rows=max(origin.rows for origin in origins),
        new_tokens=first.new_tokens,
    )


def write_combined(shares: Sequence[Share], folder: Path) -> None:
    """Write the weighted average of earlier weights into ``folder``, in their own layout.

    Args:
        shares: two or more, which :func:`check_shares` has nothing against.
        folder: made anew.
    """
    from safetensors.torch import save_file

    first = shares[0].origin
    assert first.folder is not None, "its weights are there once it is built"
    planned = planned_shares([share.origin for share in shares])
    with staged_folder(folder) as stage:
        for path in first.folder.iterdir():
            if path.suffix != ".safetensors" and path.name not in ("manifest.json", TRAINING) and path.is_file():
                shutil.copyfile(path, stage / path.name)
        (stage / "model.safetensors.index.json").unlink(missing_ok=True)
        if first.whole:
            save_file(_average(shares), stage / "model.safetensors", metadata={"format": "pt"})
        else:
            joined = METHODS.get(first.method).combines == "joined"
            save_file(_joined(shares) if joined else _average(shares), stage / WEIGHTS, metadata={"format": "pt"})
            if joined:
                new = {"r": planned.fixed["rank"], "lora_alpha": planned.fixed["alpha"], "use_rslora": False}
                write_json(stage / ADAPTER, read_json(stage / ADAPTER) | new)
        write_json(stage / TRAINING, _as_trained(planned, folder))


def _as_trained(planned: Origin, folder: Path) -> dict[str, Any]:
    settings: dict[str, Any] = {"method": planned.method} if planned.method else {}
    settings |= {"targets": planned.fixed["targets"]} if planned.fixed.get("targets") else {}
    settings |= {"bits": planned.bits} if planned.bits else {}
    return {
        "settings": settings,
        "rows": planned.rows,
        "answers": planned.answers,
        "new_tokens": planned.new_tokens,
        "base_fingerprint": planned.base,
        "below": stands_on(planned.below, folder) if planned.below else None,
    }


def _tensors(origin: Origin) -> dict[str, Any]:
    from safetensors.torch import load_file

    assert origin.folder is not None
    return {
        name: tensor for path in sorted(origin.folder.glob("*.safetensors")) for name, tensor in load_file(path).items()
    }


def _average(shares: Sequence[Share]) -> dict[str, Any]:
    """Number by number, one model in memory beside the sum; what not all have in one shape is left out."""
    sums: dict[str, Any] = {}
    formats: dict[str, Any] = {}
    for place, (origin, share) in enumerate(shares):
        tensors = _tensors(origin)
        if place == 0:
            formats = {name: tensor.dtype for name, tensor in tensors.items()}
            sums = {name: share * tensor.double() for name, tensor in tensors.items()}
            continue
        fitting = {name for name in sums if name in tensors and tensors[name].shape == sums[name].shape}
        sums = {name: sums[name] + share * tensors[name].double() for name in sorted(fitting)}
    return {name: tensor.to(formats[name]).contiguous() for name, tensor in sums.items()}


def _joined(shares: Sequence[Share]) -> dict[str, Any]:
    """``[A1; A2]`` and ``[share1 scale1 B1, share2 scale2 B2]``; everything else (heads) averaged."""
    import torch

    every = [_tensors(origin) for origin, _ in shares]
    found = _average(shares)
    for name in every[0]:
        if ".lora_A." in name:
            found[name] = torch.cat([tensors[name] for tensors in every], dim=0).contiguous()
        if ".lora_B." in name:
            weighted = [
                (share * scale_of(origin.fixed) / _SCALE) * tensors[name]
                for (origin, share), tensors in zip(shares, every, strict=True)
            ]
            found[name] = torch.cat(weighted, dim=1).contiguous()
    return found


def scale_of(fixed: Mapping[str, Any]) -> float:
    """What a low-rank adapter's product is multiplied with."""
    rank, alpha = fixed["rank"], fixed["alpha"]
    return alpha / (rank**0.5 if fixed.get("rank_stabilised") else rank)
