"""What has become of an index's documents since its approach was built and measured with them.

``metier documents`` changes the index of a finished run and measures nothing, so that figures grow older than what is
answered with. Every change is noted in ``documents-changes.json`` of the approach, and before it is made, so that one
that was killed is noted too; leaderboard and report say it. A document that is again as it was leaves the note.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from typing import Any

from metier.core import IntegrityError
from metier.core.artifacts import read_json, write_json
from metier.core.said import Said
from metier.retrieval import Entry

CHANGES = "documents-changes.json"
"""In an approach's folder: ``last`` (when), and ``documents`` by id, each with its states ``built``, ``measured`` and
``now``: null where it is not there, else ``fingerprint`` and ``readers``, or ``?`` while it is being changed."""
KINDS = ("added", "revised", "deleted", "granted")
_MESSAGES = {
    "since": "%(name)s was measured before its documents changed (%(what)s): its figures are those of the documents as "
    "they were.",
    "before": "%(name)s was measured with documents that had been changed in its index after it was built (%(what)s).",
    "added": "%(n)s added",
    "revised": "%(n)s revised",
    "deleted": "%(n)s deleted",
    "granted": "%(n)s with other readers",
    "last": "last on %(day)s",
    "unknown": "how is not known",
}
"""What :func:`sentences` says."""
_UNSURE = "?"


def begin(folder: Path, ids: Collection[str], now: Mapping[str, Any]) -> None:
    """Note that documents are about to be changed.

    Args:
        folder: the approach's.
        ids: which.
        now: every document's state; see :func:`states`.
    """
    documents = _read(folder)
    for name in ids:
        state = now.get(name)
        documents.setdefault(name, {"built": state, "measured": state})["now"] = _UNSURE
    _write(folder, documents)


def end(folder: Path, now: Mapping[str, Any]) -> None:
    """Note what every document that was changed has become; arguments as for :func:`begin`."""
    _write(folder, {name: {**one, "now": now.get(name)} for name, one in _read(folder).items()})


def settle(folder: Path) -> None:
    """The approach has been measured anew, with its documents as they are now."""
    if (folder / CHANGES).is_file():
        _write(folder, {name: {**one, "measured": one["now"]} for name, one in _read(folder).items()})


def forget(folder: Path) -> None:
    """The index is made anew of the recipe's documents."""
    (folder / CHANGES).unlink(missing_ok=True)


def states(entries: Collection[Entry]) -> dict[str, Any]:
    """Documents as they are noted, by id."""
    return {one.id: {"fingerprint": one.fingerprint, "readers": sorted(one.readers)} for one in entries}


def changed_since(folder: Path) -> set[str]:
    """Ids of the documents whose content the approach was measured with and that are gone or replaced now."""
    return {name for name, one in _read(folder).items() if _kind(one["measured"], one["now"]) in ("revised", "deleted")}


def changes_of(folder: Path) -> dict[str, Any] | None:
    """For a row of the leaderboard: how many documents were changed.

    Returns:
        ``since`` the approach was measured, and ``before`` that but after it was built: each None, or counts by
        :data:`KINDS` and ``last``; None where nothing was changed. A damaged note counts nothing, and is one.
    """
    if not (folder / CHANGES).is_file():
        return None
    try:
        last, documents = read_json(folder / CHANGES)["last"], _read(folder)
        since, before = _counts(documents, "measured", "now"), _counts(documents, "built", "measured")
    except (IntegrityError, AttributeError, LookupError, TypeError):
        last, since, before = None, dict.fromkeys(KINDS, 0), None
    return {
        "since": None if since is None else since | {"last": last},
        "before": None if before is None else before | {"last": last},
    }


def sentences(name: str, changes: Mapping[str, Any] | None) -> list[str]:
    """What a reader of an approach's figures should know.

    Args:
        name: of the approach.
        changes: as :func:`changes_of` gives them.
    """
    found: list[str] = []
    for when in ("since", "before"):
        counts = (changes or {}).get(when)
        if not isinstance(counts, Mapping):
            continue
        numbers = {kind: int(counts.get(kind) or 0) for kind in KINDS}
        what = [Said(_MESSAGES[kind], n=f"{number:,}") for kind, number in numbers.items() if number]
        what = what or [Said(_MESSAGES["unknown"])]
        what += [Said(_MESSAGES["last"], day=str(counts["last"])[:10])] if counts.get("last") else []
        found.append(Said(_MESSAGES[when], name=name, what=reduce(_then, what)))
    return found


def _then(first: str, then: str) -> Said:
    return Said("%(first)s, %(then)s", first=first, then=then)


def _counts(documents: Mapping[str, Any], first: str, then: str) -> dict[str, int] | None:
    kinds = [_kind(one[first], one[then]) for one in documents.values()]
    return {kind: kinds.count(kind) for kind in KINDS} if any(kinds) else None


def _kind(first: Any, then: Any) -> str:
    if first == then:
        return ""
    if first is None or then is None:
        return "added" if first is None else "deleted"
    sure = _UNSURE not in (first, then)
    return "granted" if sure and first["fingerprint"] == then["fingerprint"] else "revised"


def _read(folder: Path) -> dict[str, Any]:
    path = folder / CHANGES
    return dict(read_json(path)["documents"]) if path.is_file() else {}


def _write(folder: Path, documents: Mapping[str, Any]) -> None:
    open_ = {name: one for name, one in documents.items() if not one["built"] == one["measured"] == one["now"]}
    if not open_:
        forget(folder)
        return
    last = datetime.now(UTC).isoformat(timespec="seconds")
    write_json(folder / CHANGES, {"last": last, "documents": open_})
