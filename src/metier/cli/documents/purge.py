"""``metier documents purge``: no byte left of what was deleted or replaced."""

from __future__ import annotations

from metier.cli.documents.options import Approach, Run, after_lines


def purge(run: Run, approach: Approach = None) -> None:
    """Write the index's files anew, without a byte of what was deleted or replaced."""
    from metier.comparison.using.live_documents import live_index

    with live_index(run, approach) as index:
        held = index.purge()
    print("No byte of deleted or replaced documents is left in the index's files.")
    for line in after_lines(index, held=held):
        print(line)
