"""The contract of document loaders, and their registry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from metier.core import Registry

SUFFIXES = {"markdown": "md", "text": "txt", "htm": "html", "xhtml": "html", "tsv": "csv"}
"""Endings that mean the same as a loader's name."""


class RefusedError(ValueError):
    """A file is not what its name says, or holds what is not read. The message is the reason, for the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A document as a loader understood it.

    Attributes:
        text: plain text; headings as in Markdown (``## Returns``).
        title: what a person would call it; empty where the file does not say.
        part: which part of the file it is (a row of a table); empty for the whole.
        readers: who may see it; None where the file does not say.
    """

    text: str
    title: str = ""
    part: str = ""
    readers: tuple[str, ...] | None = None


class Loader(Protocol):
    """Turns a file's bytes into documents. The file ``loaders/NAME.py`` has a function ``load``; NAME is the ending.

    It runs in a process of its own, with limits, without network or files; it may fail in any way.
    """

    def __call__(self, content: bytes, *, readers_key: str) -> list[Parsed]:
        """The documents in a file.

        Args:
            content: of the file.
            readers_key: where a file can say who may read it, the name under which it does.

        Raises:
            RefusedError: the file cannot be used; the message says why.
        """
        ...


LOADERS: Registry[Loader] = Registry("metier.retrieval.reading.loaders", kind="document loader", attribute="load")
"""All loaders, by the ending of the files that they read."""


def loader_for(name: str) -> str | None:
    """The loader for a file of this name; None: there is none."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    ending = SUFFIXES.get(ending, ending)
    return ending if ending in LOADERS.names() else None


def as_readers(value: object) -> tuple[str, ...] | None:
    """Readers as a file states them: names in a list, or in a text with commas, semicolons or bars between.

    >>> as_readers("hr, board"), as_readers(["hr"]), as_readers(""), as_readers(None)
    (('hr', 'board'), ('hr',), (), None)

    Raises:
        RefusedError: something else stands there.
    """
    if value is None:
        return None
    if isinstance(value, str):
        for mark in ";|":
            value = value.replace(mark, ",")
        return tuple(name.strip() for name in value.split(",") if name.strip())
    if isinstance(value, list | tuple):
        names = [str(name).strip() for name in value if isinstance(name, str | int)]
        if len(names) == len(value):
            return tuple(name for name in names if name)
    raise RefusedError(f"its readers are not names: {value!r:.80}")
