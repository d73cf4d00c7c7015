"""Texts that say the same in other words, as far as an embedder can tell: pairs of vectors with a high cosine.

MinHash (:mod:`metier.data.dividing.minhash`) finds texts that share their letters and needs no model; this finds
paraphrases. Every pair is compared, so nothing is missed and nothing depends on the order: a text costs two bytes for
each number of its vector (100,000 texts and 384 numbers: 77 MB), the comparison a tile of 16 MB, and time grows with
the square of the texts, though for tens of thousands making the vectors takes longer.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from metier.data.dividing.splits.groups import Groups

Embed = Callable[[Sequence[str]], Any]
"""Unit vectors of texts, [N, D]."""
LONGEST = 1_000
"""Characters beyond which a text is not compared: embedders read its beginning only, and what two long texts have in
common is their subject."""
_AT_ONCE = 1_024
"""Texts whose vectors are asked for at once."""
_TILE = 2_048
"""Rows and columns of similarities that are held at once."""


class Paraphrases(NamedTuple):
    """Clusters of texts that say the same, and how many texts were too long to be compared."""

    clusters: list[tuple[int, ...]]
    too_long: int


def paraphrases(
    texts: Sequence[str],
    likeness: float,
    embed: Embed,
    *,
    advance: Callable[[int], None] = lambda count: None,
) -> Paraphrases:
    """Clusters of texts whose vectors are alike: connected components of two or more.

    Args:
        texts: any number; see the module for memory and time.
        likeness: cosine similarity from which two texts are linked, -1 to 1.
        embed: asked for a thousand vectors at a time.
        advance: told the number of texts done.

    Returns:
        Each cluster as ascending places in ``texts``, clusters ordered by their first place.
    """
    places, too_long = array("q"), 0
    for place, text in enumerate(texts):
        if len(text) > LONGEST:
            too_long += 1
        elif text.strip():
            places.append(place)
    advance(len(texts) - len(places))
    groups = Groups(len(texts))
    if len(places) > 1:
        vectors = _vectors(texts, places, embed, advance)
        for first, second in _links(vectors, likeness):
            groups.join(places[first], places[second])
    clusters = [members for members in groups.members() if len(members) > 1]
    return Paraphrases(clusters, too_long)


def _vectors(
    texts: Sequence[str], places: Sequence[int], embed: Embed, advance: Callable[[int], None]
) -> NDArray[np.float16]:
    """Vectors of the texts at ``places`` at half precision, [N, D]: a cosine then errs by less than 0.001."""
    found: NDArray[np.float16] | None = None
    for start in range(0, len(places), _AT_ONCE):
        some = np.asarray(embed([texts[place] for place in places[start : start + _AT_ONCE]]), dtype=np.float16)
        if found is None:
            found = np.empty((len(places), some.shape[1]), dtype=np.float16)
        found[start : start + len(some)] = some
        advance(len(some))
    assert found is not None, "asked for texts"
    return found


def _links(vectors: NDArray[np.float16], likeness: float) -> Iterator[tuple[int, int]]:
    """Pairs that link what is alike, no more of each tile than join its components."""
    starts = range(0, len(vectors), _TILE)
    for top in starts:
        upper = vectors[top : top + _TILE].astype(np.float32)
        for left in range(top, len(vectors), _TILE):
            lower = upper if left == top else vectors[left : left + _TILE].astype(np.float32)
            rows, columns = np.nonzero(upper @ lower.T >= likeness)
            if left == top:
                above = columns > rows
                rows, columns = rows[above], columns[above]
            if len(rows):
                yield from _spanning(rows + top, columns + left)


def _spanning(rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Iterator[tuple[int, int]]:
    """Each place of a component with the component's first one."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    nodes, flat = np.unique(np.concatenate([rows, columns]), return_inverse=True)
    ends = flat.reshape(2, -1)
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (ends[0], ends[1])), shape=(len(nodes), len(nodes)))
    component = connected_components(graph, directed=False)[1]
    first = nodes[np.unique(component, return_index=True)[1]]
    for node, number in zip(nodes.tolist(), component.tolist(), strict=True):
        if node != first[number]:
            yield int(first[number]), int(node)
