"""Makes sure that a file is text in a known encoding, before anything is parsed; names a way out where it is not."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import NamedTuple

from metier.core import DataError, Problem
from metier.core.names import nearest
from metier.data.values import shorten

_BLOCK = 1 << 20
_COMMON = ("utf-8", "utf-16", "cp1252", "latin-1", "cp1250", "cp1251", "shift_jis", "gb18030", "euc_kr", "big5")
_CANDIDATES = ("cp1252", "shift_jis", "euc_kr", "gb18030", "cp1251", "cp1250", "mac_roman")
_LETTERS = 0.7
"""A candidate must read at least this share of the special characters as letters."""


class _Fault(NamedTuple):
    """Where decoding stopped."""

    offset: int
    line: int
    got: str
    around: bytes


def checked_encoding(path: Path, name: str, wanted: str | None) -> tuple[str, tuple[str, ...]]:
    """The encoding that reads the whole file, and sentences about it. Reads 1 MiB at a time.

    Args:
        path: a text file.
        name: what messages call it.
        wanted: the recipe's ``data.encoding``; None: UTF-8, with or without a byte-order mark.

    Raises:
        DataError: the encoding is unknown, or does not fit (names the line, the byte and a candidate that does), or
            the file holds NUL characters.
    """
    if wanted is not None and not _is_known(wanted):
        close = nearest(wanted, _COMMON)
        remedy = f"did you mean {' or '.join(map(repr, close))}?" if close else "leave it out for UTF-8"
        raise DataError(
            [Problem(where=name, path="data.encoding", expected="a text encoding", got=repr(wanted), remedy=remedy)]
        )
    with path.open("rb") as file:
        marked = file.read(3) == codecs.BOM_UTF8
    encoding = wanted or ("utf-8-sig" if marked else "utf-8")
    if fault := _first_fault(path, encoding):
        raise DataError([_problem(path, name, encoding, fault)])
    return encoding, (f"{name} starts with a byte-order mark, which is not part of the text.",) if marked else ()


def _is_known(encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)
        b"abcd".decode(encoding)
    except UnicodeDecodeError:
        return True
    except (LookupError, ValueError):
        return False
    return True


def _first_fault(path: Path, encoding: str) -> _Fault | None:
    """The first place that does not decode, or holds a NUL."""
    decoder = codecs.getincrementaldecoder(encoding)()
    offset, lines = 0, 1
    with path.open("rb") as file:
        while True:
            block = file.read(_BLOCK)
            pending = decoder.getstate()[0]
            try:
                text = decoder.decode(block, final=not block)
            except ValueError as error:
                start = max(0, getattr(error, "start", 0) - len(pending))
                byte = block[start : start + 1] or pending[:1]
                got = f"byte 0x{byte.hex().upper()} at position {offset + start:,}"
                return _Fault(
                    offset + start, lines + block.count(b"\n", 0, start), got, block[max(0, start - 40) :][:80]
                )
            if "\0" in text:
                line = lines + text.count("\n", 0, text.index("\0"))
                return _Fault(offset, line, "a NUL character", b"")
            if not block:
                return None
            offset += len(block)
            lines += block.count(b"\n")


def _problem(path: Path, name: str, encoding: str, fault: _Fault) -> Problem:
    where = f"{name}, line {fault.line:,}"
    candidate, example = _candidate(path, fault)
    if fault.got == "a NUL character" and candidate is None:
        return Problem(
            where=where,
            expected="text without NUL characters",
            got="a NUL character (the file is damaged, or not text)",
            remedy="export the file again, or remove the NUL characters",
        )
    plain = "UTF-8" if encoding in {"utf-8", "utf-8-sig"} else encoding
    if candidate is None or candidate == encoding:
        remedy = "save the file as UTF-8, or set data.encoding to what it was written in"
    else:
        shown = f" (it reads {shorten(example)!r})" if example else ""
        remedy = f"save it as UTF-8, or set data.encoding: {candidate}{shown}"
    return Problem(where=where, expected=f"text in {plain}", got=fault.got, remedy=remedy)


def _candidate(path: Path, fault: _Fault) -> tuple[str | None, str]:
    """An encoding that reads the whole file plausibly, and how the faulty place reads in it."""
    with path.open("rb") as file:
        head = file.read(_BLOCK)
    for encoding in _by_zeros(head) or ("utf-8", *_CANDIDATES):
        try:
            text = head.decode(encoding, "strict" if len(head) < _BLOCK else "ignore")
            example = fault.around.decode(encoding, "ignore")
        except ValueError:
            continue
        special = [character for character in text if not character.isascii()]
        plausible = encoding.startswith("utf") or sum(map(str.isalpha, special)) >= _LETTERS * len(special)
        if plausible and "\0" not in text and _first_fault(path, encoding) is None:
            return encoding, example.strip() if encoding in _CANDIDATES else ""
    return None, ""


def _by_zeros(head: bytes) -> tuple[str, ...]:
    """UTF-16 by its mark, or because every second byte is zero."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ("utf-16",)
    pairs = max(len(head) // 2, 1)
    if head[1::2].count(0) > 0.4 * pairs:
        return ("utf-16-le",)
    return ("utf-16-be",) if head[::2].count(0) > 0.4 * pairs else ()
