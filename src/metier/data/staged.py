"""Items in their order: in memory while they are few, beyond that in a file without a name, read again on access."""

from __future__ import annotations

import weakref
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Any, TypeVar, cast, overload

from metier.data.scratch import scratch

IN_MEMORY = 50_000_000
"""Characters of items that are held in memory; further ones are set aside on the disk."""
_OBJECT = 1_000
"""What an item takes beside its texts, as so many characters."""

Item = TypeVar("Item")


class Staged(Sequence[Item]):
    """A list that grows at its end, of which eight bytes an item are held beyond ``IN_MEMORY`` characters.

    Args:
        items: to begin with.
        written: an item as a text, in which line breaks are escaped (JSON).
        read: the item that was written.
        size: characters of an item.
    """

    def __init__(
        self,
        items: Iterable[Item] = (),
        *,
        written: Callable[[Item], str],
        read: Callable[[str], Item],
        size: Callable[[Item], int],
    ) -> None:
        self._written, self._read, self._size = written, read, size
        self._room = IN_MEMORY
        self._held: list[Item] = []
        self._starts = array("Q")
        self._end = 0
        self._at_end = True
        self._file: IO[bytes] | None = None
        for item in items:
            self.append(item)

    def append(self, item: Item) -> None:
        """Add one at the end."""
        if self._room > 0:
            self._held.append(item)
            self._room -= self._size(item) + _OBJECT
            return
        if self._file is None:
            self._file = scratch()
            weakref.finalize(self, self._file.close)
        if not self._at_end:
            self._file.seek(self._end)
            self._at_end = True
        self._starts.append(self._end)
        self._end += self._file.write(self._written(item).encode("utf-8", "surrogatepass") + b"\n")

    def __len__(self) -> int:
        return len(self._held) + len(self._starts)

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Item, ...]: ...
    def __getitem__(self, index: int | slice) -> Item | tuple[Item, ...]:
        if isinstance(index, slice):
            return tuple(self[place] for place in range(*index.indices(len(self))))
        if 0 <= index < len(self._held):
            return self._held[index]
        place = index + len(self) if index < 0 else index
        if not 0 <= place < len(self):
            raise IndexError(f"item {index} of {len(self)}")
        return self._held[place] if place < len(self._held) else self._again(place - len(self._held))

    def __iter__(self) -> Iterator[Item]:
        yield from self._held
        yield from map(self._again, range(len(self._starts)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str | bytes):
            return NotImplemented
        others = cast("Sequence[Any]", other)
        return len(self) == len(others) and all(mine == its for mine, its in zip(self, others, strict=True))

    __hash__ = None  # type: ignore[assignment]  # as of lists: it grows

    def _again(self, place: int) -> Item:
        assert self._file is not None, "what is not held is in the file"
        self._at_end = False
        self._file.seek(self._starts[place])
        return self._read(self._file.readline().decode("utf-8", "surrogatepass"))
