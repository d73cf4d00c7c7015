"""fastText: each line has its labels first (``__label__refund``), then the text.

A row has ``text`` and ``label``: a text, or a list where a line has several labels or none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from metier.data.reading.source import Row, Source

MARK = "__label__"
_LABELS = re.compile(rf"\s*((?:{MARK}\S+(?:[ \t]+|$))*)")


def read(source: Source) -> Iterator[Row]:
    """One row for each line that is not blank."""
    number = 0
    with source.content.text(source.encoding) as file:
        for line, text in enumerate(file, start=1):
            if not text.strip():
                continue
            number += 1
            found = _LABELS.match(text.rstrip("\r\n"))
            labels = [label.removeprefix(MARK) for label in found[1].split()] if found else []
            rest = text[found.end() :].strip() if found else text.strip()
            yield Row(
                number=number, line=line, values={"text": rest, "label": labels[0] if len(labels) == 1 else labels}
            )
