"""Documents of a finished run's index added, revised, deleted and granted one at a time; the next search knows.

The answers that were measured stay what they were, and the recipe's folder of documents is not touched.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from metier.approaches.grounding.context import open_grounding
from metier.comparison.predicting import check_run, resources_of
from metier.core import Document, Problem, Reporter, UnknownNameError, UserError
from metier.core.artifacts import read_json
from metier.core.names import listed, suggestion
from metier.retrieval import Entry, Index, RetrievalSettings, read_file


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
    """

    approach: str
    index: Index
    collection: Path
    readers_key: str | None

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
        there = {entry.id: entry.readers for entry in self.documents()}
        documents = self._read(file, name, readers, there)
        whole = documents[0].source
        before = {key for key in there if key == whole or key.startswith(f"{whole}#")}
        if not before:
            remedy = f"{suggestion(whole, there)}; or take it in with `metier documents add`"
            raise UnknownNameError([_problem(file, f"a document of the index of {self.approach}", repr(whole), remedy)])
        changes = self._put(documents)
        return changes + [self.delete(key) for key in sorted(before - {one.id for one in documents})]

    def delete(self, name: str) -> Changed:
        """Take a document out.

        Raises:
            UnknownNameError: there is none of that id.
        """
        if not self.index.store.delete(name):
            raise self._unknown(name)
        return Changed(name, "deleted", 0, ())

    def grant(self, name: str, readers: Sequence[str]) -> Changed:
        """Replace the names that may read a document.

        Raises:
            UnknownNameError: there is none of that id.
        """
        if not self.index.store.grant(name, readers):
            raise self._unknown(name)
        return next(_changed(entry, "granted") for entry in self.documents() if entry.id == name)

    def purge(self) -> None:
        """Leave no byte of what was deleted or replaced in the index's files."""
        self.index.store.purge()

    def _read(
        self, file: Path, name: str | None, readers: Sequence[str], there: Mapping[str, tuple[str, ...]] | None = None
    ) -> list[Document]:
        if not file.is_file():
            got = "a folder" if file.is_dir() else "nothing"
            raise UserError([_problem(file, "a file with a document", got, "give one file at a time")])
        found = read_file(file, collection=self.collection, readers_key=self.readers_key, name=name, known=there or {})
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
    name = _with_index(run, approach)
    resources = resources_of(run, reporter=reporter)
    folder = run / "approaches" / name
    settings = RetrievalSettings.model_validate(read_json(folder / "record.json")["settings"]["retrieval"])
    assert resources.documents is not None, "there is retrieval"
    grounding = open_grounding(settings, resources, folder)
    collection = resources.recipe_folder / Path(resources.documents).expanduser()
    try:
        yield LiveIndex(name, grounding.index, collection, resources.readers)
    finally:
        grounding.index.store.close()


def _changed(entry: Entry, change: str) -> Changed:
    return Changed(entry.id, change, entry.chunks, entry.readers)


def _with_index(run: Path, name: str | None) -> str:
    board = read_json(run / "leaderboard.json")
    done = [row["name"] for row in board["approaches"] if row["status"] == "done"]
    having = [one for one in done if (run / "approaches" / one / "retrieval.json").is_file()]
    if name in having:
        return str(name)
    if name is None and (board["recommended"] in having or len(having) == 1):
        return board["recommended"] if board["recommended"] in having else having[0]
    expected = "an approach with an index of documents"
    if name is None:
        got = f"{len(having)} of them: {listed(having)}" if having else "none in this run"
        remedy = "name one with --approach" if having else "give an approach of the recipe `retrieval` and run it"
        raise UserError([_problem(run, expected, got, remedy)])
    got = f"{name!r}, which has none" if name in done else repr(name)
    raise UnknownNameError([_problem(run, expected, got, suggestion(name, having))])


def _problem(where: object, expected: str, got: str, remedy: str) -> Problem:
    return Problem(where=str(where), expected=expected, got=got, remedy=remedy)
