"""``metier documents delete``: a document out of the index."""

from __future__ import annotations

from metier.cli.documents.options import Approach, Json, Name, Purge, Run, print_changes


def delete(run: Run, id_: Name, approach: Approach = None, purge: Purge = False, json: Json = False) -> None:
    """Take a document out of every search, at once."""
    from metier.comparison.using.live_documents import live_index

    with live_index(run, approach) as index:
        change = index.delete(id_)
        held = index.purge() if purge else 0
    print_changes([change], index, json=json, purged=purge, held=held)
