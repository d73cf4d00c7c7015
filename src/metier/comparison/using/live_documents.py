"""Documents of a finished run's index added, revised, deleted and granted one at a time; the next search knows.

The answers that were measured stay what they were, leaderboard and report say that documents have changed since, and
the recipe's folder of documents is not touched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from metier.approaches.grounding.context import open_grounding
from metier.comparison import document_changes
from metier.comparison.report import build_report
from metier.comparison.using.predicting import check_run, resources_of
from metier.comparison.using.wholeness import reading
from metier.core import Document, Problem, Reporter, UnknownNameError, UserError
from metier.core.artifacts import read_json, write_json
from metier.core.locking import locked
from metier.core.names import listed, suggestion
from metier.retrieval import KEPT, STORES, Entry, Index, RetrievalSettings, document_of, read_file

_WAIT = 60.0
"""Seconds that a change waits for another one in the same run."""


class Changed(NamedTuple):
    """What became of a document.

    Attributes:
        id: of the document.
        change: ``added``, ``revised``, ``granted`` (only its readers changed), ``unchanged``, or ``deleted``.
        chunks: that it has now.
        readers: names that may read it now; ``*`` is everybody, none is nobody.
    """

    id: str
    change: str
    chunks: int
    readers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LiveIndex:
    """The index of an approach, to be changed.

    Attributes:
        approach: its name.
        index: over the documents.
        collection: the recipe's documents: whose names and rules of readers hold for new ones.
        readers_key: where documents say who may read them.
        run: folder of the run.
        sharing: approaches that this index serves.
        others: approaches that have an index of their own.
    """

    approach: str
    index: Index
    collection: Path
    readers_key: str | None
    run: Path
    sharing: tuple[str, ...]
    others: tuple[str, ...] = ()

    def documents(self) -> list[Entry]:
        """Every document, by id."""
        return self.index.store.catalogue()

    def add(self, file: Path, *, name: str | None = None, readers: Sequence[str] = ()) -> list[Changed]:
        """Take in the documents of a file, which must be new; see :meth:`update`.

        Raises:
            UserError: there is one of that id, or the file cannot be read.
        """
        documents = self._read(file, name, readers)
        if known := sorted({entry.id for entry in self.documents()} & {one.id for one in documents}):
            remedy = "`metier documents update` puts a new revision in its place"
            raise UserError([_problem(file, "a new document", f"{listed(known, limit=3)}, which is there", remedy)])
        with self._changing([one.id for one in documents]):
            return self._put(documents)

    def update(self, file: Path, *, name: str | None = None, readers: Sequence[str] = ()) -> list[Changed]:
        """Put a file's documents in the place of their earlier revisions; rows that a table no longer has are deleted.

        Args:
            file: see :func:`metier.retrieval.read_file`.
            name: id of its document (of a table: of what its rows' ids begin with). None: its path below the recipe's
                documents, else its name.
            readers: who may read it. Empty: as the file, or the documents' ``readers.yaml``, says; where neither does,
                whoever may read it now.

        Raises:
            UserError: there is none of that id, or the file cannot be read.
        """
        there = {entry.id: entry for entry in self.documents()}
        documents = self._read(file, name, readers, there)
        whole = documents[0].source
        before = {key for key in there if key == whole or key.startswith(f"{whole}#")}
        if not before:
            remedy = f"{suggestion(whole, there)}; or take it in with `metier documents add`"
            raise UnknownNameError([_problem(file, f"a document of the index of {self.approach}", repr(whole), remedy)])
        gone = sorted(before - {one.id for one in documents})
        with self._changing([*gone, *(one.id for one in documents)]):
            changes = self._put(documents)
            for key in gone:
                self.index.store.delete(key)
        return changes + [Changed(key, "deleted", 0, ()) for key in gone]

    def delete(self, name: str) -> Changed:
        """Take a document out.

        Raises:
            UnknownNameError: there is none of that id.
        """
        with self._changing([name]):
            if not self.index.store.delete(name):
                raise self._unknown(name)
        return Changed(name, "deleted", 0, ())

    def grant(self, name: str, readers: Sequence[str]) -> Changed:
        """Replace the names that may read a document.

        Raises:
            UnknownNameError: there is none of that id.
        """
        with self._changing([name]):
            if not self.index.store.grant(name, readers):
                raise self._unknown(name)
        return next(_changed(entry, "granted") for entry in self.documents() if entry.id == name)

    def purge(self) -> int:
        """Leave no byte of what was deleted or replaced: in the index's files, and in what a killed run has kept.

        Returns:
            how many measured answers of the run still hold passages of documents that were deleted or replaced.
        """
        self.index.store.purge()
        (self.run / KEPT).unlink(missing_ok=True)  # made again where that run goes on, of the documents that there are
        gone = {name for one in self.sharing for name in document_changes.changed_since(self._folder(one))}
        return sum(_answers_with(self._folder(one), gone) for one in (*self.sharing, *self.others)) if gone else 0

    @contextmanager
    def _changing(self, ids: Collection[str]) -> Generator[None]:
        """Around a change of these documents: noted before and after it for every approach that the index serves."""
        folders = [self._folder(name) for name in self.sharing]
        with locked(self.run, wait=_WAIT):
            now = document_changes.states(self.documents())
            for folder in folders:
                document_changes.begin(folder, ids, now)
            try:
                yield
            finally:
                now = document_changes.states(self.documents())
                for folder in folders:
                    document_changes.end(folder, now)
                _tell(self.run, self.sharing)

    def _folder(self, name: str) -> Path:
        return self.run / "approaches" / name

    def _read(
        self, file: Path, name: str | None, readers: Sequence[str], there: Mapping[str, Entry] | None = None
    ) -> list[Document]:
        if not file.is_file():
            got = "a folder" if file.is_dir() else "nothing"
            raise UserError([_problem(file, "a file with a document", got, "give one file at a time")])
        found = read_file(
            file,
            collection=self.collection,
            readers_key=self.readers_key,
            name=name,
            known=_ReadersBefore(there or {}, self.index),
        )
        return [replace(one, readers=tuple(readers)) for one in found] if readers else found

    def _put(self, documents: Sequence[Document]) -> list[Changed]:
        changes = self.index.put_all(documents)
        now = {entry.id: entry for entry in self.documents()}
        return [_changed(now[one.id], change) for one, change in zip(documents, changes, strict=True)]

    def _unknown(self, name: str) -> UnknownNameError:
        remedy = suggestion(name, [entry.id for entry in self.documents()])
        return UnknownNameError([_problem(name, f"a document of the index of {self.approach}", repr(name), remedy)])


@contextmanager
def live_index(run: Path, approach: str | None = None, *, reporter: Reporter | None = None) -> Generator[LiveIndex]:
    """The index of an approach of a finished run, open for changes.

    Args:
        run: folder of the run.
        approach: its name. None: the recommended one where it has an index, else the only one that has.
        reporter: told of the progress; None: nobody.

    Raises:
        UserError: no such run; no such approach, or none with an index, or several.
    """
    check_run(run)
    with reading(run):
        live = _open(run, approach, reporter)
    try:
        yield live
    finally:
        live.index.store.close()


def _open(run: Path, approach: str | None, reporter: Reporter | None) -> LiveIndex:
    having = _having(run)
    name = _with_index(run, approach, having)
    resources = resources_of(run, reporter=reporter)
    if resources.documents is None:
        raise LookupError("recipe.yaml names no data.documents")
    collection = resources.recipe_folder / Path(resources.documents).expanduser()
    settings, file = having[name]
    sharing = tuple(one for one, (_, other) in having.items() if one == name or (file and other == file))
    others = tuple(one for one in having if one not in sharing)
    index = open_grounding(settings, resources, run / "approaches" / name).index
    return LiveIndex(name, index, collection, resources.readers, run, sharing, others)


def _having(run: Path) -> dict[str, tuple[RetrievalSettings, bytes]]:
    """Approaches with an index; with their settings, and the file that says which one, where several may share it."""
    found: dict[str, tuple[RetrievalSettings, bytes]] = {}
    for row in read_json(run / "leaderboard.json")["approaches"]:
        folder = run / "approaches" / row["name"]
        if row["status"] == "done" and (folder / "retrieval.json").is_file():
            settings = RetrievalSettings.model_validate(read_json(folder / "record.json")["settings"]["retrieval"])
            kind = STORES.get(settings.store)
            file = folder / kind.file
            found[row["name"]] = settings, file.read_bytes() if kind.shared and file.is_file() else b""
    return found


def _tell(run: Path, names: Sequence[str]) -> None:
    """Say in leaderboard and report what has changed since approaches were measured; where it is known, nothing."""
    with reading(run):
        board: dict[str, Any] = read_json(run / "leaderboard.json")
        before = {row["name"]: row.get("documents_changed") for row in board["approaches"]}
        for row in board["approaches"]:
            if row["name"] in names:
                row["documents_changed"] = document_changes.changes_of(run / "approaches" / row["name"])
        if before != {row["name"]: row.get("documents_changed") for row in board["approaches"]}:
            write_json(run / "leaderboard.json", board)
            build_report(run)


def _answers_with(folder: Path, documents: Collection[str]) -> int:
    """Measured answers of an approach that hold passages of any of these documents."""
    from pyarrow import parquet

    path = folder / "predictions.parquet"
    if not path.is_file():
        return 0
    column = parquet.read_table(path, columns=["context_ids"]).column("context_ids").to_pylist()
    return sum(any(document_of(name) in documents for name in names or ()) for names in column)


class _ReadersBefore:
    """The readers that the earlier revision of a document has; None: there is none.

    Rows of a table that are known by their number alone may have moved: they are told by what they say, and a new one
    among rows of different readers is nobody's.
    """

    def __init__(self, there: Mapping[str, Entry], index: Index) -> None:
        self._there, self._index = there, index
        self._rows: defaultdict[str, dict[str, list[Entry]]] = defaultdict(dict)
        for key, entry in there.items():
            source, _, row = key.rpartition("#")
            if row.isdigit():
                self._rows[source].setdefault(entry.fingerprint, []).append(entry)

    def __call__(self, document: Document) -> tuple[str, ...] | None:
        row = document.id.removeprefix(f"{document.source}#")
        if row == document.id or not row.isdigit():
            before = self._there.get(document.id)
            return before and before.readers
        rows = self._rows[document.source]
        same = rows.get(self._index.fingerprint(document)) or [one for some in rows.values() for one in some]
        readers = {frozenset(one.readers) for one in same}
        return None if not same else tuple(sorted(*readers)) if len(readers) == 1 else ()


def _changed(entry: Entry, change: str) -> Changed:
    return Changed(entry.id, change, entry.chunks, entry.readers)


def _with_index(run: Path, name: str | None, having: Collection[str]) -> str:
    board = read_json(run / "leaderboard.json")
    done = [row["name"] for row in board["approaches"] if row["status"] == "done"]
    if name in having:
        return str(name)
    if name is None and (board["recommended"] in having or len(having) == 1):
        return board["recommended"] if board["recommended"] in having else next(iter(having))
    expected = "an approach with an index of documents"
    if name is None:
        got = f"{len(having)} of them: {listed(having)}" if having else "none in this run"
        remedy = "name one with --approach" if having else "give an approach of the recipe `retrieval` and run it"
        raise UserError([_problem(run, expected, got, remedy)])
    got = f"{name!r}, which has none" if name in done else repr(name)
    raise UnknownNameError([_problem(run, expected, got, suggestion(name, having))])


def _problem(where: object, expected: str, got: str, remedy: str) -> Problem:
    return Problem(where=str(where), expected=expected, got=got, remedy=remedy)
