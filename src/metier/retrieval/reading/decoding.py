"""Bytes to text without guessing: UTF-8, or UTF-16 and UTF-32 with their marks; anything else is refused."""

from __future__ import annotations

import codecs
import re

from metier.retrieval.reading.parsed import RefusedError

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ufeff]")


def decode(content: bytes, *, encoding: str | None = None) -> str:
    """Text with line feeds as its line ends.

    Args:
        content: of a file.
        encoding: what the file itself says (an HTML page's charset); None: nothing.

    Raises:
        RefusedError: the bytes are not text in that encoding.
    """
    name = next((name for mark, name in _MARKS if content.startswith(mark)), encoding or "utf-8-sig")
    try:
        text = content.decode(name)
    except (UnicodeDecodeError, LookupError) as error:
        raise RefusedError(
            f"it is not text in {name.removesuffix('-sig').upper()} ({error}); save it as UTF-8"
        ) from None
    if "\x00" in text[:4096]:
        raise RefusedError("it is a binary file, not text")
    return clean(text)


def clean(text: str) -> str:
    """Without control characters, lone surrogates and odd line ends."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n"))


def without_headings(text: str) -> str:
    """Text of a kind that knows no headings: a backslash before ``#`` at a line's start, as Markdown has it."""
    return re.sub(r"^(?=#)", r"\\", text, flags=re.MULTILINE)
