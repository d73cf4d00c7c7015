"""A text's outline: its headings, and what stands below each."""

from __future__ import annotations

import re
from typing import NamedTuple

_HEADING = re.compile(r"(#{1,6})[ \t]+(\S.*?)[ \t]*#*")
_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})")


class Section(NamedTuple):
    """A heading and the text up to the next heading.

    Attributes:
        path: the headings above, outermost first; without its own.
        heading: its own, without marks; empty for text before the first heading.
        level: 1 to 6; 0 without a heading.
        body: the text below, without the heading's line.
    """

    path: tuple[str, ...]
    heading: str
    level: int
    body: str


def outline(text: str) -> list[Section]:
    r"""Split a text at its Markdown headings; lines in code fences are none.

    >>> [(s.path, s.heading) for s in outline("# A\nx\n## B\ny")]
    [((), 'A'), (('A',), 'B')]
    """
    sections: list[Section] = []
    above: list[tuple[int, str]] = []
    heading, level, fence = "", 0, ""
    body: list[str] = []

    def close() -> None:
        content = "\n".join(body).strip("\n")
        if heading or content.strip():
            path = tuple(name for _, name in (above[:-1] if heading else above))
            sections.append(Section(path, heading, level, content))
        body.clear()

    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence):
            fence = ""
        found = None if fence or mark else _HEADING.fullmatch(line)
        if found is None:
            body.append(line)
            continue
        close()
        level, heading = len(found[1]), found[2]
        above[:] = [*((deep, name) for deep, name in above if deep < level), (level, heading)]
    close()
    return sections
