"""Numbers as people write them: 93.1 %, 1.2 s, 4.3 MB. Each is also a filter of the page's templates.

A missing value (None) becomes an en dash everywhere. A unit is joined to its number by a no-break space (a narrow one
before a percent sign), so that they never part at the end of a line.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from math import floor, log10

from metier.core import Score, duration

MISSING = "–"
THIN = "\u202f"
SPACE = "\u00a0"
MINUS = "−"

SHARE = "%"
"""The unit of metrics that are shares of 1; see :class:`metier.evaluation.Metric`."""

_METRICS = {
    "auroc": "AUROC",
    "bert_score": "BERTScore",
    "bits_per_byte": "bits a byte",
    "bleu": "BLEU",
    "brier": "Brier score",
    "chrf": "chrF",
    "coverage_at_90": "coverage at 90% accuracy",
    "coverage_at_95": "coverage at 95% accuracy",
    "ece": "calibration error",
    "json_field_f1": "JSON field F1",
    "json_valid": "valid JSON",
    "macro_f1": "macro-F1",
    "mcc": "MCC",
    "micro_f1": "micro-F1",
    "mrr": "MRR",
    "ndcg_at_10": "nDCG at 10",
    "number_within_5_percent": "number within 5%",
    "rouge_1": "ROUGE-1",
    "rouge_2": "ROUGE-2",
    "rouge_l": "ROUGE-L",
    "labels_micro_f1": "micro-F1",
    "labels_macro_f1": "macro-F1",
    "subset_accuracy": "subset accuracy",
    "span_f1": "span F1",
    "span_f1_partial": "span F1 (overlaps half)",
    "span_macro_f1": "span macro-F1",
    "mean_absolute_error": "mean absolute error",
    "pearson": "Pearson correlation",
    "r_squared": "R²",
    "root_mean_squared_error": "root mean squared error",
    "spearman": "Spearman correlation",
    "token_f1": "token F1",
    "top_3": "top-3 accuracy",
    "top_5": "top-5 accuracy",
    "weighted_f1": "weighted F1",
}


def percent(share: float | None, digits: int = 1) -> str:
    """A share of 1 as a percentage.

    >>> [percent(share).replace(THIN, " ") for share in (0.9312, -0.407, -0.00001, None)]
    ['93.1 %', '−40.7 %', '0.0 %', '–']
    """
    return MISSING if share is None else f"{_hundredths(share, digits)}{THIN}%"


def span(score: Score | None, digits: int = 1) -> str:
    """The interval of a score that is a share of 1.

    >>> span(Score(value=0.93, low=0.91, high=0.949)).replace(THIN, " ")
    '91.0–94.9 %'
    >>> span(Score(value=-0.4, low=-0.49, high=-0.334)).replace(THIN, " ")
    '−49.0 – −33.4 %'
    """
    if score is None:
        return MISSING
    between = "–" if score.low >= 0 else " – "
    return f"{_hundredths(score.low, digits)}{between}{_hundredths(score.high, digits)}{THIN}%"


def _hundredths(share: float, digits: int) -> str:
    """A share in percent without its sign, a minus before what is below zero."""
    size = f"{abs(100 * share):.{digits}f}"
    return MINUS + size if share < 0 and float(size) else size


def number(value: float | None, digits: int = 3) -> str:
    """A value in a unit of its own, with at least so many digits that matter; thousands apart.

    >>> number(0.61834), number(12345.6), number(2.0), number(None)
    ('0.618', '12,346', '2', '–')
    """
    if value is None:
        return MISSING
    if value == 0 or abs(value) >= 10 ** (digits - 1):
        return f"{value:,.0f}".replace("-", MINUS)
    places = digits - 1 - floor(log10(abs(value)))
    return f"{value:.{places}f}".rstrip("0").rstrip(".").replace("-", MINUS)


def signed(share: float | None) -> str:
    """A difference of two shares in points, with its sign.

    >>> signed(0.124), signed(-0.031), signed(-0.0001)
    ('+12.4', '−3.1', '0.0')
    """
    if share is None:
        return MISSING
    size = f"{abs(100 * share):.1f}"
    if float(size) == 0:
        return size
    return ("+" if share > 0 else MINUS) + size


def points(share: float | None) -> str:
    """The size of a difference of two shares, in points.

    >>> points(0.021).replace(SPACE, " ")
    '2.1 points'
    """
    return MISSING if share is None else f"{abs(100 * share):.1f}{SPACE}points"


def figure(value: float | None, unit: str) -> str:
    """A value of a metric: in percent where it is a share, else a plain number of four digits.

    >>> figure(0.9312, "%").replace(THIN, " "), figure(0.9312, "bits a byte"), figure(12034.6, "")
    ('93.1 %', '0.9312', '12,035')
    """
    return percent(value) if unit == SHARE else number(value, 4)


def figure_span(score: Score | None, unit: str) -> str:
    """The interval of a metric's value.

    >>> figure_span(Score(value=0.93, low=0.91, high=0.949), "bits a byte")
    '0.91–0.949'
    """
    if unit == SHARE or score is None:
        return span(score)
    return f"{number(score.low, 4)}–{number(score.high, 4)}"


def change(value: float | None, unit: str) -> str:
    """A difference of two values, with its sign: in points where they are shares.

    >>> change(0.124, "%"), change(-0.0312, "bits a byte"), change(0.0, "")
    ('+12.4', '−0.031', '0')
    """
    if unit == SHARE or value is None:
        return signed(value)
    return ("+" if value > 0 else MINUS if value < 0 else "") + number(abs(value), 2)


def size(value: float | None, unit: str) -> str:
    """The size of a difference, with its unit.

    >>> size(0.021, "%").replace(SPACE, " "), size(-0.0312, "bits a byte").replace(SPACE, " ")
    ('2.1 points', '0.031 bits a byte')
    """
    if unit == SHARE or value is None:
        return points(value)
    return f"{number(abs(value), 2)}{SPACE}{unit}".strip()


def resolves_nothing(gap: float, unit: str) -> bool:
    """Whether a test set is too small to tell anything apart: shares never differ by all of themselves.

    >>> resolves_nothing(2.8, "%"), resolves_nothing(0.11, "%"), resolves_nothing(2.8, "")
    (True, False, False)
    """
    return unit == SHARE and gap >= 1


def resolves(gap: float, unit: str, *, of: str = "rows") -> str:
    """What a test set can do, as the end of a sentence about it.

    Args:
        gap: the true difference that it would find four times in five, on the metric's scale.
        unit: of the metric.
        of: what there would have to be more of.

    >>> resolves(0.111, "%").replace(SPACE, " "), resolves(2.8, "%")
    ('can tell apart differences of about 11.1 points', 'cannot tell approaches apart: more rows are needed')
    """
    if resolves_nothing(gap, unit):
        return f"cannot tell approaches apart: more {of} are needed"
    return f"can tell apart differences of about {size(gap, unit)}"


def p_value(p: float | None) -> str:
    """A probability, never rounded to nothing; empty where there is none.

    >>> [p_value(p).replace(SPACE, " ") for p in (0.0421, 0.00002, 0.31)]
    ['p = 0.042', 'p < 0.001', 'p = 0.31']
    """
    if p is None:
        return ""
    text = "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"
    return text.replace(" ", SPACE)


def milliseconds(value: float | None) -> str:
    """A latency given in milliseconds.

    >>> [milliseconds(v).replace(SPACE, " ") for v in (0.004, 0.42, 8.44, 412.3, 1240)]
    ['< 0.01 ms', '0.42 ms', '8.4 ms', '412 ms', '1.2 s']
    """
    if value is None:
        return MISSING
    if value < 0.01:
        return f"<{SPACE}0.01{SPACE}ms"
    if value < 999.5:
        return f"{value:.{2 if value < 1 else 1 if value < 10 else 0}f}{SPACE}ms"
    return seconds(value / 1000)


def seconds(value: float | None) -> str:
    """A span of time given in seconds.

    >>> [seconds(v).replace(SPACE, " ") for v in (0.02, 42, 190)]
    ['< 0.1 s', '42 s', '3 min 10 s']
    """
    if value is None:
        return MISSING
    return ("< 0.1 s" if 0 < value < 0.05 else duration(value)).replace(" ", SPACE)


def megabytes(value: float | None) -> str:
    """A size given in megabytes.

    >>> [megabytes(v).replace(SPACE, " ") for v in (0, 0.034, 4.31, 538.2, 2310)]
    ['0 MB', '34 kB', '4.3 MB', '538 MB', '2.3 GB']
    """
    if value is None:
        return MISSING
    if value == 0:
        return f"0{SPACE}MB"
    if value < 0.9995:
        return f"{max(1000 * value, 1):.0f}{SPACE}kB"
    if value < 999.5:
        return f"{value:.{1 if value < 10 else 0}f}{SPACE}MB"
    return f"{value / 1000:.1f}{SPACE}GB"


def energy(value: float | None) -> str:
    """An energy given in watt hours.

    >>> [energy(v).replace(SPACE, " ") for v in (0.0042, 3.14, 250, 1840)]
    ['4.2 mWh', '3.1 Wh', '250 Wh', '1.8 kWh']
    """
    if value is None:
        return MISSING
    scale, unit = (1e3, "mWh") if value < 0.0995 else (1.0, "Wh") if value < 999.5 else (1e-3, "kWh")
    return f"{number(scale * value, 2)}{SPACE}{unit}"


def count(value: float | None) -> str:
    """A whole number with its thousands apart.

    >>> count(3080), count(12)
    ('3,080', '12')
    """
    return MISSING if value is None else f"{value:,.0f}"


def amount(value: float | None) -> str:
    """A large number in short: parameters, tokens.

    >>> [amount(v).replace(SPACE, " ") for v in (0, 950, 5391, 22_713_216, 134_515_008, 1.24e9)]
    ['0', '950', '5.4 k', '22.7 M', '135 M', '1.2 G']
    """
    if value is None:
        return MISSING
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= 0.9995 * size:
            scaled = value / size
            return f"{scaled:.{1 if scaled < 99.95 else 0}f}{SPACE}{unit}"
    return f"{value:.0f}"


def money(value: float | None, currency: str = "") -> str:
    """A sum in the currency of the prices given; small sums keep two significant digits.

    >>> money(12.5), money(0.0042), money(0), money(3, "EUR").replace(SPACE, " ")
    ('12.50', '0.0042', '0', '3.00 EUR')
    """
    if value is None:
        return MISSING
    return with_unit(f"{value:,.2f}" if value >= 0.1 else f"{value:.2g}", currency)


def with_unit(number: str, unit: str) -> str:
    """A number with its unit behind it, if it has one, on one line."""
    return f"{number}{SPACE}{unit}" if unit else number


def metric(name: str) -> str:
    """What a metric is called in print.

    >>> metric("macro_f1"), metric("my_metric")
    ('macro-F1', 'my metric')
    """
    return _METRICS.get(name, name.replace("_", " "))


def capital(text: str) -> str:
    """``text`` with a capital first letter and the rest as it is."""
    return text[:1].upper() + text[1:]


def listing(names: Iterable[str]) -> str:
    """Names as they stand in a sentence.

    >>> listing(["a", "b", "c"]), listing(["a"])
    ('a, b and c', 'a')
    """
    items = list(names)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


def times(number: int) -> str:
    """How often.

    >>> times(1), times(2), times(8)
    ('once', 'twice', '8 times')
    """
    return {1: "once", 2: "twice"}.get(number, f"{number:,} times")


def plural(number: float, one: str, many: str | None = None) -> str:
    """A count with its noun.

    >>> plural(1, "row"), plural(3080, "row"), plural(2, "query", "queries")
    ('1 row', '3,080 rows', '2 queries')
    """
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def moment(value: str | float | None) -> str:
    """A time stamp (ISO text, or seconds since 1970) as a date and time; text that is neither stays as it is.

    >>> moment("2026-03-14T10:22:05+00:00"), moment("yesterday")
    ('14 March 2026, 10:22 UTC', 'yesterday')
    """
    if value is None:
        return MISSING
    try:
        read = datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) else datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError):
        return str(value)
    zone = "" if read.tzinfo is None else " UTC" if not read.utcoffset() else f" {read:%z}"
    return f"{read.day} {read:%B %Y, %H:%M}{zone}"


def shortened(text: str, limit: int) -> str:
    """``text`` on one line of at most ``limit`` characters, with an ellipsis where something is left out.

    >>> shortened("card not working", 8)
    'card no…'
    """
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
