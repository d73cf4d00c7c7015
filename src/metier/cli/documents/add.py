"""``metier documents add``: a new document into the index."""

from __future__ import annotations

from metier.cli.documents.options import Approach, File, Id, Json, Readers, Run, print_changes


def add(
    run: Run, file: File, approach: Approach = None, id_: Id = None, reader: Readers = None, json: Json = False
) -> None:
    """Take a new document into the index of a finished run; the next search finds it.

    The recipe's folder and the measured answers stay as they are.
    """
    from metier.comparison.using.live_documents import live_index

    with live_index(run, approach) as index:
        changes = index.add(file, name=id_, readers=reader or ())
    print_changes(changes, index, json=json)
