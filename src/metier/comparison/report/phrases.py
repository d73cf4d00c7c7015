"""Numbers and names that read differently in the two languages; the others are ``comparison.wording``'s own."""

from __future__ import annotations

from datetime import datetime

from metier.comparison import wording
from metier.comparison.report.language import current, gettext, listing

__all__ = ["listing", "metric", "moment", "plural", "points", "times"]


def plural(number: float, one: str, many: str | None = None) -> str:
    """A count with its noun; the noun in the singular is the message to translate."""
    return wording.plural(number, one, many) if current() == "en" else f"{wording.count(number)} {gettext(one)}"


def times(number: int) -> str:
    """How often."""
    return wording.times(number) if current() == "en" else f"{number:,} 次"


def points(share: float | None) -> str:
    """The size of a difference of two shares, in points."""
    if current() == "en" or share is None:
        return wording.points(share)
    return f"{abs(100 * share):.1f} 个百分点"


def metric(name: str) -> str:
    """What a metric is called in print."""
    return gettext(wording.metric(name))


def moment(value: str | float | None) -> str:
    """A time stamp as a date and time."""
    if current() == "en" or not isinstance(value, str):
        return wording.moment(value)
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return value
    zone = "" if read.tzinfo is None else " UTC" if not read.utcoffset() else f" {read:%z}"
    return f"{read.year} 年 {read.month} 月 {read.day} 日 {read:%H:%M}{zone}"
