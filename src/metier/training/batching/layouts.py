"""How rows may lie in a micro-batch for a model: found out by a self-test, not by a list of names."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any, NamedTuple

from metier.core.said import Said
from metier.models.slicing.twin import furthest, small_twin
from metier.models.trees.tree_attention import use_trees
from metier.models.virtual.soft_prompts import has_soft_prompt
from metier.models.wrapping import base_of
from metier.training.adapting.soft_prompting import behind_prefix
from metier.training.batching.batches import Layout
from metier.training.computing.unpadded import difference_of_twin, unpadded
from metier.training.objective import Objective
from metier.training.rows import Row

TOLERANCE = 1e-4
"""Largest relative difference of loss or gradient, in float32, between a layout and one row an example."""
_STEM = (3, 9, 14, 15, 20, 21, 33, 34, 35, 36)
_ROWS = tuple(
    Row(id=str(i), ids=ids, weights=(0.0,) * (len(ids) - 2) + (1.0, 0.5))
    for i, ids in enumerate(
        [(*_STEM, 40, 41), (*_STEM, 40, 42, 43), (*_STEM[:9], 7, 8), (5, 6, 7), (*_STEM, 5, 6, 7, 8, 9, 10, 11, 12)]
    )
)
_PAIRS = tuple(
    replace(row, rejected=(*row.ids[:-1], 50, 51), rejected_weights=(*row.weights[:-1], 1.0, 1.0)) for row in _ROWS
)

_DRAWN = tuple(
    replace(row, sampled=True, advantage=1.0 - i, reward=1.0, drawn=(-1.0, -2.0), start=(-1.5, -1.5))
    for i, row in enumerate(_ROWS)
)


class Choice(NamedTuple):
    """A layout and why it was chosen."""

    layout: Layout
    why: str


def laid_out(module: Any, layout: Layout) -> AbstractContextManager[None]:
    """Within it, ``module`` computes rows that lie as ``layout`` says; afterwards as before."""
    if layout == "padded":
        return nullcontext()
    return unpadded(module) if layout == "unpadded" else use_trees(module)


def choose(module: Any, objective: Objective, row: Row, *, wanted: Layout | None = None, padded: str = "") -> Choice:
    """The quickest layout that is exact for ``module``: token trees, else chains, else padded rows.

    Encoders compute no padding where a small twin shows that this is exact.

    Args:
        module: a model, perhaps wrapped by PEFT.
        objective: the loss.
        row: one of those to be trained on.
        wanted: what the recipe asks for; a layout that is not exact falls back all the same.
        padded: why the objective needs padded rows; empty: it does not.
    """
    if wanted == "padded":
        return Choice("padded", Said("as the recipe says"))
    if why := padded or _not_packed(row):
        worst = difference_of_twin(module)
        if worst >= TOLERANCE:
            return Choice("padded", why)
        told = Said("no padding is computed: exact for %(model)s (self-test: %(worst)s)", **_tested(module, worst))
        return Choice("unpadded", told)
    if not hasattr(getattr(module, "config", None), "num_attention_heads"):
        return Choice("padded", Said("the model has no attention layers that could take a tree mask"))
    return _packed(module, objective, row, wanted)


def _packed(module: Any, objective: Objective, row: Row, wanted: Layout | None) -> Choice:
    """Trees or chains, where a small twin shows them to be exact."""
    name = type(base_of(module)).__name__
    twin = small_twin(base_of(module))
    if twin is None:
        return Choice("padded", Said("no small %(model)s can be made to test token trees on", model=name))
    if has_soft_prompt(module):
        twin = behind_prefix(twin)
    if wanted != "chain" and (worst := difference(twin, objective, "tree", like=row)) < TOLERANCE:
        told = Said("token trees: exact for %(model)s (self-test: %(worst)s)", **_tested(module, worst))
        return Choice("tree", told)
    if (worst := difference(twin, objective, "chain", like=row)) < TOLERANCE:
        told = Said("packed rows: exact for %(model)s (self-test: %(worst)s)", **_tested(module, worst))
        return Choice("chain", told)
    return Choice("padded", Said("%(model)s is not exact with token trees or packed rows (self-test)", model=name))


def _tested(module: Any, worst: float) -> dict[str, str]:
    return {"model": type(base_of(module)).__name__, "worst": f"{worst:.0e}"}


def _not_packed(row: Row) -> str:
    """Why rows like this one are always padded; empty where they may be packed."""
    if row.candidates:
        return Said("the questions of a step together")
    if row.label >= 0 or row.tags or row.wanted or (row.rejected and not row.weights):
        return Said("rows of similar length together")
    if row.source:
        return Said("rows of similar length together, for encoder and decoder read one row each")
    return ""


def difference(module: Any, objective: Objective, layout: Layout, *, like: Row | None = None) -> float:
    """Largest relative difference of loss and gradients between ``layout`` and one row an example.

    ``module`` should be small and in float32; infinity where the layout raises or gives no number. ``like`` is a row of
    the kind that the objective takes: a pair, or a prompt that it draws answers to.
    """
    import torch

    rows = _ROWS
    if like is not None:
        rows = _PAIRS if like.rejected else _ROWS if like.weights else _DRAWN

    def run(groups: list[list[Row]], layout: Layout) -> tuple[Any, list[Any]]:
        module.zero_grad(set_to_none=True)
        total = torch.zeros(())
        for group in groups:
            value, _ = objective(module, group, pad=0, device="cpu", layout=layout)
            value.backward()
            total += value.detach()
        return total, [p.grad.clone() if p.grad is not None else torch.zeros_like(p) for p in module.parameters()]

    module.eval().requires_grad_(True)
    right = run([[row] for row in rows], "padded")
    try:
        with laid_out(module, layout):
            got = run([list(rows)], layout)
    except (NotImplementedError, RuntimeError, TypeError, ValueError, AttributeError, KeyError):
        return float("inf")
    finally:
        module.zero_grad(set_to_none=True)
    return furthest(right, got)
