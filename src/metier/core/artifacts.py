"""Files that are either whole or not there: content hashes, staged and synced writes, manifests.

Every write goes to a temporary neighbour, is flushed to the disk, and takes its name by one rename; a kill or a full
disk leaves what was there before. A folder is staged the same way and carries ``manifest.json`` with the SHA-256 of
each file, so that a reader can tell a whole folder from a damaged one.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from pydantic import BaseModel

from metier.core.errors import IntegrityError

MANIFEST = "manifest.json"
_BLOCK = 1 << 20


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal; reads 1 MiB at a time."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def plain(value: Any) -> Any:
    """``value`` as what JSON can hold: dataclasses and pydantic models become dicts, sequences lists, paths text."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if is_dataclass(value):
        # dataclasses.asdict copies, and read-only mappings cannot be copied.
        return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in cast(Mapping[Any, Any], value).items()}
    if isinstance(value, set | frozenset):
        return [plain(item) for item in sorted(cast(set[Any], value))]
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [plain(item) for item in cast(Sequence[Any], value)]
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, np.generic):
        return value.item()
    return value


def hash_value(value: Any) -> str:
    """SHA-256 of a value's canonical JSON: what equal settings, records or keys have in common.

    >>> hash_value({"a": 1, "b": (2,)}) == hash_value({"b": [2], "a": 1})
    True
    """
    text = json.dumps(plain(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def write_bytes(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path``, all or nothing, on the disk before this returns; creates the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with staged.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        staged.replace(path)
    except BaseException:
        with suppress(OSError):
            staged.unlink()
        raise
    sync_folder(path.parent)


def write_text(path: Path, content: str) -> None:
    """Like :func:`write_bytes`, in UTF-8."""
    write_bytes(path, content.encode())


def write_json(path: Path, value: Any) -> None:
    """Like :func:`write_bytes`, as indented JSON; dataclasses, pydantic models, tuples and paths are understood.

    Raises:
        ValueError: a number that JSON cannot hold (NaN, infinity).
    """
    write_text(path, json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:
    """What :func:`write_json` wrote.

    Raises:
        IntegrityError: the file is not JSON.
        FileNotFoundError: there is none.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise IntegrityError(f"{path} is not readable JSON ({error}). Delete it and run again.") from error


def sync_folder(folder: Path) -> None:
    """Make renames inside ``folder`` durable, where the system can (POSIX)."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def staged_folder(target: Path) -> Generator[Path]:
    """A fresh folder to fill; on leaving it gets a manifest, is synced and takes the name ``target``.

    An older ``target`` is replaced. On an exception nothing is left and ``target`` stays as it was; after a kill
    :func:`sweep` puts back what stood there, or finishes the exchange.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    stage = target.with_name(f".{target.name}.{os.getpid()}.part")
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir()
    try:
        yield stage
        write_manifest(stage)
    except BaseException:
        shutil.rmtree(stage, ignore_errors=True)
        raise
    old = target.with_name(f".{target.name}.{os.getpid()}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    try:
        stage.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        shutil.rmtree(stage, ignore_errors=True)
        raise
    sync_folder(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Tidy up below ``folder`` after a process that was killed; only for whoever is its one writer.

    What was half written goes. A folder that was just being exchanged is whole afterwards: the new one where that was
    complete, else the old one.
    """
    for old in [*folder.rglob(".*.old")]:
        if not (target := _target(old)).exists():
            stage = old.with_suffix(".part")
            (stage if stage.is_dir() and check_manifest(stage) is None else old).rename(target)
    for pattern in (".*.part", ".*.old"):
        for path in [*folder.rglob(pattern)]:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _target(staged: Path) -> Path:
    """What ``.NAME.PID.part`` or ``.NAME.PID.old`` stands in for: ``NAME``."""
    return staged.with_name(staged.name.removeprefix(".").rpartition(".")[0].rpartition(".")[0])


def remove_folder(folder: Path) -> None:
    """Remove a folder that carries a manifest; killed meanwhile, no half of it is left under its name."""
    if not folder.is_dir():
        return
    old = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    shutil.rmtree(old, ignore_errors=True)
    folder.rename(old)
    shutil.rmtree(old, ignore_errors=True)


def write_manifest(folder: Path) -> None:
    """Write ``manifest.json`` with the SHA-256 and size of every file below ``folder``, each synced first."""
    files: dict[str, dict[str, Any]] = {}
    for path in sorted(item for item in folder.rglob("*") if item.is_file() and item.name != MANIFEST):
        with path.open("rb+") as file:
            os.fsync(file.fileno())
        files[path.relative_to(folder).as_posix()] = {"sha256": hash_file(path), "bytes": path.stat().st_size}
    for path in folder.rglob("*"):
        if path.is_dir():
            sync_folder(path)
    write_json(folder / MANIFEST, {"files": files})


def check_manifest(folder: Path) -> str | None:
    """What is wrong with a folder that has a manifest, in a sentence; None where it is whole."""
    try:
        files: dict[str, dict[str, Any]] = read_json(folder / MANIFEST)["files"]
        entries = [(folder / name, entry["bytes"], entry["sha256"]) for name, entry in files.items()]
    except FileNotFoundError:
        return f"{folder.name} has no {MANIFEST}"
    except (OSError, IntegrityError, AttributeError, KeyError, TypeError):
        return f"{folder.name}/{MANIFEST} is damaged"
    for path, size, digest in entries:
        place = f"{folder.name}/{path.relative_to(folder).as_posix()}"
        if not path.is_file():
            return f"{place} is missing"
        try:
            if path.stat().st_size != size or hash_file(path) != digest:
                return f"{place} has other content than was written"
        except OSError as error:  # the disk gives an error where it should give bytes
            return f"{place} cannot be read ({error.strerror})"
    return None
