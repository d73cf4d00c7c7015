"""``metier documents update``: a new revision of a document."""

from __future__ import annotations

from metier.cli.documents.options import Approach, File, Id, Json, Purge, Readers, Run, print_changes


def update(
    run: Run,
    file: File,
    approach: Approach = None,
    id_: Id = None,
    reader: Readers = None,
    purge: Purge = False,
    json: Json = False,
) -> None:
    """Put a new revision in a document's place; the next search finds it, and nothing of the old one."""
    from metier.comparison.using.live_documents import live_index

    with live_index(run, approach) as index:
        changes = index.update(file, name=id_, readers=reader or ())
        held = index.purge() if purge else 0
    print_changes(changes, index, json=json, purged=purge, held=held)
