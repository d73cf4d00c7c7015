"""What was answered for what: a labelled matrix for few labels, a compact map for many.

Rows are right answers, columns given ones; a cell's shade is its share of the row. The diagonal (right) and the rest
(wrong) have colours of their own.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from metier.comparison.report.charts.svg import drawing, element, group, label, line
from metier.comparison.report.language import tell
from metier.comparison.wording import shortened

_CELL = 30.0
_LETTER = 6.7
_LONGEST = 22
_DARK = 0.72
"""From this opacity on, a number on a cell is written in the colour of the paper."""


def labelled_matrix(labels: Sequence[str], counts: Sequence[Sequence[int]], *, title: str) -> Markup:
    """A matrix with a number in each cell that has one, for up to about 20 labels."""
    names = [shortened(name, _LONGEST) for name in labels]
    longest = max(len(name) for name in names) * _LETTER
    left, top = longest + 14, 0.72 * longest + 34
    size = _CELL * len(labels)
    right = max(0.72 * _LETTER * len(names[-1]) - _CELL / 2, 0) + 8
    parts = [
        label(tell("answer given →"), left, 12, class_="axis-name"),
        label(tell("right answer ↓"), left - 10, top - 10, anchor="end", class_="axis-name"),
    ]
    for index, name in enumerate(names):
        middle = (index + 0.5) * _CELL
        parts.append(label(name, left - 10, top + middle + 4, anchor="end"))
        turned = f"translate({left + middle + 2:.1f} {top - 8:.1f}) rotate(-46)"
        parts.append(element("text", name, transform=turned))
        parts.append(line(left, top + (index + 1) * _CELL, left + size, top + (index + 1) * _CELL, "grid"))
    for row, cells in enumerate(counts):
        for column, count in enumerate(cells):
            if count:
                parts.append(_cell(labels, counts, row, column, corner=(left, top), size=_CELL))
                parts.append(_number(counts, row, column, left, top))
    return drawing(parts, width=left + size + right, height=top + size + 6, title=title, class_="matrix")


def compact_map(labels: Sequence[str], counts: Sequence[Sequence[int]], *, title: str) -> Markup:
    """A map without names, for many labels; each cell tells its own when it is pointed at."""
    cell = max(4.0, min(12.0, 560 / len(labels)))
    size, margin = cell * len(labels), 20.0
    cells = [
        _cell(labels, counts, row, column, corner=(margin, margin), size=cell, least=0.5)
        for row, values in enumerate(counts)
        for column, count in enumerate(values)
        if count
    ]
    frame = element("rect", x=margin, y=margin, width=size, height=size, class_="frame")
    turned = f"translate(12 {margin:.1f}) rotate(-90)"
    parts = [
        label(tell("answer given →"), margin, 12, class_="axis-name"),
        element("text", tell("← right answer"), transform=turned, text_anchor="end", class_="axis-name"),
        frame,
        group(cells),
    ]
    return drawing(parts, width=size + margin + 2, height=size + margin + 2, title=title, class_="map")


def _cell(
    labels: Sequence[str],
    counts: Sequence[Sequence[int]],
    row: int,
    column: int,
    *,
    corner: tuple[float, float],
    size: float,
    least: float = 0.22,
) -> Markup:
    share = counts[row][column] / sum(counts[row])
    told = f"{shortened(labels[row], 60)} → {shortened(labels[column], 60)}: {counts[row][column]:,}"
    return element(
        "rect",
        element("title", told),
        x=corner[0] + column * size + 0.5,
        y=corner[1] + row * size + 0.5,
        width=size - 1,
        height=size - 1,
        class_="right" if row == column else "wrong",
        fill_opacity=f"{_shade(share, right=row == column, least=least):.2f}",
    )


def _number(counts: Sequence[Sequence[int]], row: int, column: int, left: float, top: float) -> Markup:
    count = counts[row][column]
    strong = _shade(count / sum(counts[row]), right=row == column) > _DARK
    x, y = left + (column + 0.5) * _CELL, top + (row + 0.5) * _CELL + 4
    return label(f"{count:,}", x, y, anchor="middle", class_="on-dark" if strong else "on-light")


def _shade(share: float, *, right: bool, least: float = 0.22) -> float:
    """Opacity of a cell; for a single mistake it is ``least``, so that it can still be seen."""
    return 0.12 + 0.78 * share if right else min(least + 2.2 * share, 1.0)
