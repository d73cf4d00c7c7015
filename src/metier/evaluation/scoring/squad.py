"""How short answers are made comparable: the normalisation of SQuAD.

Rajpurkar et al. 2016 (arXiv 1606.05250), as in the official evaluation script: lower case, no ASCII punctuation, no
English articles, single spaces. It is the field's convention, with the field's limits: other languages keep their
articles, and a text without spaces is one token.
"""

from __future__ import annotations

import re
import string

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(a|an|the)\b")


def tokens(text: str) -> list[str]:
    """The words of ``text`` that count, in order.

    >>> tokens("The  Quick, brown fox's")
    ['quick', 'brown', 'foxs']
    """
    return _ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split()
