"""A PostgreSQL server of its own for the tests: in a temporary folder, on a Unix socket, gone afterwards.

The programs are those of ``METIER_TEST_POSTGRES`` (a folder), else those on the path, else Debian's.
"""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg


class Server(NamedTuple):
    """Addresses for the administrator and for the database's owner, whether pgvector is there, and the files."""

    administrator: str
    owner: str
    pgvector: bool
    data: Path


def programs() -> Path | None:
    """The folder of ``initdb`` and ``pg_ctl``."""
    asked = os.environ.get("METIER_TEST_POSTGRES")
    found = shutil.which("initdb")
    folders = [Path(asked)] if asked else [*([Path(found).resolve().parent] if found else [])]
    folders += [] if asked else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").is_file() and (folder / "pg_ctl").is_file():
            return folder
    return None


def why_not() -> str:
    """Why no server can be started; empty where one can."""
    if programs() is None:
        return "PostgreSQL is not installed (no initdb)"
    if os.geteuid() == 0 and _ordinary() is None:
        return "PostgreSQL does not run as root, and there is no user postgres"
    return ""


def _ordinary() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return None


@contextmanager
def server() -> Generator[Server]:
    """A running server; its one database is ``tests``."""
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))  # a socket's path must be short
    user: dict[str, Any] = {"cwd": folder}
    if os.geteuid() == 0:
        account = _ordinary()
        assert account is not None, "asked before"
        os.chown(folder, account.pw_uid, account.pw_gid)
        user |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    name = "postgres" if os.geteuid() == 0 else getpass.getuser()
    tools, data = programs(), folder / "data"
    assert tools is not None, "asked before"

    def run(*command: str | Path) -> None:
        done = subprocess.run(command, **user, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    try:
        run(tools / "initdb", "-D", data, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-U", name)
        settings = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c max_connections=120"
        command = [tools / "pg_ctl", "-D", data, "-w", "-o", settings, "start"]
        # The server keeps what it is given open: a pipe would never end.
        subprocess.run(command, **user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        try:
            yield Server(*_database(folder, name), data)
        finally:
            run(tools / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _database(folder: Path, name: str) -> tuple[str, str, bool]:
    with psycopg.connect(f"host={folder} dbname=postgres user={name}", autocommit=True) as connection:
        connection.execute("CREATE ROLE owner LOGIN CREATEROLE")
        connection.execute("CREATE DATABASE tests OWNER owner")
    administrator = f"host={folder} dbname=tests user={name}"
    with psycopg.connect(administrator, autocommit=True) as connection:
        available = connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'").fetchone()
        if available:
            connection.execute("CREATE EXTENSION vector SCHEMA public")
    return administrator, f"host={folder} dbname=tests user=owner", available is not None
