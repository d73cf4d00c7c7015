"""Lines: each line of a text file is a row with one column, ``text``; tags that enclose every line are taken off."""

from __future__ import annotations

import re
from collections.abc import Iterator

from metier.data.reading.source import Row, Source

_ENCLOSED = re.compile(r"<(\w+)>(.*)</\1>")


def read(source: Source) -> Iterator[Row]:
    """One row for each line that is not blank."""
    number = 0
    with source.content.text(source.encoding) as file:
        for line, text in enumerate(file, start=1):
            shown = text.strip()
            if not shown:
                continue
            number += 1
            enclosed = _ENCLOSED.fullmatch(shown)
            yield Row(number=number, line=line, values={"text": enclosed[2].strip() if enclosed else shown})
