"""How good a ranking is when it is known which documents are right, and how often the answer is in the context.

All take names in ranked order; a document that several chunks bring counts once, at its best place.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection, Sequence

_WORD = re.compile(r"\w+")


def recall(ranking: Sequence[str], right: Collection[str], *, k: int) -> float:
    """Share of the right documents among the first ``k``.

    >>> recall(["a", "b", "c"], {"b", "z"}, k=2)
    0.5
    """
    return len(set(ranking[:k]) & set(right)) / len(set(right)) if right else 0.0


def hit(ranking: Sequence[str], right: Collection[str], *, k: int) -> float:
    """1 where any right document is among the first ``k``, else 0."""
    return float(bool(set(ranking[:k]) & set(right)))


def reciprocal_rank(ranking: Sequence[str], right: Collection[str]) -> float:
    """1 over the place of the first right document, 0 where there is none; its mean is MRR.

    >>> reciprocal_rank(["a", "b"], {"b"})
    0.5
    """
    places = [place for place, name in enumerate(dict.fromkeys(ranking), 1) if name in right]
    return 1 / places[0] if places else 0.0


def ndcg(ranking: Sequence[str], right: Collection[str], *, k: int) -> float:
    """Normalised discounted cumulative gain at ``k`` with gains of 0 and 1 (Järvelin and Kekäläinen 2002).

    >>> round(ndcg(["a", "b"], {"b"}, k=2), 3)
    0.631
    """
    names = list(dict.fromkeys(ranking))[:k]
    gain = sum(1 / math.log2(place + 1) for place, name in enumerate(names, 1) if name in right)
    best = sum(1 / math.log2(place + 1) for place in range(1, min(k, len(set(right))) + 1))
    return gain / best if best else 0.0


def answer_in_context(answer: str, contexts: Sequence[str]) -> float:
    """1 where the answer stands word for word in a passage (case, accents and punctuation aside), else 0.

    >>> answer_in_context("Sixty days.", ["It lasts sixty days from delivery."])
    1.0
    """
    wanted = _plain(answer)
    return float(bool(wanted) and any(f" {wanted} " in f" {_plain(context)} " for context in contexts))


def _plain(text: str) -> str:
    stripped = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(_WORD.findall(stripped))
