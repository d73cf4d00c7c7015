"""What the advice said in English when the run ended, told again in the language of the page.

A run notes its advice as sentences. Every sentence that the rule can write stands here as a message; one that is none
of these, of another version or by hand, stays as it is.
"""

from __future__ import annotations

import re
from functools import cache

from metier.comparison.report.language import current, gettext, tell

SENTENCES = (
    "Looks facts up, as they change every day",
    "Holds no rows that some readers may not see",
    "Runs without a GPU",
    "Answers within %(time)s ms (95th percentile)",
    "Needs at most %(size)s GB while answering",
    "Costs at most %(price)s for 1,000 answers",
    "Not significantly worse than %(name)s, the best of these, on the same test rows",
    "Cheapest to run: cost within a quarter of the lowest",
    "Cheapest to run: answers within a quarter, or %(time)s ms, of the fastest",
    "Cheapest over a year of %(n)s queries a month, building included, within a quarter",
    "Puts the least of the data into weights",
    "Best %(metric)s of what is left: %(name)s",
    "%(name)s looks nothing up: a new fact would need a new build.",
    "%(name)s has %(rows)s in its weights and %(others)s in its prompts.",
    "%(name)s has %(rows)s in its weights.",
    "%(name)s has %(rows)s in its prompts.",
    "%(name)s was measured on a GPU; how it does without one is not known.",
    "%(name)s takes %(time)s ms (95th percentile; the limit is %(limit)s).",
    "%(name)s needs %(size)s GB (the limit is %(limit)s).",
    "%(name)s has no known cost: give prices.",
    "%(name)s costs %(price)s for 1,000 answers (the limit is %(limit)s).",
    "%(change)s points (%(p)s, corrected)",
    "%(change)s (%(p)s, corrected)",
    "%(first)s; %(second)s",
    "%(time)s a query",
    "%(price)s for 1,000 answers",
    "%(time)s of the device a year",
    "%(price)s a year",
    "%(rows)s in its weights",
    "%(n)s rows",
    "%(n)s row",
    "device seconds",
)
"""Those that another one would fit too stand before it."""
_VALUE = re.compile(r"%\\\((\w+)\\\)s")


def retold(text: str) -> str:
    """A sentence of the advice in the current language; as it is where it is none that the rule can write."""
    if current() == "en":
        return text
    for message, pattern in _patterns():
        if found := pattern.fullmatch(text):
            return tell(message, **{name: _value(name, value) for name, value in found.groupdict().items()})
    return text


def _value(kind: str, value: str) -> str:
    """A value in its sentence: names stay, names of metrics have a translation, anything else may be a sentence."""
    if kind == "name":
        return value
    return gettext(value) if kind == "metric" else retold(value)


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((message, re.compile(_pattern(message))) for message in SENTENCES)


def _pattern(message: str) -> str:
    """Values are as short as they can be; a space may be one that does not break."""
    return _VALUE.sub(r"(?P<\1>.+?)", re.escape(message)).replace(r"\ ", r"\s")
