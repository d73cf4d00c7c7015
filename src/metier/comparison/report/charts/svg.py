"""SVG elements as safe markup: every attribute and every text is escaped on the way in."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape

Value = str | float | None


def element(name: str, *children: str | Markup, **attributes: Value) -> Markup:
    """One element; ``class_`` is the class, other underscores become hyphens, None leaves an attribute out.

    >>> print(element("text", "a < b", x=1.5, text_anchor="end"))
    <text x="1.5" text-anchor="end">a &lt; b</text>
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_plain(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{written}>{''.join(map(escape, children))}</{name}>")


def group(children: Iterable[Markup], **attributes: Value) -> Markup:
    """Elements that belong together."""
    return element("g", *children, **attributes)


def drawing(children: Iterable[Markup], *, width: float, height: float, title: str, class_: str = "") -> Markup:
    """A whole picture that scales with its place; ``title`` is what a screen reader says."""
    return element(
        "svg",
        *children,
        viewBox=f"0 0 {_plain(width)} {_plain(height)}",
        width=width,
        height=height,
        class_=f"chart {class_}".strip(),
        role="img",
        aria_label=title,
    )


def line(x1: Value, y1: Value, x2: Value, y2: Value, class_: str) -> Markup:
    """A straight line; coordinates are numbers or percentages."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def path(points: Iterable[tuple[float, float]], class_: str) -> Markup:
    """A line through points."""
    steps = " ".join(f"{_plain(x)},{_plain(y)}" for x, y in points)
    return element("polyline", points=steps, class_=class_)


def label(text: str, x: Value, y: Value, *, anchor: str = "start", class_: str | None = None) -> Markup:
    """A text; ``anchor`` is ``start``, ``middle`` or ``end``."""
    return element("text", text, x=x, y=y, text_anchor=None if anchor == "start" else anchor, class_=class_)


def percentage(share: float) -> str:
    """A share of the width as SVG writes it.

    >>> percentage(0.25)
    '25%'
    """
    return f"{_plain(100 * share)}%"


def _plain(value: Value) -> str:
    if isinstance(value, str) or value is None:
        return value or ""
    return f"{value:.2f}".rstrip("0").rstrip(".") if value % 1 else f"{value:.0f}"
