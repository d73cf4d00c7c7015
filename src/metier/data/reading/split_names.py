"""Which split a file speaks of by its name: ``train.csv``, ``TestSet-1.csv``, ``devel/part-0.jsonl``."""

from __future__ import annotations

import re

from metier.core import SplitName
from metier.data.settings import SPLIT_WORDS


def split_of(name: str) -> SplitName | None:
    """The split of the first word in a file's name, or in its folders' names, that is one; None where no word is.

    >>> split_of("MTS-Dialog-TestSet-1.csv"), split_of("devel/part-0.tsv"), split_of("TRAIN_0.json")
    ('test', 'validation', 'train')
    >>> split_of("contest.csv"), split_of("tickets.csv")
    (None, None)
    """
    words = (word.lower().removesuffix("set") for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name))
    return next((SPLIT_WORDS[word] for word in words if word in SPLIT_WORDS), None)
