"""All documents below a folder: which files, what each became, and why the others are left out."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple, cast

import yaml

from metier.core import DataError, Document, Problem, Reporter, Silent, step
from metier.core.artifacts import hash_file
from metier.core.names import listed, nearest
from metier.retrieval.reading.limits import Limits
from metier.retrieval.reading.parsed import LOADERS, Parsed, RefusedError, as_readers, loader_for
from metier.retrieval.reading.parser import Parser

READERS_FILE = "readers.yaml"
"""In a folder of documents: patterns of paths, each with the names that may read what it matches."""

Known = Callable[[Document], "tuple[str, ...] | None"]
"""The readers that a document has already; None: it has none."""


class LeftOut(NamedTuple):
    """A file below the folder that gave no document, and the reason."""

    file: str
    why: str


class Collected(NamedTuple):
    """What a folder holds.

    Attributes:
        documents: in the order of their ids.
        left_out: the other files.
        restricted: whether readers were stated for the collection: then a document without any is nobody's.
        unmatched: patterns of ``readers.yaml`` that no document's path matches.
    """

    documents: tuple[Document, ...]
    left_out: tuple[LeftOut, ...]
    restricted: bool
    unmatched: tuple[str, ...] = ()


def find_files(path: Path) -> list[Path]:
    """Every file below a folder that is not hidden, sorted; the file itself where ``path`` is one.

    A link that leads out of the folder is listed and never followed: a collection is what stands in its folder.

    Raises:
        DataError: there is nothing of that name.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        names = [item.name for item in path.parent.iterdir()] if path.parent.is_dir() else []
        near = nearest(path.name, names)
        remedy = (
            f"did you mean {near[0]!r}?" if near else f"in that folder: {listed(sorted(names), limit=6) or 'nothing'}"
        )
        raise _error(str(path), expected="a file or folder of documents", got="nothing", remedy=remedy)
    return sorted(_below(path, path))


def _below(folder: Path, root: Path) -> Iterator[Path]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        path = folder / entry.name
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _below(path, root)
        elif entry.is_file() or _leads_out(path, root):
            yield path


def _leads_out(file: Path, root: Path) -> bool:
    """Whether a file below ``root`` is a link to something that is not."""
    return file.is_symlink() and root.is_dir() and not file.resolve().is_relative_to(root.resolve())


def fingerprint(path: Path) -> str:
    """A hash of all files that :func:`collect` would read, names and contents."""
    digest = hashlib.sha256()
    for file in find_files(path):
        content = "" if _leads_out(file, path) else hash_file(file)
        digest.update(f"{_name(file, path)}\0{content}\0".encode(errors="replace"))
    return digest.hexdigest()


def collect(
    path: Path,
    *,
    readers_key: str | None = None,
    limits: Limits | None = None,
    reporter: Reporter | None = None,
) -> Collected:
    """Read a folder of documents, each file in a process with limits.

    Args:
        path: a folder, or one file.
        readers_key: name of the column, front-matter key or meta tag that says who may read a document. Given, a
            document that says nothing is nobody's. None: ``readers`` is honoured where it stands, and a document that
            says nothing is everybody's, unless the folder has a ``readers.yaml``.
        limits: for each file.
        reporter: told of the progress.

    Raises:
        DataError: there is no such folder, or its ``readers.yaml`` cannot be read.
    """
    limits = limits or Limits()
    files = find_files(path)
    named = _Naming.of(path, readers_key)
    documents: dict[str, Document] = {}
    left_out: list[LeftOut] = []
    with Parser(limits) as parser, step(reporter or Silent(), "reading documents", len(files), unit="files") as bar:
        for file in files:
            name = _name(file, path)
            bar.advance()
            if name == READERS_FILE:
                continue
            try:
                if _leads_out(file, path):
                    raise RefusedError("it is a link that leads out of the folder")
                for parsed in _parse(file, parser, limits, readers_key or "readers"):
                    document = named.document(name, parsed)
                    documents[document.id] = document
            except RefusedError as error:
                left_out.append(LeftOut(name, str(error)))
    found = tuple(documents[key] for key in sorted(documents))
    sources = {document.source for document in found}
    unmatched = [
        pattern for pattern, _ in named.stated or () if not any(fnmatchcase(source, pattern) for source in sources)
    ]
    return Collected(found, tuple(left_out), named.restricted, tuple(unmatched))


def read_file(
    file: Path,
    *,
    collection: Path,
    readers_key: str | None = None,
    name: str | None = None,
    known: Known | None = None,
) -> list[Document]:
    """The documents of one file, named and restricted as :func:`collect` does it for a whole collection.

    Args:
        file: anywhere; below ``collection`` its documents have the ids that they have in it, else the file's name.
        collection: whose rules of who may read what hold.
        readers_key: see :func:`collect`.
        name: another name instead of that one.
        known: readers that documents have already: kept where neither the file nor the collection names any.

    Raises:
        DataError: it cannot be read, or ``readers.yaml`` cannot.
    """
    if name is None:
        inside = collection.is_dir() and file.resolve().is_relative_to(collection.resolve())
        name = _name(file.resolve(), collection.resolve()) if inside else _name(file, file)
    named, limits = _Naming.of(collection, readers_key), Limits()
    try:
        with Parser(limits) as parser:
            found = _parse(file, parser, limits, readers_key or "readers")
    except RefusedError as error:
        problem = Problem(
            where=str(file),
            expected=f"a document with text: {', '.join(LOADERS.names())}",
            got=str(error),
            remedy="give another file; nothing was changed",
        )
        raise DataError([problem]) from None
    return [named.document(name, one, known) for one in found]


def _name(file: Path, path: Path) -> str:
    """A file's path below the collection; bytes that are no UTF-8 become question marks."""
    name = file.relative_to(path).as_posix() if path.is_dir() else file.name
    return name.encode("utf-8", "replace").decode("utf-8")


def _parse(file: Path, parser: Parser, limits: Limits, readers_key: str) -> list[Parsed]:
    loader = loader_for(file.name)
    if loader is None:
        raise RefusedError(f"there is no loader for its ending; there are: {', '.join(LOADERS.names())}")
    try:
        size = file.stat().st_size
        if size > limits.file_mb * 1e6:
            raise RefusedError(f"it has {size / 1e6:,.0f} MB; at most {limits.file_mb:g} are read")
        content = file.read_bytes()
    except OSError as error:
        raise RefusedError(f"it cannot be opened: {error.strerror}") from None
    found = parser.parse(content, loader=loader, readers_key=readers_key)
    if not found:
        raise RefusedError("it holds no text")
    return found


class _Naming(NamedTuple):
    """How documents of a collection are called, and who may read them."""

    stated: list[tuple[str, tuple[str, ...]]] | None
    restricted: bool

    @classmethod
    def of(cls, collection: Path, readers_key: str | None) -> _Naming:
        stated = _stated_readers(collection)
        return cls(stated, readers_key is not None or stated is not None)

    def document(self, name: str, parsed: Parsed, known: Known | None = None) -> Document:
        last = name.rpartition("/")[2]
        part = "" if parsed.part.isdigit() else f" {parsed.part}"  # numbers of rows change
        title = parsed.title or f"{last.rpartition('.')[0] or last}{part}".strip()
        key = f"{name}#{parsed.part}" if parsed.part else name
        readers = next((names for pattern, names in self.stated or [] if fnmatchcase(name, pattern)), parsed.readers)
        found = Document(id=key, text=parsed.text, title=title, source=name, readers=readers)
        if readers is None and known is not None:
            readers = known(found)
        return replace(found, readers=() if readers is None and self.restricted else readers)


def _stated_readers(path: Path) -> list[tuple[str, tuple[str, ...]]] | None:
    """The patterns of ``readers.yaml`` in their order; the first that matches a document's path decides."""
    file = path / READERS_FILE
    if not file.is_file():
        return None
    expected = "patterns with names, such as `hr/*: [hr, board]`"
    try:
        values = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
        if not isinstance(values, dict):
            raise RefusedError(f"a {type(values).__name__}")
        stated: dict[Any, Any] = cast(dict[Any, Any], values)
        return [(str(pattern), as_readers(names) or ()) for pattern, names in stated.items()]
    except (OSError, yaml.YAMLError, RecursionError, ValueError) as error:
        got = str(error).partition("\n")[0]
        raise _error(str(file), expected=expected, got=got, remedy="correct it: nothing is read without it") from None


def _error(where: str, *, expected: str, got: str, remedy: str) -> DataError:
    return DataError([Problem(where=where, path="data.documents", expected=expected, got=got, remedy=remedy)])
