"""Regression: the answer is a number, such as a rating, a score or an amount.

A target is a number in one spelling: a point before decimals, nothing between thousands, no sign of a currency
(``"3.5"``, ``"-1200"``). An answer that is none is the empty text; metrics take it for the mean of all targets, which
is what one answers who has not read the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal
from math import isfinite

from metier.core.tasks import Reading, TaskForm

LARGEST = 1e15
"""Numbers further from 0 than this are taken for mistakes; their squares would not add up exactly."""
_BINS, _IN_A_BIN = 10, 5
_PLAIN = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?", re.ASCII)
_SAID = re.compile(r"(?<![\w.,])[-+−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\w,]*\d)", re.ASCII)
_AROUND = re.compile(r"[\s*$€£¥₹%.]+")


def number_of(text: str) -> float | None:
    """The number that a target states; None for a text that is none, or is not finite.

    >>> number_of("-3.5"), number_of("1e3"), number_of("nan"), number_of("")
    (-3.5, 1000.0, None, None)
    """
    if not _PLAIN.fullmatch(text.strip()):
        return None
    value = float(text)
    return value if isfinite(value) and abs(value) <= LARGEST else None


def number_text(value: float, decimals: int | None = None) -> str:
    """The target that states a number, rounded to ``decimals`` places where they are given.

    >>> number_text(3.0), number_text(2.6666667, 2), number_text(1e-05), number_text(-0.001, 1)
    ('3', '2.67', '0.00001', '0')
    """
    rounded = value if decimals is None else round(value, decimals)
    if rounded == int(rounded):
        return str(int(rounded))
    return format(Decimal(repr(float(rounded))), "f")


def bins(targets: Sequence[str]) -> list[str]:
    """For each target the name of its quantile bin: up to ten, about equally full, with about five targets at least.

    Where there are no more different numbers than bins, each is a bin of its own.

    >>> bins(["1", "2", "3", "9", "8", "1", "2", "3", "9", "8"])
    ['0', '0', '1', '1', '1', '0', '0', '1', '1', '1']
    """
    found = [number_of(target) for target in targets]
    known = sorted(value for value in found if value is not None)
    count = max(1, min(_BINS, len(known) // _IN_A_BIN))
    edges = sorted({*known})
    if len(edges) > count:
        edges = sorted({known[len(known) * part // count] for part in range(1, count)})
    return ["" if value is None else str(bisect_right(edges, value)) for value in found]


def _read(answer: str, asked: str, labels: Sequence[str]) -> Reading:
    """The one number that an answer holds; of several it is not clear which is meant."""
    said = {float(one.replace(",", "").replace("−", "-")) for one in _SAID.findall(answer)}
    value = said.pop() if len(said) == 1 else None
    if value is None or abs(value) > LARGEST:
        return Reading("", False)
    return Reading(number_text(value), _bare(answer))


def _bare(answer: str) -> bool:
    """Whether there is nothing but the number, signs of money or percent and white space."""
    before, _, behind = answer.partition(_SAID.findall(answer)[0])
    return all(not part or _AROUND.fullmatch(part) for part in (before, behind))


def _lark(labels: Sequence[str], asked: str) -> str:
    """Numbers without exponents; their lengths are limited, so that an answer always ends."""
    return r"start: /-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?/"


form = TaskForm(
    title="a number",
    noun="number",
    instruction="Answer with the number that fits the text.",
    metrics=("r_squared", "mean_absolute_error", "root_mean_squared_error", "spearman"),
    floors=("mean", "median", "ridge", "nearest"),
    numeric=True,
    item_metric="closeness",
    stratified=True,
    strata=bins,
    told="Answer with one number in digits, and nothing else.",
    read=_read,
    lark=_lark,
    value=number_of,
)
