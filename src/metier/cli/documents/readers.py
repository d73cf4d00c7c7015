"""``metier documents readers``: who may read a document."""

from __future__ import annotations

from typing import Annotated

import typer

from metier.cli.documents.options import Approach, Json, Name, Run, print_changes


def readers(
    run: Run,
    id_: Name,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME...", help="People and groups, * for everybody; none: nobody.")
    ] = None,
    approach: Approach = None,
    json: Json = False,
) -> None:
    """Replace the names that may read a document; a revocation holds from the next search on."""
    from metier.comparison.using.live_documents import live_index

    with live_index(run, approach) as index:
        change = index.grant(id_, names or ())
    print_changes([change], index, json=json)
