"""The schema of an index: made where it is missing, and checked."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import psycopg
from psycopg import sql

from metier.core import IntegrityError, ServiceError
from metier.retrieval.stores.postgres.schema import ABOUT, LAYOUT, POLICY, PROTECTED, READER, TABLES, UNSAMPLED

_Connection = psycopg.Connection[Any]
_MAY_BE_WITHOUT_SET = 160_000
"""From this version on, who made a role is its member without the right to act as it."""


def prepare(connection: _Connection, schema: str, *, width: int, embedder: str, make: bool) -> bool:
    """Make the schema where it is missing.

    Returns:
        whether the server compares vectors (pgvector); else the searching process does.

    Raises:
        IntegrityError: the schema is missing and may not be made, or it is of another layout, width or embedder.
        ServiceError: the rights to make it, or the role that searches, are missing.
    """
    about = {"layout": str(LAYOUT), "width": str(width), "embedder": embedder}
    try:
        if not _exists(connection, schema):
            if not make:
                raise IntegrityError(f"The PostgreSQL database has no schema {schema} any more. Build the index again.")
            _make_role(connection)
            vectors = _has_pgvector(connection)
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (schema,))
                if not _exists(connection, schema):
                    _make(connection, schema, {**about, "vectors": "pgvector" if vectors else "bytes"})
        found: dict[str, str] = dict(connection.execute("SELECT key, value FROM about").fetchall())
        _check_role(connection)
    except psycopg.errors.InsufficientPrivilege as error:
        raise ServiceError(
            f"PostgreSQL does not let this user make or search an index ({' '.join(str(error).split())}). Once, as an "
            f'administrator: CREATE ROLE {READER} NOLOGIN; GRANT {READER} TO "the user"; GRANT CREATE ON DATABASE '
            'the_database TO "the user";'
        ) from None
    for key, value in about.items():
        if found.get(key) != value:
            raise IntegrityError(
                f"The PostgreSQL schema {schema} was made with another {key} ({found.get(key, 'none')}, not {value}). "
                f"Drop it (DROP SCHEMA {schema} CASCADE) and build again."
            )
    return found.get("vectors") == "pgvector"


def _exists(connection: _Connection, schema: str) -> bool:
    found = connection.execute("SELECT to_regclass(%s)", (f'"{schema}".about',)).fetchone()
    return found is not None and found[0] is not None


def _make_role(connection: _Connection) -> None:
    """The role that searches, for all indexes of the server; this user may act as it."""
    role = sql.Identifier(READER)
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (READER,)).fetchone():
        with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):  # another process was faster
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN NOINHERIT").format(role))
    right = "SET" if connection.info.server_version >= _MAY_BE_WITHOUT_SET else "MEMBER"
    if connection.execute("SELECT pg_has_role(current_user, %s, %s)", (READER, right)).fetchone() != (True,):
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(role))


def _check_role(connection: _Connection) -> None:
    """A role that policies do not bind would find everything."""
    above = connection.execute(
        "SELECT 1 FROM pg_roles WHERE (rolsuper OR rolbypassrls) AND pg_has_role(%s, oid, 'USAGE')", (READER,)
    ).fetchone()
    if above:
        raise ServiceError(
            f"The PostgreSQL role {READER} may pass over row-level security, so that its searches would find "
            "everything. Take its SUPERUSER and BYPASSRLS away."
        )
    with connection.transaction():
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(READER)))


def _has_pgvector(connection: _Connection) -> bool:
    """Whether the extension is there, in ``public``, or can be put there by this user."""
    if connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'").fetchone():
        with suppress(psycopg.errors.InsufficientPrivilege, psycopg.errors.UniqueViolation):
            connection.execute("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public")
    query = "SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'vector'"
    return connection.execute(query).fetchone() == ("public",)


def _make(connection: _Connection, schema: str, about: dict[str, str]) -> None:
    run, reader = connection.execute, sql.Identifier(READER)
    names: dict[str, sql.Composable] = {"reader": reader, "vector": sql.SQL("bytea")}
    if about["vectors"] == "pgvector":
        names["vector"] = sql.SQL("public.vector({})").format(sql.Literal(int(about["width"])))
    run(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    run(ABOUT)
    for statement in TABLES.split(";\n"):
        run(sql.SQL(statement).format(**names))
    for table in PROTECTED:
        name = sql.Identifier(table)
        run(sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(name))
        if table != "grants":
            column = sql.Identifier("number" if table == "documents" else "document")
            run(sql.SQL(POLICY).format(table=name, reader=reader, column=column))
        for column in UNSAMPLED[table]:
            run(sql.SQL("ALTER TABLE {} ALTER COLUMN {} SET STATISTICS 0").format(name, sql.Identifier(column)))
        run(sql.SQL("GRANT SELECT ON {} TO {}").format(name, reader))
    run(sql.SQL("GRANT SELECT ON about TO {}").format(reader))
    run(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(sql.Identifier(schema), reader))
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO about VALUES (%s, %s)", list(about.items()))
