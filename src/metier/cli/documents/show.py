"""``metier documents list``: what is in the index."""

from __future__ import annotations

from metier.cli.documents.options import Approach, Json, Run, readers_in_words


def show(run: Run, approach: Approach = None, json: Json = False) -> None:
    """List the documents of an index: id, chunks, and who may read them."""
    from metier.cli.data.rendered import visible
    from metier.cli.tables import print_json
    from metier.comparison.using.live_documents import live_index
    from metier.comparison.wording import plural

    with live_index(run, approach) as index:
        found, name = index.documents(), index.approach
    if json:
        print_json({"approach": name, "documents": [one._asdict() for one in found]})
        return
    for one in found:
        print(visible(f"  {one.id}  {plural(one.chunks, 'chunk')}, read by {readers_in_words(one.readers)}"))
    chunks = plural(sum(one.chunks for one in found), "chunk")
    print(f"{plural(len(found), 'document')} in {chunks}: the index of {name}.")
