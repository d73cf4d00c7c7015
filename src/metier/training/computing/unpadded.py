"""Encoders without padding: between the embeddings and the head only real tokens are computed.

Objectives hand over rows that are padded to the longest, and get back what they would get from these. In between, the
stack of layers sees one row of all real tokens; attention alone lays them out again, row by row. So short rows beside a
long one cost what they have (Zeng et al. 2022, arXiv 2208.08124, for BERT on GPUs). The one row is filled up to one of
eight lengths an octave, for a CPU compiles its products anew for each length.

Legend: ``B`` rows, ``L`` the longest, ``T`` tokens of the one row, ``D`` hidden width, ``H`` heads, ``W`` width of one.
"""

from __future__ import annotations

import inspect
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

from metier.models.slicing.twin import VOCABULARY, furthest, small_twin
from metier.models.wrapping import attending_by, base_of
from metier.training.computing import quick_dropout

NAME = "metier_unpadded"
"""The name under which transformers knows this attention."""
_LEAST_STEP = 16
_LONG = 128
"""Rows of at least so many tokens are not laid out beside those of less than half of theirs."""
_TEST_LENGTHS = (3, 9, 6)


class _Group(NamedTuple):
    """Neighbouring rows that attention computes together.

    Attributes:
        start, end: their tokens in the one row.
        shape: n and their longest.
        places: where each of their padded tokens stands in the one row, [n * longest]; padding points anywhere.
        real: which of these are tokens, [end - start].
        mask: the same as bool, [n, 1, 1, longest]; None: all are.
    """

    start: int
    end: int
    shape: tuple[int, int]
    places: Any
    real: Any
    mask: Any


class _Rows(NamedTuple):
    """The rows of a forward pass.

    Attributes:
        flat: where each token of the one row stands among the padded ones, row after row.
        shape: B and L.
        groups: what attention computes together; they cover the one row.
        size: T, with what it is filled up by.
    """

    flat: Any
    shape: tuple[int, int]
    groups: list[_Group]
    size: int


_now: list[_Rows] = []
"""The rows that are being computed; the attention function has no other way to know."""


@contextmanager
def unpadded(module: Any) -> Generator[None]:
    """Within it, ``module``, an encoder for which :func:`difference_of_twin` is small, computes no padding.

    Args:
        module: bare or with a head, perhaps wrapped by PEFT.

    Raises:
        ValueError: its layers are no stack of their own.
    """
    base = base_of(module)
    stack = _stack_of(base)
    if stack is None:
        raise ValueError(f"{type(base).__name__} hands hidden states from layer to layer in no stack of its own")
    _register()
    hooks = [
        stack.register_forward_pre_hook(_pack, with_kwargs=True),
        stack.register_forward_hook(_unpack, always_call=True),
    ]
    try:
        with attending_by(NAME, module):
            yield
    finally:
        for hook in hooks:
            hook.remove()


def difference_of_twin(module: Any) -> float:
    """How far values and gradients of a small twin of ``module`` are off without padding: see :func:`difference`.

    Args:
        module: any model, perhaps wrapped by PEFT.

    Returns:
        infinity for a model that always pads: its layers are no stack of their own, or soft prompts stand before rows.
    """
    base = base_of(module)
    soft = getattr(getattr(module, "active_peft_config", None), "is_prompt_learning", False)
    config = getattr(base, "config", None)
    if soft or config is None or getattr(config, "is_encoder_decoder", False) or _stack_of(base) is None:
        return float("inf")
    twin = small_twin(base, like=type(base))
    return float("inf") if twin is None else difference(twin)


def difference(module: Any) -> float:
    """Largest relative difference of values and gradients without padding; infinity where it cannot be computed.

    Args:
        module: an encoder in float32, small, for it computes three rows several times.
    """
    import torch

    rows = [[3 + (7 * row + 5 * place) % (VOCABULARY - 3) for place in range(n)] for row, n in enumerate(_TEST_LENGTHS)]
    longest = max(_TEST_LENGTHS)
    inputs = {
        "input_ids": torch.tensor([row + [0] * (longest - len(row)) for row in rows]),
        "attention_mask": torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows]),
    }

    def found() -> tuple[Any, list[Any]]:
        module.zero_grad(set_to_none=True)
        given = module(**inputs)[0]
        if given.ndim == 3:  # a value for each token: those of padding mean nothing
            given = given[inputs["attention_mask"].bool()]
        (given * torch.linspace(-1, 1, given.numel()).view(given.shape)).sum().backward()
        return given.detach(), [p.grad for p in module.parameters() if p.grad is not None]

    module.eval().requires_grad_(True)
    right = found()
    try:
        with unpadded(module):
            got = found()
    except (NotImplementedError, RuntimeError, TypeError, ValueError, AttributeError, KeyError, IndexError):
        return float("inf")
    finally:
        module.zero_grad(set_to_none=True)
    return furthest(right, got)


def filled(tokens: int) -> int:
    """The length of the one row for so many tokens: a multiple of an eighth to a sixteenth of it.

    >>> filled(3), filled(130), filled(500), filled(1000)
    (16, 144, 512, 1024)
    """
    step = max(_LEAST_STEP, 1 << max(0, tokens.bit_length() - 4))
    return -(-tokens // step) * step


def _stack_of(base: Any) -> Any | None:
    """The module that hands hidden states from layer to layer; None where there is none, or several."""
    import torch

    layers = getattr(base.config, "num_hidden_layers", 0)
    found = [
        module
        for module in base.modules()
        if any(isinstance(child, torch.nn.ModuleList) and len(child) == layers for child in module.children())
        and next(iter(inspect.signature(module.forward).parameters), "") == "hidden_states"
    ]
    return found[0] if len(found) == 1 else None


def _register() -> None:
    from transformers import AttentionInterface
    from transformers.masking_utils import AttentionMaskInterface

    AttentionInterface.register(NAME, attention)
    AttentionMaskInterface.register(NAME, _as_given)


def _as_given(*_: Any, attention_mask: Any = None, **__: Any) -> Any:
    """The mask that the caller gave, bool [B, L]: the rows are made of it."""
    return attention_mask


def _pack(_: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Before the stack: hidden states [B, L, D] become [1, T, D]."""
    import torch

    hidden = args[0] if args else kwargs["hidden_states"]
    mask = next((one for one in (*args[1:], *kwargs.values()) if _is_mask(one)), None)
    if mask is None:
        mask = torch.ones(hidden.shape[:2], dtype=torch.bool, device=hidden.device)
    rows = _rows_of(mask.bool())
    _now.append(rows)
    one = hidden.flatten(0, 1).index_select(0, rows.flat)
    one = torch.nn.functional.pad(one, (0, 0, 0, rows.size - len(one)))[None]
    rest = tuple(None if _is_mask(given) else given for given in args[1:])
    named = {name: None if _is_mask(given) else given for name, given in kwargs.items()}
    if args:
        return (one, *rest), named
    return (), {**named, "hidden_states": one}


def _is_mask(value: Any) -> bool:
    import torch

    return isinstance(value, torch.Tensor) and value.ndim == 2


def _unpack(_: Any, __: tuple[Any, ...], output: Any) -> Any:
    """After the stack: [1, T, D] become [B, L, D] again, padding zero."""
    rows = _now.pop() if _now else None
    if rows is None or output is None:  # something was raised
        return None
    packed = output[0][0, : len(rows.flat)]
    hidden = packed.new_zeros(rows.shape[0] * rows.shape[1], packed.shape[-1]).index_copy(0, rows.flat, packed)
    hidden = hidden.view(*rows.shape, -1)
    if isinstance(output, tuple):
        return (hidden, *output[1:])
    output.last_hidden_state = hidden
    return output


def _rows_of(mask: Any) -> _Rows:
    """Rows of a mask, bool [B, L], the longest first."""
    import torch

    lengths: list[int] = mask.sum(1).tolist()
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    moved = torch.tensor(order, device=mask.device)
    row, place = mask[moved].nonzero(as_tuple=True)
    flat = moved[row] * mask.shape[1] + place
    groups: list[_Group] = []
    start, first = 0, 0
    while first < len(order):
        longest = lengths[order[first]]
        last = first + 1
        while last < len(order) and (longest < _LONG or 2 * lengths[order[last]] >= longest):
            last += 1
        own = torch.tensor([lengths[one] for one in order[first:last]], device=mask.device)
        begin = start + own.cumsum(0) - own  # [n]
        across = torch.arange(longest, device=mask.device)
        real = across < own[:, None]
        end = start + int(own.sum())
        places = (begin[:, None] + across).clamp(max=max(end - 1, 0))
        mask_of_keys = None if real.all() else real[:, None, None]
        tokens = real.flatten().nonzero()[:, 0]
        groups.append(_Group(start, end, (last - first, longest), places.flatten(), tokens, mask_of_keys))
        start, first = end, last
    return _Rows(flat, (mask.shape[0], mask.shape[1]), groups, filled(start))


def attention(
    module: Any,
    query: Any,
    key: Any,
    value: Any,
    attention_mask: Any,
    *,
    scaling: float | None = None,
    dropout: float = 0.0,
    **more: Any,
) -> tuple[Any, None]:
    """The function that transformers calls: query, key and value [1, H, T, W] -> [1, T, H, W].

    Raises:
        NotImplementedError: outside of a stack of layers.
    """
    import torch

    if not _now or query.shape[0] != 1 or query.shape[2] != _now[-1].size:
        raise NotImplementedError("attention without padding outside of the stack")
    rows = _now[-1]
    lay, take = _functions()
    tensors = [tensor[0].transpose(0, 1) for tensor in (query, key, value)]  # [T, H, W]
    attend = quick_dropout.attention if query.device.type == "cpu" else _sdpa()
    found: list[Any] = []
    for group in rows.groups:
        q, k, v = (lay.apply(tensor, group).transpose(1, 2) for tensor in tensors)  # [n, H, longest, W]
        part, _ = attend(module, q, k, v, group.mask, scaling=scaling, dropout=dropout, **{**more, "is_causal": False})
        found.append(take.apply(part, group))
    one = torch.cat(found)
    return torch.nn.functional.pad(one, (0, 0, 0, 0, 0, rows.size - len(one)))[None], None


@cache
def _functions() -> tuple[Any, Any]:
    """Both autograd functions; made on first use, for torch is not imported before.

    Each token has one place, so that going back is taking, too: torch would add up what comes to a place.
    """
    import torch

    class Lay(torch.autograd.Function):
        """Tokens of the one row, [T, H, W], as the padded rows of a group, [n, longest, H, W]."""

        @staticmethod
        def forward(ctx: Any, one: Any, group: _Group) -> Any:
            ctx.group, ctx.size = group, len(one)
            return one.index_select(0, group.places).view(*group.shape, *one.shape[1:])

        @staticmethod
        def backward(ctx: Any, *grads: Any) -> Any:
            group = ctx.group
            own = grads[0].flatten(0, 1).index_select(0, group.real)
            return torch.nn.functional.pad(own, (0, 0, 0, 0, group.start, ctx.size - group.end)), None

    class Take(torch.autograd.Function):
        """Padded rows, [n, longest, H, W], as tokens one after another, [end - start, H, W]."""

        @staticmethod
        def forward(ctx: Any, padded: Any, group: _Group) -> Any:
            ctx.group = group
            return padded.flatten(0, 1).index_select(0, group.real)

        @staticmethod
        def backward(ctx: Any, *grads: Any) -> Any:
            group = ctx.group
            padded = grads[0].new_zeros(group.shape[0] * group.shape[1], *grads[0].shape[1:])
            return padded.index_copy_(0, group.real, grads[0]).view(*group.shape, *grads[0].shape[1:]), None

    return Lay, Take


def _sdpa() -> Any:
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    return sdpa_attention_forward
