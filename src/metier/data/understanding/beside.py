"""Columns that belong together: texts that are judged with one another, columns of yes and no that are one answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from metier.data.understanding import column_words as words
from metier.data.understanding.columns import Column
from metier.data.values import YES_NO

_PLACES = frozenset([*"12345abcd", "one", "two", "three", "first", "second", "third", "left", "right"])
_PAIRS = tuple(
    frozenset(pair.split())
    for pair in (
        *("premise hypothesis", "query passage", "query document", "question passage", "question sentence"),
        *("claim evidence", "question context", "sentence aspect", "text aspect", "prämisse hypothese"),
    )
)
_MOST_TEXTS = 5
_FEWEST_FLAGS = 3
_YES_NO = frozenset(map(frozenset, YES_NO))


def judged_together(columns: Sequence[Column], chosen: str) -> tuple[str, ...]:
    """The texts that ``chosen`` belongs to (``sentence1`` and ``sentence2``, premise and hypothesis), with itself.

    Empty where it stands alone. In the order of the file.
    """
    texts = [column.name for column in columns if column.values == "text"]
    numbered = [name for name in texts if _stem(name) and _stem(name) == _stem(chosen)]
    if 2 <= len(numbered) <= _MOST_TEXTS:
        return tuple(numbered)
    partners = [name for name in texts if frozenset({name.lower(), chosen.lower()}) in _PAIRS]
    return tuple(name for name in texts if name in {chosen, *partners[:1]}) if partners else ()


def flags(columns: Sequence[Column]) -> tuple[str, ...]:
    """Columns that say yes or no in every row (0 and 1, true and false), where at least three do; else none."""
    found = [column.name for column in columns if _is_flag(column)]
    return tuple(found) if len(found) >= _FEWEST_FLAGS else ()


def _stem(name: str) -> tuple[str, ...]:
    """The words of a numbered name but its number; empty where it has none, or nothing else."""
    parts = [part for word in words.words_of(name) for part in re.findall(r"\d+|\D+", word)]
    rest = tuple(part for part in parts if part not in _PLACES)
    return rest if len(rest) == len(parts) - 1 and rest != ("column",) else ()


def _is_flag(column: Column) -> bool:
    named = words.match(column.name, words.LABEL | words.ID | words.SPLIT)
    whole = column.filled == column.rows and column.distinct == 2
    return whole and not named and frozenset(choice.lower() for choice in column.choices) in _YES_NO
