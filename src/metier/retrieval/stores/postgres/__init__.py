"""PostgreSQL: one index for many processes and machines, with access control inside the server.

The address stands in the environment variable ``METIER_POSTGRES`` and nowhere else. An index is a schema of the
database; approaches and runs over the same documents, cut and embedded in the same way, share it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from platform import node

from metier.core import IntegrityError, Problem
from metier.core.artifacts import hash_value, read_json, write_json
from metier.retrieval.store import Store

VARIABLE = "METIER_POSTGRES"


class PostgresKind:
    """See :class:`~metier.retrieval.stores.StoreKind`."""

    file = "documents.json"
    beside = ()
    shared = True

    def check(self, environment: Mapping[str, str]) -> list[Problem]:
        """The package and the address must be there; the address is never repeated, as it may hold a password."""
        problems: list[Problem] = []
        if find_spec("psycopg") is None:
            problems.append(_problem("the package psycopg", "no such package", "pip install 'metier[postgres]'"))
        if not environment.get(VARIABLE, "").strip():
            expected = f"the address of a PostgreSQL database in the environment variable {VARIABLE}"
            remedy = f"set {VARIABLE}, for example to postgresql://USER@HOST/DATABASE, or write  store: sqlite"
            problems.append(_problem(expected, "no such variable", remedy))
        return problems

    def open(self, folder: Path, *, about: Sequence[str], width: int, embedder: str) -> Store:
        """The store that ``documents.json`` names, else the one of these documents; both are made where missing."""
        from os import environ

        from metier.retrieval.stores.postgres.store import PostgresStore

        address = environ.get(VARIABLE, "").strip()
        if not address:
            raise IntegrityError(f"The index of {folder} is in PostgreSQL: set {VARIABLE} to the database's address.")
        path = folder / self.file
        known = path.is_file()
        if known:
            schema = str(read_json(path)["schema"])
        else:
            schema = f"metier_{hash_value([node(), *about, width, embedder])[:24]}"
        store = PostgresStore(address, schema=schema, width=width, embedder=embedder, make=not known)
        folder.mkdir(parents=True, exist_ok=True)
        write_json(path, {"store": "postgres", "schema": schema})
        return store


def _problem(expected: str, got: str, remedy: str) -> Problem:
    return Problem(where="recipe", path="store", expected=expected, got=got, remedy=remedy)


kind = PostgresKind()
