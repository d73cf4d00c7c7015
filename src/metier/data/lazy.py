"""Sequences that are not held: each item is made when it is asked for, from compact arrays or from the disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar, cast, overload

Item = TypeVar("Item", covariant=True)


class Lazy(Sequence[Item]):
    """``size`` items, of which ``make(place)`` gives one; equal to any sequence with equal items.

    >>> squares = Lazy(5, lambda place: place * place)
    >>> squares[1:4], squares[-1], squares == (0, 1, 4, 9, 16)
    ((1, 4, 9), 16, True)
    """

    def __init__(self, size: int, make: Callable[[int], Item]) -> None:
        self._size, self._make = size, make

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Item, ...]: ...
    def __getitem__(self, index: int | slice) -> Item | tuple[Item, ...]:
        if isinstance(index, slice):
            return tuple(map(self._make, range(*index.indices(self._size))))
        place = index + self._size if index < 0 else index
        if not 0 <= place < self._size:
            raise IndexError(f"item {index} of {self._size}")
        return self._make(place)

    def __iter__(self) -> Iterator[Item]:
        return map(self._make, range(self._size))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str | bytes):
            return NotImplemented
        others = cast("Sequence[Any]", other)
        return len(self) == len(others) and all(mine == its for mine, its in zip(self, others, strict=True))

    __hash__ = None  # type: ignore[assignment]  # as of lists: what it is made from may be large

    def __repr__(self) -> str:
        return f"<{self._size:,} items, made when they are asked for>"
