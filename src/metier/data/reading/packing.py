"""The bytes of a source: a plain file, a packed one (gzip, zstandard, bzip2, xz), or a file inside a zip archive.

Everything is unpacked as it is read; nothing is written to the disk.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, cast

from metier.core import DataError, Problem

Packing = Literal["", "gzip", "zstd", "bzip2", "xz", "zip"]
NAMES: dict[Packing, str] = {
    "": "a plain file",
    "gzip": "a gzip archive",
    "zstd": "a zstandard archive",
    "bzip2": "a bzip2 archive",
    "xz": "an xz archive",
    "zip": "a zip archive",
}
SUFFIXES = frozenset({".gz", ".zst", ".zstd", ".bz2", ".xz", ".zip"})
"""Endings that say how a file is packed, not what it holds."""
_SIGNATURES: tuple[tuple[bytes, Packing], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
)


@dataclass(frozen=True, slots=True)
class Content:
    """Where bytes are.

    Attributes:
        path: the file on the disk.
        packing: how it is packed; empty: not at all.
        member: name of the file inside a zip archive; else empty.
    """

    path: Path
    packing: Packing = ""
    member: str = ""

    @property
    def name(self) -> str:
        """The file's own name, as it would be unpacked."""
        name = Path(self.member).name if self.member else self.path.name
        stem, suffix = Path(name).stem, Path(name).suffix.lower()
        return stem if self.packing and not self.member and suffix in SUFFIXES else name

    def open(self) -> IO[bytes]:
        """The unpacked bytes, to be read forwards.

        Raises:
            DataError: a zip archive that is damaged, encrypted or without this member.
            OSError: the file cannot be opened.
        """
        match self.packing:
            case "gzip":
                return cast("IO[bytes]", gzip.open(self.path, "rb"))
            case "bzip2":
                return bz2.open(self.path, "rb")
            case "xz":
                return lzma.open(self.path, "rb")
            case "zstd":
                import pyarrow as pa

                # pyarrow's stream has what a buffered reader needs of a raw one.
                stream = cast("Any", pa.input_stream(str(self.path), compression="zstd"))
                return cast("IO[bytes]", io.BufferedReader(stream))
            case "zip":
                return _opened_member(self.path, self.member)
            case _:
                return self.path.open("rb")

    def text(self, encoding: str, *, newline: str | None = None) -> IO[str]:
        """The unpacked bytes as text; ``newline`` as in :func:`open`."""
        if not self.packing:
            return self.path.open(encoding=encoding, newline=newline)
        return io.TextIOWrapper(self.open(), encoding=encoding, newline=newline)


def packing_of(path: Path) -> Packing:
    """How a file is packed, by its first bytes. Zip archives are not looked at: many formats are ones."""
    with path.open("rb") as file:
        head = file.read(8)
    found: list[Packing] = [packing for signature, packing in _SIGNATURES if head.startswith(signature)]
    return found[0] if found else ""


@contextmanager
def whole(content: Content, name: str) -> Generator[None]:
    """Turns what a damaged archive raises into a :class:`DataError`.

    Args:
        content: what is being read.
        name: what messages call it.
    """
    try:
        yield
    except (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, gzip.BadGzipFile) as error:
        raise _damaged(content, name, error) from error
    except OSError as error:
        if not content.packing or error.errno is not None:
            raise
        raise _damaged(content, name, error) from error


def _opened_member(path: Path, member: str) -> IO[bytes]:
    try:
        return zipfile.ZipFile(path).open(member)
    except (KeyError, RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
        raise _damaged(Content(path, "zip", member), f"{path.name}/{member}", error) from error


def _damaged(content: Content, name: str, error: Exception) -> DataError:
    got = f"{NAMES[content.packing]} that cannot be unpacked: {str(error)[:120]}"
    return DataError([Problem(where=name, expected="a whole archive", got=got, remedy="pack or copy it again")])
