"""The names that people give to columns, by what such columns usually hold."""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


INPUT = _words("""
    text message question input query prompt utterance sentence body dialogue dialog transcript ticket review comment
    complaint article document passage clause content post tweet description context inquiry request
""")
WEAK_INPUT = _words("subject title headline email mail note summary statement claim fact premise")
LABEL = _words("""
    label labels category categories intent class target topic tag sentiment department queue gold outcome diagnosis
    decision urgency priority emotion polarity stars rating verdict
""")
SEVERAL_LABELS = _words("labels tags topics categories intents codes classes emotions annotations")
"""Names of columns that hold a list of labels."""
WEAK_LABEL = _words("type status product language kind code genre reason result team severity")
ANSWER = _words("""
    answer output response reply completion target translation reference abstract highlights continuation solution
    resolution
""")
WEAK_ANSWER = _words("summary report headline title note")
QUANTITY = _words("""
    rating ratings score scores stars grade points similarity relatedness valence arousal intensity strength readability
    difficulty
""")
"""Names of columns that hold a number to predict."""
WEAK_QUANTITY = _words("price amount cost salary")
GROUP = _words("""
    customer client user patient document doc thread conversation dialogue session account author case contract company
    speaker subject group family source url order
""")
ID = _words("id uuid guid index idx key nr no number row identifier")
SPLIT = _words("split set fold partition subset")


def words_of(name: str) -> list[str]:
    """The words of a column name, in lower case.

    >>> words_of("userInput.text_2"), words_of("customer-ID")
    (['user', 'input', 'text', '2'], ['customer', 'id'])
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return re.findall(r"[^\W_]+", spaced.lower())


def match(name: str, strong: frozenset[str], weak: frozenset[str] = frozenset()) -> int:
    """2 where a word of the name is in ``strong``, 1 where one is in ``weak``, else 0."""
    words = set(words_of(name))
    return 2 if words & strong else int(bool(words & weak))
