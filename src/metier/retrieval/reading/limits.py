"""What parsing one file may take. A file that wants more is refused, and said."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds for one file.

    Attributes:
        file_mb: largest file, in MB; a larger one is not opened.
        text_mb: most text that may come out of it, in millions of characters.
        seconds: processor time; three times as much may pass on the clock, and 30 seconds.
        memory_mb: address space of the process that parses, in MB (where the system can limit it).
    """

    file_mb: float = 100.0
    text_mb: float = 20.0
    seconds: float = 30.0
    memory_mb: int = 1500
