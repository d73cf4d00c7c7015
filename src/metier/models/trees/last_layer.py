"""The last layer computed only where its output is wanted.

Behind the last layer a causal model is asked for a few positions: those that carry loss. Every other token matters
there by its key and value alone. So the layer is handed the hidden states of these positions, and what reads them first
in it (the norm before attention, or attention itself) reads those of all tokens: keys and values are made for all,
while the output projection, the residual sums and the feed-forward part run for the few. Exact, which a small twin
shows for each architecture; where a layer is built otherwise, it computes all.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from metier.models.slicing.twin import furthest, small_twin
from metier.models.trees.forest import Forest, plant
from metier.models.trees.rectangles import Attending
from metier.models.trees.tree_attention import attending, forest_now, use_trees
from metier.models.wrapping import base_of, layers_of

_MOST = 0.75
"""Part of the tokens above which a layer computes all of them: masks would cost more than they save."""
_TOLERANCE = 1e-4  # as for layouts
_SEQUENCES = ((3, 9, 14, 15, 20, 21, 33, 34, 35, 40, 41), (3, 9, 14, 15, 20, 21, 33, 34, 35, 42), (5, 6, 7))
_PLACES = (5, 9, 10, 13)
_known: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()
"""What the twin of a model has shown."""


@contextmanager
def computing(forest: Forest, module: Any, device: str, places: Any) -> Generator[Any]:
    """Within it, ``module`` (see :func:`~metier.models.trees.tree_attention.use_trees`) computes ``forest``.

    Args:
        forest: the packed row.
        module: a causal model, perhaps wrapped by PEFT.
        device: where it computes.
        places: where its output is wanted, sorted, [K].

    Yields:
        ``logits_to_keep`` for the call, so that it gives [1, K, ...].
    """
    with attending(forest, device):
        if len(places) > _MOST * len(forest.ids) or not _exact(module):
            yield places
            return
        with _only(module, forest, device, places):
            yield 0  # all that comes out


def _exact(module: Any) -> bool:
    """Whether the last layer of the architecture of ``module`` can compute some positions alone: shown on a twin."""
    base = base_of(module)
    if base not in _known:
        twin = small_twin(base) if layers_of(base) is not None else None
        _known[base] = twin is not None and difference(twin) < _TOLERANCE
    return _known[base]


def difference(module: Any) -> float:
    """Largest relative difference of logits and gradients where the last layer computes some positions alone.

    Args:
        module: a causal model in float32, small.

    Returns:
        infinity where the layer does not allow it.
    """
    import torch

    forest = plant(_SEQUENCES)
    places = torch.tensor(_PLACES)

    def found(kept: Any) -> tuple[Any, list[Any]]:
        module.zero_grad(set_to_none=True)
        logits = module(
            input_ids=torch.tensor([forest.ids]),
            position_ids=torch.tensor([forest.positions]),
            use_cache=False,
            logits_to_keep=kept,
        ).logits[0]
        (logits * torch.linspace(-1, 1, logits.numel()).view(logits.shape)).sum().backward()
        return logits.detach(), [p.grad for p in module.parameters() if p.grad is not None]

    module.eval().requires_grad_(True)
    try:
        with use_trees(module), attending(forest, "cpu"):
            right = found(places)
            with _only(module, forest, "cpu", places):
                got = found(0)
    except (NotImplementedError, RuntimeError, TypeError, ValueError, AttributeError, KeyError, IndexError):
        return float("inf")
    finally:
        module.zero_grad(set_to_none=True)
    if got[0].shape != right[0].shape or len(got[1]) != len(right[1]):
        return float("inf")
    return furthest(right, got)


@contextmanager
def _only(module: Any, forest: Forest, device: str, places: Any) -> Generator[None]:
    """Within it, the last layer computes ``places`` alone.

    In the order of events: the layer takes the few; its first child to read them takes all; whatever comes first behind
    attention takes the few.
    """
    layers = layers_of(base_of(module))
    assert layers is not None
    last = layers[-1]
    inside = ExitStack()
    handed: dict[str, Any] = {}  # the hidden states of all tokens, and of the few, until the first reader came
    asked: list[Attending] = []  # until what it read was taken

    def narrow(_: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if forest_now() is None:  # ordinary rows in between, as for the keys of a soft prompt
            return None
        every = args[0] if args else kwargs["hidden_states"]
        handed.update(every=every, few=every.index_select(1, places))
        asked.append(inside.enter_context(attending(forest, device, asking=places)))
        return _with_hidden(args, kwargs, handed["few"])

    def widen(_: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        given = args[0] if args else kwargs.get("hidden_states")
        if given is None or given is not handed.get("few"):
            return None
        del handed["few"]
        return _with_hidden(args, kwargs, handed.pop("every"))

    def take(_: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if not asked or not asked[-1].filled or not args:
            return None
        asked.clear()
        return (args[0][:, : len(places)], *args[1:]), kwargs

    def leave(*_: Any) -> None:
        handed.clear()
        asked.clear()
        inside.close()

    hooks = [last.register_forward_pre_hook(narrow, with_kwargs=True)]
    hooks += [child.register_forward_pre_hook(widen, with_kwargs=True) for child in last.children()]
    hooks += [
        inner.register_forward_pre_hook(take, with_kwargs=True)
        for child in last.children()
        for inner in child.children()
    ]
    hooks.append(last.register_forward_hook(leave, always_call=True))
    try:
        yield
    finally:
        inside.close()
        for hook in hooks:
            hook.remove()


def _with_hidden(args: tuple[Any, ...], kwargs: dict[str, Any], hidden: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return ((hidden, *args[1:]), kwargs) if args else ((), {**kwargs, "hidden_states": hidden})
