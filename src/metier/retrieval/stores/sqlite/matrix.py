"""The vectors of a large store as a file beside it, mapped into memory: searched in place, never held as a whole.

SQLite has the truth. The file is made from it, staged and renamed while the store's write lock is held, and known by a
token that stands in both; one that is missing, damaged or of another state is made anew. Chunks never change, so a
file stays right while chunks come, which are kept beside it, and go: their rows are wiped in place.

Layout, little-endian: 16 bytes of mark, 16 of token, width and rows as int64; from byte 4096 on float32 [N, D]; then
int64 [N] each: numbers of the chunks, ascending (negative: wiped), their documents' numbers, their words.
"""

from __future__ import annotations

import mmap
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from metier.core.artifacts import sync_folder

_MARK = b"metier vectors 1"
_TOKEN = 16
_HEAD = len(_MARK) + _TOKEN + 16
_START = 4096
_WRITTEN = 2048
"""Rows that are written at a time."""
_HELD = 64 << 20
"""Bytes of the file that stay mapped in after a search: the system reads the rest again from its cache."""


def matrix_of(store: Path) -> Path:
    """Where the vectors of a store lie."""
    return store.with_name(f"{store.name}.vectors")


def staged_of(store: Path) -> Path:
    """Where they lie while they are being written; what a killed process has left there is nothing."""
    return store.with_name(f".{store.name}.vectors.part")


class Matrix:
    """A file of vectors, mapped.

    Attributes:
        token: of the state of the store that it was made from.
        numbers: of the chunks, ascending, int64 [N]; negative: wiped.
        documents: number of each chunk's document, int64 [N].
        lengths: words of each chunk, int64 [N].
    """

    def __init__(self, path: Path, *, width: int) -> None:
        with path.open("rb") as file:
            self.token, rows = _head(file, width)
            file.seek(_START + 4 * width * rows)
            self.numbers, self.documents, self.lengths = np.fromfile(file, dtype="<i8", count=3 * rows).reshape(3, rows)
            self._map = mmap.mmap(file.fileno(), _START + 4 * width * rows, access=mmap.ACCESS_READ)
        self._vectors = np.frombuffer(self._map, dtype="<f4", offset=_START).reshape(rows, width)
        self._touched = 0

    @classmethod
    def of(cls, store: Path, *, width: int, token: str) -> Matrix | None:
        """The file of a store in the state of that token; None where there is no such, or a damaged one."""
        try:
            found = cls(matrix_of(store), width=width)
        except (OSError, ValueError):
            return None
        return found if token and found.token == token else None

    @property
    def last(self) -> int:
        """Highest number of a chunk in it."""
        return abs(int(self.numbers[-1]))

    def has_all(self, numbers: Any) -> bool:
        """Whether it holds every chunk of these, int64 [M] ascending, that is as old as it."""
        return bool(np.isin(numbers[: np.searchsorted(numbers, self.last, side="right")], self.numbers).all())

    def forget(self, places: Any) -> list[int]:
        """Hold the rows at other places for wiped; returns their numbers."""
        gone = self.numbers > 0
        gone[places] = False
        numbers = self.numbers[gone].tolist()
        self.numbers[gone] *= -1
        return numbers

    def take(self, places: Any) -> Any:
        """Rows at ascending places, float32 [R, D]; those that lie side by side are not copied."""
        first, last, row = int(places[0]), int(places[-1]) + 1, 4 * self._vectors.shape[1]
        if last - first == len(places):
            self._let_go(row * len(places))
            return self._vectors[first:last]
        found = np.empty((len(places), self._vectors.shape[1]), dtype=np.float32)
        window = max(1, _HELD // row)  # few rows of a large file lie on pages all over it
        starts = np.flatnonzero(np.diff(places // window, prepend=-1))
        for start, end in zip(starts, [*starts[1:], len(places)], strict=True):
            self._let_go(row * int(places[end - 1] - places[start] + 1))
            found[start:end] = self._vectors[places[start:end]]
        return found

    def _let_go(self, more: int) -> None:
        """Give pages back once many were read: a search through all of a large file holds only a part of it."""
        self._touched += more
        if self._touched > _HELD and len(self._map) > _HELD and hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)
            self._touched = more


def write_matrix(store: Path, rows: Iterable[tuple[int, int, int, bytes]], *, width: int) -> str:
    """Write the file of a store; returns its token.

    Args:
        store: whose write lock the caller holds.
        rows: number of the chunk, of its document, its words and its vector, by ascending numbers.
        width: of the vectors.

    Raises:
        OSError: it cannot be written; what stood there still does.
    """
    staged, token = staged_of(store), secrets.token_hex(_TOKEN // 2)
    facts: list[tuple[int, int, int]] = []
    try:
        with staged.open("wb") as file:
            file.seek(_START)
            waiting: list[bytes] = []
            for number, document, length, vector in rows:
                facts.append((number, document, length))
                waiting.append(vector)
                if len(waiting) == _WRITTEN:
                    file.write(b"".join(waiting))
                    waiting = []
            file.write(b"".join(waiting))
            file.write(np.array(facts, dtype="<i8").reshape(-1, 3).T.tobytes())
            file.seek(0)
            file.write(_MARK + token.encode() + np.array([width, len(facts)], dtype="<i8").tobytes())
            file.flush()
            os.fsync(file.fileno())
        staged.replace(matrix_of(store))
    except BaseException:
        with suppress(OSError):
            staged.unlink()
        raise
    sync_folder(store.parent)
    return token


def wipe(store: Path, gone: Iterable[int], *, width: int) -> None:
    """Overwrite the vectors of chunks that are no longer there, in place, on the disk when this returns."""
    with suppress(FileNotFoundError, ValueError), matrix_of(store).open("r+b") as file:
        _, rows = _head(file, width)
        facts = _START + 4 * width * rows
        file.seek(facts)
        numbers = np.fromfile(file, dtype="<i8", count=rows)
        places = np.flatnonzero(np.isin(numbers, list(gone)))
        for place in places.tolist():
            file.seek(_START + 4 * width * place)
            file.write(bytes(4 * width))
            file.seek(facts + 8 * place)
            file.write((-numbers[place]).tobytes())
        if len(places):
            file.flush()
            os.fsync(file.fileno())


def _head(file: BinaryIO, width: int) -> tuple[str, int]:
    """Token and rows of a file.

    Raises:
        ValueError: it is no whole file of vectors of that width.
    """
    head = file.read(_HEAD)
    if len(head) < _HEAD or not head.startswith(_MARK):
        raise ValueError("no file of vectors")
    found, rows = np.frombuffer(head[-16:], dtype="<i8").tolist()
    if found != width or rows < 1 or os.fstat(file.fileno()).st_size != _START + (4 * width + 24) * rows:
        raise ValueError("of another width, or not whole")
    return head[len(_MARK) : -16].decode("ascii"), rows
