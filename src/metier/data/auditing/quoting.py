"""Where texts quote rows word for word: a question, and whether its answer stands beside it."""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from metier.core.tasks import TaskForm
from metier.data.auditing.finding import Row
from metier.data.values import normalise

RUN = 13
"""Words in a run that is not shared by chance, as in Brown et al., "Language Models are Few-Shot Learners", 2020."""
FEWEST = 5
"""Words that a question must have to be looked for."""
_NEAR, _BESIDE = 50, 12
"""Words between a question and its answer, at most: of an answer of five words or more, and of a shorter one, which
stands in the wider neighbourhood by chance."""
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")

Words = list[str]


class Quoted(NamedTuple):
    """A row whose question stands in a text.

    Attributes:
        row: the row.
        name: of the text.
        answered: whether its answer stands beside it.
    """

    row: Row
    name: str
    answered: bool


def words_of(text: str) -> Words:
    """The words of a text without case and punctuation; characters of scripts that put no spaces between words.

    >>> words_of("Where's my CARD?"), words_of("我的卡")
    (['where', 's', 'my', 'card'], ['我', '的', '卡'])
    """
    return _WORD.findall(normalise(text))


def quoted(rows: Iterable[Row], texts: Sequence[tuple[str, str]], form: TaskForm) -> list[Quoted]:
    """Rows whose question stands in one of some texts, each once: where its answer stands beside it, if anywhere.

    What is looked for is the end of the input, 13 words of it, or all of a shorter one: in an input made of a context
    and a question, that is the question, so that a context taken from the documents is none.

    Args:
        rows: with inputs and targets; those with fewer than five words are passed over.
        texts: name and text of each.
        form: what targets are.
    """
    starts = _starts(text for _, text in texts)
    wanted: defaultdict[tuple[str, ...], list[tuple[Row, Words, Words]]] = defaultdict(list)
    for row in rows if len(starts) else ():
        run = words_of(row.input)[-RUN:]
        if len(run) >= FEWEST and _among(hash(tuple(run[:FEWEST])), starts):
            wanted[tuple(run[:FEWEST])].append((row, run, words_of(form.shown(row.target))[:RUN]))
    found: dict[str, Quoted] = {}
    for name, text in texts if wanted else ():
        for row, answered in _in_text(words_of(text), wanted):
            known = found.get(row.id)
            if known is None or (answered and not known.answered):
                found[row.id] = Quoted(row, name, answered)
    return list(found.values())


def _starts(texts: Iterable[str]) -> NDArray[np.int64]:
    """Hashes of all runs of five words in texts, ascending: rows are held only where one of theirs is among them."""
    found = array("q")
    for text in texts:
        words = words_of(text)
        found.extend(hash(tuple(words[start : start + FEWEST])) for start in range(len(words) - FEWEST + 1))
    return np.unique(np.frombuffer(found, dtype=np.int64))


def _among(number: int, ascending: NDArray[np.int64]) -> bool:
    place = int(np.searchsorted(ascending, number))
    return place < len(ascending) and int(ascending[place]) == number


def _in_text(words: Words, wanted: dict[tuple[str, ...], list[tuple[Row, Words, Words]]]) -> Iterator[tuple[Row, bool]]:
    firsts = {key[0] for key in wanted}
    for start, word in enumerate(words):
        if word not in firsts:
            continue
        for row, run, answer in wanted.get(tuple(words[start : start + FEWEST]), ()):
            end = start + len(run)
            if words[start:end] == run:
                reach = len(answer) + (_NEAR if len(answer) >= FEWEST else _BESIDE)
                around = words[max(0, start - reach) : start], words[end : end + reach]
                yield row, any(_stands(answer, side) for side in around)


def _stands(answer: Words, words: Words) -> bool:
    size = len(answer)
    return bool(answer) and any(words[place : place + size] == answer for place in range(len(words) - size + 1))
