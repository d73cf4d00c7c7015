"""Attention over a forest, for any transformers model that asks the attention interface.

On a CPU a forest is cut into rectangles of queries and keys without a dense mask (``rectangles.py``). Forward, each
rectangle is one call of the flash kernel, and partial results are merged by their log-sum-exp. Backward, each tile of a
rectangle makes its shares anew from the merged log-sum-exp, which makes its part of the gradient exact (the algebra of
ring attention: Liu et al. 2023, arXiv 2310.01889); plain products are quicker there than the kernel's own backward
pass. Elsewhere: FlexAttention with a block mask, and SDPA with a dense mask where a window or dropout asks for it.

Legend: ``H`` query heads, ``G`` key heads, ``T`` packed tokens, ``Q`` those that ask, ``A`` tokens ahead of the
forest, ``D`` width of a head.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import Any

from metier.models.trees.forest import Forest
from metier.models.trees.rectangles import Attending, Piece
from metier.models.wrapping import attending_by, base_of

NAME = "metier_tree"
"""The name under which transformers knows this attention."""
_now: list[Attending | None] = []
"""The forest that is being computed, None: ordinary rows; the attention function has no other way to know."""


@contextmanager
def attending(forest: Forest, device: str, *, asking: Any = None) -> Generator[Attending]:
    """Within it, a module under :func:`use_trees` computes ``forest``; afterwards, ordinary rows again.

    Args:
        forest: the packed row.
        device: where it computes.
        asking: places whose attention alone is computed, sorted, [Q]; None: all.
    """
    _now.append(now := Attending(forest, device, asking=asking))
    try:
        yield now
    finally:
        _now.pop()


def forest_now() -> Forest | None:
    """The forest that is being computed; None: ordinary rows."""
    return _now[-1].forest if _now and _now[-1] else None


@contextmanager
def use_trees(module: Any) -> Generator[None]:
    """Within it, ``module`` attends by this file; afterwards as before.

    Raises:
        ValueError: the model does not use transformers' attention interface.
    """
    from transformers import AttentionInterface
    from transformers.masking_utils import AttentionMaskInterface

    AttentionInterface.register(NAME, attention)
    AttentionMaskInterface.register(NAME, _no_mask)
    with attending_by(NAME, module):
        yield


@contextmanager
def without_trees(module: Any) -> Generator[None]:
    """Within it, inside of :func:`use_trees`, ``module`` attends to ordinary rows again, as for generation."""
    _now.append(None)
    try:
        with attending_by("sdpa", module) if base_of(module).config._attn_implementation == NAME else nullcontext():
            yield
    finally:
        _now.pop()


def _no_mask(*_: Any, **__: Any) -> None:
    """Transformers need not make a mask: the attention function has the forest."""
    return


def attention(
    module: Any,
    query: Any,
    key: Any,
    value: Any,
    attention_mask: Any,
    *,
    scaling: float | None = None,
    dropout: float = 0.0,
    sliding_window: int | None = None,
    **unknown: Any,
) -> tuple[Any, None]:
    """The function that transformers calls: query [1, H, T, D], key and value [1, G, A + T, D] -> [1, T, H, D].

    The first A keys stand ahead of the forest (the virtual tokens of a soft prompt); all of it sees them.
    Where some tokens alone ask, theirs stand first, and the rest is zeros: models expect T of them, and the caller
    takes the first Q before anything is computed of them (``filled`` says that it is time to).

    Raises:
        NotImplementedError: outside of :func:`attending`.
    """
    import torch

    now = _now[-1] if _now else None
    if now is None or query.shape[2] != len(now.forest.ids):
        raise NotImplementedError("tree attention without a forest")
    some = query if now.asking is None else query.index_select(2, now.asking)
    behind = now.behind(key.shape[2] - query.shape[2])
    out = _attended(behind, some, key, value, scaling, dropout, sliding_window, unknown)
    if now.asking is None:
        return out, None
    now.filled = True
    return torch.nn.functional.pad(out, (0, 0, 0, 0, 0, query.shape[2] - some.shape[2])), None


def _attended(
    now: Attending,
    query: Any,
    key: Any,
    value: Any,
    scaling: float | None,
    dropout: float,
    sliding_window: int | None,
    unknown: Mapping[str, Any],
) -> Any:
    """What the tokens that ask read: [1, Q, H, D] of query [1, H, Q, D], key and value [1, G, A + T, D]."""
    import torch

    reach = now.ahead + max(now.forest.positions)
    window = sliding_window if sliding_window and reach >= sliding_window else None
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    if torch.is_autocast_enabled(query.device.type):  # torch's own attention rounds by itself; rotary leaves float32
        rounded = torch.get_autocast_dtype(query.device.type)
        query, key, value = query.to(rounded), key.to(rounded), value.to(rounded)
    groups = query.shape[1] // key.shape[1]
    softcap, sinks = unknown.get("softcap"), unknown.get("s_aux")
    by_hand = softcap is not None or sinks is not None
    if groups > 1 and (by_hand or query.device.type == "cpu"):
        key, value = key.repeat_interleave(groups, 1), value.repeat_interleave(groups, 1)
        groups = 1
    if by_hand:
        return _plain(query, key, value, now.dense(window), scale, softcap, sinks)
    if query.device.type == "cpu" and window is None and not dropout:
        return _pieces_function().apply(query, key, value, now, scale).transpose(1, 2)
    if query.device.type == "cuda" and window is None and not dropout and now.asking is None:
        flex = _compiled_flex()
        out = flex(query, key, value, block_mask=now.blocks(), scale=scale, enable_gqa=groups > 1)
        return out.transpose(1, 2).contiguous()
    out = torch.nn.functional.scaled_dot_product_attention(
        query, key, value, attn_mask=now.dense(window), dropout_p=dropout, scale=scale, enable_gqa=groups > 1
    )
    return out.transpose(1, 2).contiguous()


def _plain(query: Any, key: Any, value: Any, see: Any, scale: float, softcap: float | None, sinks: Any) -> Any:
    """Attention in plain products, for models that squash their scores or let heads look nowhere: [1, Q, H, D].

    ``query`` is [1, H, Q, D], ``key`` and ``value`` are [1, H, A + T, D], ``see`` is bool [Q, A + T]. With ``softcap``
    scores are squashed into (-softcap, softcap), as in Gemma 2; ``sinks`` are a score a head for looking nowhere, [H],
    as in gpt-oss.
    """
    import torch

    scores = query @ key.transpose(2, 3) * scale
    if softcap is not None:
        scores = torch.tanh(scores / softcap) * softcap
    scores = scores.masked_fill(~see, torch.finfo(scores.dtype).min)
    if sinks is not None:
        scores = torch.cat([scores, sinks.view(1, -1, 1, 1).expand(1, -1, scores.shape[2], 1)], -1)
    shares = scores.softmax(-1, dtype=torch.float32).to(value.dtype)[..., : value.shape[2]]
    return (shares @ value).transpose(1, 2).contiguous()


@cache
def _compiled_flex() -> Any:
    import torch
    from torch.nn.attention.flex_attention import flex_attention

    return torch.compile(flex_attention, dynamic=True)


@cache
def _pieces_function() -> Any:
    """The autograd function over rectangles; made on first use, for torch is not imported before."""
    import torch

    flash = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu

    def mask_of(now: Attending, piece: Piece, dtype: Any) -> Any:
        return now.square(piece, dtype) if piece.form == "masked" else None

    class PiecesFunction(torch.autograd.Function):
        """Forward and backward over all rectangles of a forest."""

        @staticmethod
        def forward(ctx: Any, query: Any, key: Any, value: Any, now: Attending, scale: float) -> Any:
            out: Any = None
            total = query.new_full(query.shape[:3], float("-inf"), dtype=torch.float32)  # log-sum-exp so far
            for piece in now.pieces:
                rows, columns = slice(piece.q0, piece.q1), slice(piece.k0, piece.k1)
                part, lse = flash(
                    query[:, :, rows], key[:, :, columns], value[:, :, columns], 0.0, piece.form == "causal",
                    attn_mask=mask_of(now, piece, query.dtype), scale=scale,
                )  # fmt: skip
                if len(now.pieces) == 1:
                    out, total = part, lse
                    break
                if out is None:
                    out = torch.zeros(query.shape, dtype=torch.float32)
                before = total[:, :, rows]
                after = torch.logaddexp(before, lse)
                kept, added = (before - after).exp()[..., None], (lse - after).exp()[..., None]
                out[:, :, rows] = out[:, :, rows] * kept + part * added
                total[:, :, rows] = after
            out = out.to(query.dtype)
            ctx.save_for_backward(query, key, value, out, total)
            ctx.now, ctx.scale = now, scale
            return out

        @staticmethod
        def backward(ctx: Any, *grads: Any) -> Any:
            query, key, value, out, total = (tensor[0] for tensor in ctx.saved_tensors)  # [H, T, D]
            grad = grads[0][0].contiguous()
            delta = (grad.float() * out.float()).sum(-1, keepdim=True)  # [H, T, 1]
            scaled = query.float() * ctx.scale
            sums = [torch.zeros(tensor.shape, dtype=torch.float32) for tensor in (query, key, value)]
            for piece in ctx.now.tiles:
                rows, columns = slice(piece.q0, piece.q1), slice(piece.k0, piece.k1)
                shares = scaled[:, rows] @ key[:, columns].float().transpose(1, 2)  # scores first, [H, q, k]
                if piece.form != "full":
                    shares += ctx.now.square(piece, torch.float32)[0]
                shares.sub_(total[:, rows, None]).exp_()
                slopes = (grad[:, rows] @ value[:, columns].transpose(1, 2)).float()
                slopes.sub_(delta[:, rows]).mul_(shares)
                shares, slopes = shares.to(query.dtype), slopes.to(query.dtype)
                sums[0][:, rows] += (slopes @ key[:, columns]).mul_(ctx.scale)
                sums[1][:, columns] += (slopes.transpose(1, 2) @ query[:, rows]).mul_(ctx.scale)
                sums[2][:, columns] += shares.transpose(1, 2) @ grad[:, rows]
            return *(summed.to(query.dtype)[None] for summed in sums), None, None

    return PiecesFunction
