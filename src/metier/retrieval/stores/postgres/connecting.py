"""Connections to PostgreSQL whose errors never carry an address or a password."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import conninfo, sql

from metier.core import ServiceError

_PATIENCE = 10
"""Seconds that a server may take to answer, where the address does not say."""


def connect(address: str, *, schema: str) -> psycopg.Connection[Any]:
    """A connection that commits by itself and looks for tables in ``schema``.

    Raises:
        ServiceError: the address cannot be read, or no server there lets us in.
    """
    try:
        asked: dict[str, Any] = {"connect_timeout": _PATIENCE, **conninfo.conninfo_to_dict(address)}
    except psycopg.Error:  # its message repeats the address
        raise ServiceError(
            "The address of the PostgreSQL database cannot be read. Write it as postgresql://USER@HOST/DATABASE or as "
            "host=... dbname=... user=..."
        ) from None
    asked |= {"client_encoding": "utf8", "application_name": "metier"}
    try:
        connection = psycopg.connect(**asked, autocommit=True, prepare_threshold=None)
    except psycopg.Error as error:
        raise ServiceError(f"PostgreSQL cannot be reached: {told(error, str(asked.get('password') or ''))}") from None
    encoding = connection.execute("SHOW server_encoding").fetchone()
    if encoding != ("UTF8",):
        connection.close()
        raise ServiceError("The PostgreSQL database does not keep texts as UTF-8. Make one with ENCODING 'UTF8'.")
    # The extension's type may stand in public; tables never do.
    connection.execute(sql.SQL("SET search_path TO {}, public").format(sql.Identifier(schema)))
    return connection


def told(error: psycopg.Error, password: str = "") -> str:
    """What the server said, in one line and without the password."""
    said = " ".join(str(error).split()) or type(error).__name__
    return said.replace(password, "***") if password else said
