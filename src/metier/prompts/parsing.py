"""From what a model wrote to the label it meant."""

from __future__ import annotations

import re
from collections.abc import Mapping

NO_LABEL = "(no label)"
"""What stands in place of a label where an answer names none, or more than one."""


def parse_label(answer: str, label_words: Mapping[str, str]) -> str | None:
    """The label that an answer names; None where it names none, or several.

    The whole answer counts first, whatever its case, quotes and end marks; else the one label whose words stand in it.
    Where one label's words are part of another's ("card", "card arrival"), the longer one is meant.

    >>> parse_label("Answer: 'Card arrival'.", {"card_arrival": "card arrival", "card": "card"})
    'card_arrival'
    >>> parse_label("card or refund?", {"card": "card", "refund": "refund"}) is None
    True
    """
    said = _plain(answer)
    known = {_plain(word): label for label, word in label_words.items()}
    known |= {_plain(label): label for label in label_words if _plain(label) not in known}
    if said in known:
        return known[said]
    rest, named = said, set[str]()
    for words in sorted(known, key=len, reverse=True):
        if words:
            rest, count = re.subn(rf"(?<!\w){re.escape(words)}(?!\w)", "\0", rest)
            named |= {known[words]} if count else set()
    return named.pop() if len(named) == 1 else None


def _plain(text: str) -> str:
    """Lower case, one space between words, without quotes and marks around it."""
    return " ".join(text.casefold().split()).strip(" .,:;!?\"'`*_#()[]{}<>-")
