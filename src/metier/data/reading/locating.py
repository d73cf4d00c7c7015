"""Finds the file that a recipe names, and says what is in its place when it is not a file of rows."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

from metier.core import DataError, Problem
from metier.core.names import listed, nearest
from metier.data.reading.packing import Content

_HEAD = 1 << 16
_MANY_CONTROLS = 0.1
"""A share of control characters above this makes a file binary."""
_CONTROLS = bytes(set(range(9)) | set(range(14, 32)) - {27})

_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"PAR1", "parquet", ""),
    (b"PK\x03\x04", "a zip archive", "unpack it and name the file inside"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file", "save the sheet as CSV (UTF-8)"),
    (b"%PDF", "a PDF", "rows are needed: copy them into a CSV"),
    (b"7z\xbc\xaf", "a 7-zip archive", "unpack it and name the file inside"),
    (b"SQLite format 3\0", "an SQLite database", "export the table as CSV"),
    (b"ARROW1", "arrow", ""),
    (b"\xff\xff\xff\xff", "arrow", ""),
    (b"\x80\x04\x95", "a Python pickle", "write it as CSV or Parquet (pickles can run code and are never opened)"),
    (b"\x80\x05\x95", "a Python pickle", "write it as CSV or Parquet (pickles can run code and are never opened)"),
    (b"\x89PNG", "a picture", "name a file of rows"),
    (b"\xff\xd8\xff", "a picture", "name a file of rows"),
)
FORMATS = "csv, tsv, json, jsonl, parquet, arrow, xlsx, conll, or a folder of these or of documents"


def locate(text: str, folder: Path, *, setting: str) -> Path:
    """The file or folder that ``text`` names, relative to ``folder``.

    Args:
        text: as the recipe has it.
        folder: the recipe's folder.
        setting: recipe path of the setting, for messages (``"data.examples.train"``).

    Raises:
        DataError: there is no such file or folder (the message has the nearest names), or it is empty.
    """
    try:
        path = folder / Path(text).expanduser()
        found = path.is_file()
        size = path.stat().st_size if found else 0
    except (OSError, ValueError, RuntimeError) as error:
        raise _error(text, setting, got=f"a path that cannot be used ({error})", remedy="correct the path") from error
    if found and size:
        return path
    if found:
        raise _error(text, setting, got="an empty file", remedy="export the rows again")
    if path.is_dir():
        return path
    if path.exists():
        raise _error(text, setting, got="something that is not a plain file", remedy="name a file")
    raise _error(text, setting, got="no such file", remedy=_nearest_files(path))


def binary_kind(content: Content) -> tuple[str, str]:
    """What a file is that is not text, by its first bytes, and what to do; two empty texts for a text file.

    The name of a format (``parquet``, ``arrow``, ``xlsx``) and an empty text for what can be read.
    """
    with content.open() as file:
        head = file.read(_HEAD)
    for signature, kind, remedy in _SIGNATURES:
        if head.startswith(signature):
            return _inside_zip(content) if kind == "a zip archive" else (kind, remedy)
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"} or _looks_like_utf16(head):
        return "", ""
    if len(head) - len(head.translate(None, _CONTROLS)) > _MANY_CONTROLS * len(head):
        return "a binary file", f"name a file of rows: {FORMATS}"
    return "", ""


def _looks_like_utf16(head: bytes) -> bool:
    """Nearly every second byte zero: Western text in UTF-16 without a mark."""
    pairs = max(len(head) // 2, 1)
    return any(head[start::2].count(0) > 0.4 * pairs >= head[1 - start :: 2].count(0) for start in (0, 1))


def is_archive(path: Path) -> bool:
    """Whether a file is a zip archive of files, and not a document that is one inside (xlsx, docx)."""
    with path.open("rb") as file:
        if not file.read(4).startswith(b"PK\x03\x04"):
            return False
    return _inside_zip(Content(path))[0] == "a zip archive"


def _inside_zip(content: Content) -> tuple[str, str]:
    try:
        with content.open() as file:
            names = zipfile.ZipFile(io.BytesIO(file.read()) if content.packing else content.path).namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "a damaged zip archive", "export the rows again"
    if any(name.startswith("xl/") for name in names):
        return "xlsx", ""
    if any(name.startswith("word/") for name in names):
        return "a Word file (docx)", "rows are needed: copy the table into a sheet, or put the documents into a folder"
    return "a zip archive", f"unpack it and name the file inside ({listed(names, limit=3)})"


def _nearest_files(path: Path) -> str:
    parent = path.parent
    if not parent.is_dir():
        return f"there is no folder {os.fspath(parent)!r}; paths are relative to the recipe"
    names = [item.name for item in parent.iterdir() if item.is_file()]
    close = nearest(path.name, names)
    if close:
        return f"did you mean {' or '.join(map(repr, close))}?"
    return f"files in that folder: {listed(sorted(names), limit=6)}" if names else "that folder has no files"


def _error(text: str, setting: str, *, got: str, remedy: str) -> DataError:
    where, expected = f"{text or '(empty)'}", f"a file of rows ({FORMATS})"
    return DataError([Problem(where=where, path=setting, expected=expected, got=got, remedy=remedy)])
