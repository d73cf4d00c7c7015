"""Whether an instruction holds text of the rows it was made from.

A model that rewrites an instruction after looking at training rows may write them into it: the prompt then repeats what
it should have learnt from, and whoever reads the prompt reads the rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

WORDS = 5
"""Words in a row that count as copied."""
_CHARACTERS = 12  # they have at least so many: single signs of Chinese, Japanese and Korean count as words
_WHOLE = 3  # a text of fewer words than this is nobody's own
_WORD = re.compile(r"[぀-ヿ㐀-鿿가-힯]|[^\W_぀-ヿ㐀-鿿가-힯]+")


class CopyGuard:
    """Knows the runs of words of many texts.

    Args:
        texts: that may not be copied from.
        allowed: texts whose own runs are nobody's secret: the recipe's instruction, the names of labels.

    >>> guard = CopyGuard(["my card was eaten by the machine in Leeds"])
    >>> guard.copied("If a card was eaten by the machine, answer lost card.")
    'card was eaten by the'
    >>> guard.copied("Choose lost card where a machine kept it.") is None
    True
    """

    def __init__(self, texts: Iterable[str], *, allowed: Iterable[str] = ()) -> None:
        self._runs: set[int] = set()
        for text in texts:
            words = _words(text)
            self._runs.update(hash(run) for run in _runs(words))
            if _WHOLE <= len(words) < WORDS:
                self._runs.add(hash(tuple(words)))
        for text in allowed:
            self._runs.difference_update(hash(run) for run in _every_run(_words(text)))

    def copied(self, text: str) -> str | None:
        """The first run of ``text`` that is copied; None where there is none."""
        for run in _every_run(_words(text)):
            if hash(run) in self._runs:
                return " ".join(run)
        return None


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _runs(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """From each word on, as few words as make a run."""
    for start in range(len(words) - WORDS + 1):
        end, characters = start + WORDS, sum(map(len, words[start : start + WORDS]))
        while characters < _CHARACTERS and end < len(words):
            characters += len(words[end])
            end += 1
        if characters >= _CHARACTERS:
            yield tuple(words[start:end])


def _every_run(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The same, and what could be a short text as a whole."""
    yield from _runs(words)
    for count in range(_WHOLE, WORDS):
        for start in range(len(words) - count + 1):
            yield tuple(words[start : start + count])
