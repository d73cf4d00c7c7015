"""Makes sure that a file is text in a known encoding, before anything is parsed; names a way out where it is not."""

from __future__ import annotations

import codecs
from typing import NamedTuple

from metier.core import DataError, Problem
from metier.core.names import nearest
from metier.core.said import Said
from metier.data.reading.guessing import CANDIDATES, by_zeros, is_damaged_utf8, ranked
from metier.data.reading.packing import Content
from metier.data.values import shorten

_BLOCK = 1 << 20
_COMMON = ("utf-8", "utf-16", "cp1252", "latin-1", "cp1250", "cp1251", "shift_jis", "gb18030", "euc_kr", "big5")


class _Fault(NamedTuple):
    """Where decoding stopped; ``around`` is of the line that it is in."""

    offset: int
    line: int
    got: str
    around: bytes


class Encoding(NamedTuple):
    """How a text is to be decoded, what is said about it, and what deserves attention."""

    name: str
    remarks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def checked_encoding(content: Content, name: str, wanted: str | None) -> Encoding:
    """The encoding that reads the whole file. Reads 1 MiB at a time.

    UTF-8 where that fits; otherwise the one that makes the most natural words of it, which is said.

    Args:
        content: a text file.
        name: what messages call it.
        wanted: the recipe's ``data.encoding``; None: found.

    Raises:
        DataError: the encoding is unknown, or none fits (names the line, the byte and a candidate that does), or
            the file holds NUL characters.
    """
    if wanted is not None and not _is_known(wanted):
        close = nearest(wanted, _COMMON)
        remedy = f"did you mean {' or '.join(map(repr, close))}?" if close else "leave it out for UTF-8"
        raise DataError(
            [Problem(where=name, path="data.encoding", expected="a text encoding", got=repr(wanted), remedy=remedy)]
        )
    with content.open() as file:
        marked = file.read(3) == codecs.BOM_UTF8
    encoding = wanted or ("utf-8-sig" if marked else "utf-8")
    fault = _first_fault(content, encoding)
    if fault is None:
        said = Said("%(file)s starts with a byte-order mark, which is not part of the text.", file=name)
        return Encoding(encoding, (said,) if marked else ())
    candidate, example = _candidate(content, fault)
    if wanted is None and candidate is not None and candidate != encoding:
        names = {"file": name, "name": candidate}
        warning = Said("%(file)s is not UTF-8; it is read as %(name)s. If that is wrong, set data.encoding.", **names)
        if example:
            told = (
                "%(file)s is not UTF-8; it is read as %(name)s (line %(line)s reads %(text)s). If that is wrong, set "
                "data.encoding."
            )
            warning = Said(told, **names, line=f"{fault.line:,}", text=repr(shorten(example)))
        return Encoding(candidate, warnings=(warning,))
    raise DataError([_problem(name, encoding, fault, candidate, example)])


def _is_known(encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)
        b"abcd".decode(encoding)
    except UnicodeDecodeError:
        return True
    except (LookupError, ValueError):
        return False
    return True


def _first_fault(content: Content, encoding: str) -> _Fault | None:
    """The first place that does not decode, or holds a NUL."""
    decoder = codecs.getincrementaldecoder(encoding)()
    offset, lines = 0, 1
    with content.open() as file:
        while True:
            block = file.read(_BLOCK)
            pending = decoder.getstate()[0]
            try:
                text = decoder.decode(block, final=not block)
            except ValueError as error:
                start = max(0, getattr(error, "start", 0) - len(pending))
                byte = block[start : start + 1] or pending[:1]
                got = f"byte 0x{byte.hex().upper()} at position {offset + start:,}"
                begin = max(0, start - 40, block.rfind(b"\n", 0, start) + 1)
                around = block[begin : begin + 80].partition(b"\n")[0]
                return _Fault(offset + start, lines + block.count(b"\n", 0, start), got, around)
            if "\0" in text:
                line = lines + text.count("\n", 0, text.index("\0"))
                return _Fault(offset, line, "a NUL character", b"")
            if not block:
                return None
            offset += len(block)
            lines += block.count(b"\n")


def _problem(name: str, encoding: str, fault: _Fault, candidate: str | None, example: str) -> Problem:
    where = f"{name}, line {fault.line:,}"
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


def _candidate(content: Content, fault: _Fault) -> tuple[str | None, str]:
    """An encoding that reads the whole file as natural text, and how the faulty place reads in it."""
    block = _block_around(content, fault.offset)
    sixteen = by_zeros(block)
    if not sixteen and is_damaged_utf8(block) and _first_fault(content, "utf-8") is not None:
        return None, ""
    for encoding in sixteen or ("utf-8", *ranked(block)):
        if _first_fault(content, encoding) is None:
            readable = encoding in CANDIDATES
            return encoding, fault.around.decode(encoding, "ignore").strip() if readable else ""
    return None, ""


def _block_around(content: Content, offset: int) -> bytes:
    """The beginning of a file up to ``offset`` and beyond; only whole lines around it where the file is long."""
    with content.open() as file:
        skipped = max(0, offset - _BLOCK)
        while skipped > 0 and (passed := file.read(min(skipped, _BLOCK))):
            skipped -= len(passed)
        block = file.read(2 * _BLOCK)
    return block.partition(b"\n")[2] if offset > _BLOCK else block
