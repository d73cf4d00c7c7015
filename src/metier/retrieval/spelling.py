"""Texts as the words that an index knows: one spelling for every store, so that all find the same."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence

TOKENIZER = "porter unicode61 remove_diacritics 2"
"""FTS5's: letters and digits without case and diacritics, English endings cut (Porter 1980)."""
_TABLES = f"""
CREATE VIRTUAL TABLE given USING fts5 (text, tokenize = '{TOKENIZER}');
CREATE VIRTUAL TABLE found USING fts5vocab (given, instance);
"""


class Speller:
    """Cuts texts into words with SQLite's FTS5, in memory. May be shared between threads.

    >>> Speller().counts(["The Tower of towers", "plan"])
    [{'of': 1, 'the': 1, 'tower': 2}, {'plan': 1}]
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._connection.executescript(_TABLES)

    def words(self, text: str) -> list[str]:
        """The different words of a text, in a fixed order."""
        return list(self.counts([text])[0])

    def counts(self, texts: Sequence[str]) -> list[dict[str, int]]:
        """How often each word stands in each text, ordered by word."""
        counts: list[dict[str, int]] = [{} for _ in texts]
        with self._lock:
            run = self._connection.execute
            run("BEGIN")
            self._connection.executemany("INSERT INTO given (rowid, text) VALUES (?, ?)", enumerate(texts))
            for place, word, count in run("SELECT doc, term, count(*) FROM found GROUP BY doc, term ORDER BY term"):
                counts[place][word] = count
            run("ROLLBACK")
        return counts

    def close(self) -> None:
        """Let go of the memory."""
        self._connection.close()
