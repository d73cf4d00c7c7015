"""Log-probabilities of many answers after many prompts, over shared prompts.

A batch row is ``[prompt's own part | trie of answers]`` behind a cached prefix that all prompts share:

    cache          row
    [prefix P] -> [own part S, right-aligned] [trie nodes N]

A trie node sees the prefix, the row's own part, its ancestors and itself; positions run along the path. Only nodes that
have children are computed: a leaf's probability comes from its parent's logits.

Legend: ``B`` rows, ``P`` prefix, ``S`` longest own part, ``N`` inner trie nodes, ``Q = S + N``, ``V`` vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from metier.core import Reporter, Silent, step
from metier.models.slicing.twin import small_twin

TOKENS_A_BATCH = 2048
"""Upper bound of tokens (rows times row length) that one scoring pass takes."""
_TOLERANCE = 1e-5  # of the largest score, in float32
_PROBES = ((3, 4, 20, 21, 22), (3, 4, 20, 30), (3, 4, 41, 42, 43, 44, 45, 46))
_PROBE_ANSWERS = ((5, 6, 7), (5, 6, 8, 9), (10,), (11, 6), (5, 12))


@dataclass(frozen=True, slots=True)
class Trie:
    """Answers as a tree. Node 0 is the end of the prompt; nodes 1.. are inner tokens, parents before children.

    Attributes:
        tokens: token of each node from 1 on, [N].
        parents: parent of each node from 1 on, [N].
        depths: depth of each node from 1 on, the first token of an answer having 1, [N].
        edges: (parent node, token) of every token of every answer, each once, [E, 2].
        paths: for each answer the indices of its edges.
    """

    tokens: tuple[int, ...]
    parents: tuple[int, ...]
    depths: tuple[int, ...]
    edges: tuple[tuple[int, int], ...]
    paths: tuple[tuple[int, ...], ...]


def build_trie(answers: Sequence[Sequence[int]]) -> Trie:
    """The trie of ``answers``; inner nodes are numbered parents first.

    >>> trie = build_trie([[5, 6, 7], [5, 8]])  # 5 and 6 have children; 7 and 8 are leaves
    >>> trie.tokens, trie.parents, trie.paths
    ((5, 6), (0, 1), ((0, 1, 2), (0, 3)))
    """
    inner: dict[tuple[int, ...], int] = {(): 0}
    edges: dict[tuple[int, int], int] = {}
    paths: list[tuple[int, ...]] = []
    for answer in answers:
        path: list[int] = []
        for position, token in enumerate(answer):
            prefix = tuple(answer[:position])
            node = inner.setdefault(prefix, len(inner))
            path.append(edges.setdefault((node, token), len(edges)))
        paths.append(tuple(path))
    nodes = [prefix for prefix in inner if prefix]
    return Trie(
        tokens=tuple(prefix[-1] for prefix in nodes),
        parents=tuple(inner[prefix[:-1]] for prefix in nodes),
        depths=tuple(len(prefix) for prefix in nodes),
        edges=tuple(edges),
        paths=tuple(paths),
    )


def score_rows(
    module: Any,
    prompts: Sequence[Sequence[int]],
    answers: Sequence[Sequence[int]],
    *,
    device: str,
    reporter: Reporter,
    label: str,
) -> Any:
    """The plain way, one row for each prompt and answer: exact for every causal model, slower. Returns [P, A]."""
    import torch

    scores = np.zeros((len(prompts), len(answers)))
    with step(reporter, label, len(prompts)) as bar, torch.inference_mode():
        for index, prompt in enumerate(prompts):
            for column, answer in enumerate(answers):
                ids = torch.tensor([[*prompt, *answer]], device=device)
                logits = module(input_ids=ids, use_cache=False).logits[0, len(prompt) - 1 : -1].float()
                picked = logits.log_softmax(-1).gather(1, ids[0, len(prompt) :, None])
                scores[index, column] = picked.sum().item()
            bar.advance()
    return scores


def tree_is_exact(module: Any) -> bool:
    """Self-check: whether tree scores equal row scores for the architecture of ``module``, shown on a small twin.

    Without a twin (an architecture that does not come in a small size) the answer is no: rows are always right.
    """
    twin = small_twin(module)
    if twin is None:
        return False
    rows = score_rows(twin, _PROBES, _PROBE_ANSWERS, device="cpu", reporter=Silent(), label="")
    try:
        trees = score_trees(twin, _PROBES, _PROBE_ANSWERS, device="cpu", reporter=Silent(), label="")
    except (RuntimeError, TypeError, ValueError, NotImplementedError, AttributeError):
        return False  # the architecture does not take a tree mask
    return bool(np.abs(trees - rows).max() < _TOLERANCE * np.abs(rows).max())


def score_trees(
    module: Any,
    prompts: Sequence[Sequence[int]],
    answers: Sequence[Sequence[int]],
    *,
    device: str,
    reporter: Reporter,
    label: str,
) -> Any:
    """Every answer after every prompt in one pass a prompt. Returns float64 [len(prompts), len(answers)]."""
    import torch

    trie = build_trie(answers)
    prefix = _shared_prefix(prompts)
    order = sorted(range(len(prompts)), key=lambda i: -len(prompts[i]))
    scores = np.zeros((len(prompts), len(answers)))
    with step(reporter, label, len(prompts)) as bar, torch.inference_mode():
        cached = _prefix_cache(module, prompts[0][:prefix], device) if prefix else None
        while order:
            row = len(prompts[order[0]]) - prefix + len(trie.tokens)
            batch, order = order[: max(1, TOKENS_A_BATCH // row)], order[max(1, TOKENS_A_BATCH // row) :]
            owns = [prompts[i][prefix:] for i in batch]
            scores[batch] = _score_batch(module, owns, trie, cached, prefix, device)
            bar.advance(len(batch))
    return scores


def _shared_prefix(prompts: Sequence[Sequence[int]]) -> int:
    """Length of the beginning that all prompts share, leaving each at least its last token."""
    if len(prompts) < 2:
        return 0
    ordered = sorted(list(prompt) for prompt in prompts)
    first, last = ordered[0], ordered[-1]  # what these two share, all share
    limit = min(len(prompt) for prompt in prompts) - 1
    same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), limit)
    return min(same, limit)


def _prefix_cache(module: Any, prefix: Sequence[int], device: str) -> list[tuple[Any, Any]]:
    """Keys and values of the prefix for each layer, each [1, heads, P, width]."""
    import torch
    from transformers import DynamicCache

    cache: Any = DynamicCache()
    module(
        input_ids=torch.tensor([list(prefix)], device=device), past_key_values=cache, use_cache=True, logits_to_keep=1
    )
    return [(layer.keys, layer.values) for layer in cache.layers]


def _score_batch(
    module: Any,
    owns: Sequence[Sequence[int]],
    trie: Trie,
    cached: list[tuple[Any, Any]] | None,
    prefix: int,
    device: str,
) -> Any:
    """Scores of one batch, [B, A]."""
    import torch
    from transformers import DynamicCache

    width = max(len(own) for own in owns)  # S
    ids = torch.tensor([[0] * (width - len(own)) + list(own) + list(trie.tokens) for own in owns], device=device)
    lengths = torch.tensor([len(own) for own in owns], device=device)
    cache: Any = DynamicCache()
    for layer, (keys, values) in enumerate(cached or []):
        cache.update(keys.expand(len(owns), -1, -1, -1), values.expand(len(owns), -1, -1, -1), layer)
    output = module(
        input_ids=ids,
        attention_mask=_mask(lengths, width, trie, prefix, next(module.parameters()).dtype),
        position_ids=_positions(lengths, width, trie, prefix),
        past_key_values=cache,
        use_cache=True,
        logits_to_keep=torch.arange(width - 1, width + len(trie.tokens), device=device),
    )
    logits = output.logits.float()  # [B, 1 + N, V]
    edges = torch.tensor(trie.edges, device=device)
    picked = logits[:, edges[:, 0], edges[:, 1]].double() - logits.logsumexp(-1).double()[:, edges[:, 0]]  # [B, E]
    picked = picked.cpu().numpy()
    return np.stack([picked[:, list(path)].sum(axis=1) for path in trie.paths], axis=1)


def _mask(lengths: Any, width: int, trie: Trie, prefix: int, dtype: Any) -> Any:
    """Additive attention mask [B, 1, Q, P + Q]: 0 where a token may look, the lowest number elsewhere."""
    import torch

    num_nodes = len(trie.tokens)
    size = width + num_nodes
    see = torch.zeros(size, size, dtype=torch.bool, device=lengths.device)
    see[:width, :width] = torch.ones(width, width, dtype=torch.bool, device=lengths.device).tril()
    see[width:, :width] = True
    for node, parent in enumerate(trie.parents):
        if parent:
            see[width + node, width:] = see[width + parent - 1, width:]
        see[width + node, width + node] = True
    real = torch.arange(size, device=lengths.device)[None] >= (width - lengths)[:, None]  # [B, Q]
    rows = see[None] & real[:, None, :]
    rows |= torch.eye(size, dtype=torch.bool, device=lengths.device)[None]  # padding looks at itself, or it is NaN
    before = torch.ones(len(lengths), size, prefix, dtype=torch.bool, device=lengths.device)
    allowed = torch.cat([before, rows], dim=2)[:, None]
    return torch.zeros(allowed.shape, dtype=dtype, device=lengths.device).masked_fill(~allowed, torch.finfo(dtype).min)


def _positions(lengths: Any, width: int, trie: Trie, prefix: int) -> Any:
    """Position ids [B, Q] along each token's own path; padding gets 0."""
    import torch

    own = torch.arange(width, device=lengths.device)[None] - (width - lengths)[:, None] + prefix
    depths = torch.tensor(trie.depths, device=lengths.device, dtype=torch.long)[None]
    nodes = prefix + lengths[:, None] - 1 + depths
    return torch.cat([own, nodes], dim=1).clamp(min=0)
