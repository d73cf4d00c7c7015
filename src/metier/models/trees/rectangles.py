"""The rectangles of attention that a forest is cut into, and their masks.

A node's tokens see each other causally, and everything that descends from a node sees all of it; small subtrees are one
rectangle with a mask. Nothing that may not be seen is computed but in these.

Legend: ``T`` packed tokens, ``Q`` those that ask, ``A`` tokens ahead of the forest.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Any, NamedTuple

from metier.models.trees.forest import Forest

_BLOCK = 192
"""Subtrees of at most this many tokens are computed as one masked square."""
_TILE = 320
"""Longest side of a tile of the backward pass, in tokens."""


class Piece(NamedTuple):
    """A rectangle of attention: queries [q0, q1) over keys [k0, k1).

    Attributes:
        form: ``causal`` (a square, each token sees those before), ``full``, or ``masked`` (a square under a tree mask).
    """

    q0: int
    q1: int
    k0: int
    k1: int
    form: str


def pieces(forest: Forest) -> list[Piece]:
    """The rectangles that cover exactly what the tokens of ``forest`` may see."""
    found: list[Piece] = []
    small: list[int] = []  # [start, end) of neighbouring small subtrees, to be one square

    def flush() -> None:
        if small:
            found.append(Piece(small[0], small[1], small[0], small[1], "masked"))
            small.clear()

    index = 0
    while index < len(forest.nodes):
        node = forest.nodes[index]
        if node.until - node.start <= _BLOCK:
            if small and small[1] == node.start and node.until - small[0] <= _BLOCK:
                small[1] = node.until
            else:
                flush()
                small[:] = [node.start, node.until]
            while index < len(forest.nodes) and forest.nodes[index].start < node.until:
                index += 1
            continue
        flush()
        found.append(Piece(node.start, node.end, node.start, node.end, "causal"))
        if node.until > node.end:
            found.append(Piece(node.end, node.until, node.start, node.end, "full"))
        index += 1
    flush()
    chains = {(node.start, node.end) for node in forest.nodes if node.until == node.end}
    return [p._replace(form="causal") if p.form == "masked" and (p.q0, p.q1) in chains else p for p in found]


def tiles(piece: Piece) -> list[Piece]:
    """The same rectangle in tiles of at most ``_TILE`` tokens a side, without those above the diagonal.

    >>> [tile[:4] for tile in tiles(Piece(0, 600, 0, 600, "causal"))]
    [(0, 300, 0, 300), (300, 600, 0, 300), (300, 600, 300, 600)]
    """
    q0, q1, k0, k1, form = piece
    if max(q1 - q0, k1 - k0) <= _TILE:
        return [piece]
    q, k = (q0 + q1) // 2, (k0 + k1) // 2
    if form == "causal":
        parts = [Piece(q0, q, k0, k, form), Piece(q, q1, k0, k, "full"), Piece(q, q1, k, k1, form)]
    elif q1 - q0 > k1 - k0:
        parts = [Piece(q0, q, k0, k1, form), Piece(q, q1, k0, k1, form)]
    else:
        parts = [Piece(q0, q1, k0, k, form), Piece(q0, q1, k, k1, form)]
    return [tile for part in parts for tile in tiles(part)]


def _narrowed(parts: list[Piece], asking: list[int]) -> list[Piece]:
    """The same rectangles for some queries alone, whose numbers in ``asking`` take the place of those in the row."""
    found: list[Piece] = []
    for part in parts:
        q0, q1 = bisect_left(asking, part.q0), bisect_left(asking, part.q1)
        if q0 < q1:
            found.append(Piece(q0, q1, part.k0, part.k1, "full" if part.form == "full" else "masked"))
    return found


def _moved(parts: list[Piece], ahead: int) -> list[Piece]:
    """The same rectangles where so many keys stand ahead of all."""
    return [part._replace(k0=part.k0 + ahead, k1=part.k1 + ahead) for part in parts]


class Attending:
    """What attention needs to know of the forest that a forward pass computes.

    Args:
        forest: the packed row.
        device: where masks are made.
        asking: places whose queries alone are computed, sorted, [Q]; None: all, and Q is T.
        ahead: A, keys that stand ahead of the forest and are seen by all of it.
    """

    def __init__(self, forest: Forest, device: str, *, asking: Any = None, ahead: int = 0) -> None:
        import torch

        self.forest, self.device, self.asking, self.ahead = forest, device, asking, ahead
        self.filled = False
        size = len(forest.ids)
        self.pieces = pieces(forest)
        self.tiles = [tile for piece in self.pieces for tile in tiles(piece)]
        if asking is not None:
            self.pieces = self.tiles = _narrowed(self.tiles, asking.tolist())
        if ahead:
            first = Piece(0, size if asking is None else len(asking), 0, ahead, "full")
            self.pieces = [first, *_moved(self.pieces, ahead)]
            self.tiles = [*tiles(first), *_moved(self.tiles, ahead)]
        self._places = torch.arange(size, device=device) if asking is None else asking
        self._keys = torch.arange(-ahead, size, device=device)  # the place of each key, [A + T]
        self._until = torch.tensor([size] * ahead + forest.until(), device=device)
        self._positions = torch.tensor([*range(-ahead, 0), *forest.positions], device=device)
        self._masks: dict[Any, Any] = {}
        self._behind: dict[int, Attending] = {}

    def behind(self, ahead: int) -> Attending:
        """The same where so many keys stand ahead."""
        if not ahead:
            return self
        if ahead not in self._behind:
            self._behind[ahead] = Attending(self.forest, self.device, asking=self.asking, ahead=ahead)
        return self._behind[ahead]

    def dense(self, window: int | None = None) -> Any:
        """Which token sees which, bool [Q, A + T] (queries, keys), within ``window`` positions where one is given."""
        key = ("dense", window)
        if key not in self._masks:
            see = self._seen(self._places, slice(None))
            if window is not None:
                see &= self._positions[self.ahead :][self._places][:, None] - self._positions[None] < window
            self._masks[key] = see
        return self._masks[key]

    def square(self, piece: Piece, dtype: Any) -> Any:
        """Additive mask of a piece that is not full, [1, 1, q, k]."""
        import torch

        key = (piece, dtype)
        if key not in self._masks:
            see = self._seen(self._places[piece.q0 : piece.q1], slice(piece.k0, piece.k1))
            mask = torch.zeros(see.shape, dtype=dtype, device=see.device).masked_fill(~see, float("-inf"))
            self._masks[key] = mask[None, None]
        return self._masks[key]

    def _seen(self, queries: Any, keys: slice) -> Any:
        """Which of the tokens at ``queries`` see which of ``keys``, bool [queries, keys]."""
        return (self._keys[keys] <= queries[:, None]) & (queries[:, None] < self._until[keys])

    def blocks(self) -> Any:
        """FlexAttention's block mask; without ``asking``."""
        from torch.nn.attention.flex_attention import create_block_mask

        if "blocks" not in self._masks:
            until, ahead, device = self._until, self.ahead, str(self._until.device)

            def see(_b: Any, _h: Any, query: Any, key: Any) -> Any:
                return (key - ahead <= query) & (query < until[key])

            self._masks["blocks"] = create_block_mask(see, None, None, len(until) - ahead, len(until), device=device)
        return self._masks["blocks"]
