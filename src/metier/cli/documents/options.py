"""What the commands of ``metier documents`` share: their arguments, and how they tell what was done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from metier.comparison.using.live_documents import Changed, LiveIndex

Run = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="md, txt, html, pdf, docx, or csv (a document a row).")]
Name = Annotated[str, typer.Argument(metavar="ID", help="The document's id; `metier documents list` shows them.")]
Approach = Annotated[
    str | None, typer.Option(help="Whose index. Default: the recommended one's, else the only one there is.")
]
Id = Annotated[
    str | None, typer.Option("--id", help="The document's id. Default: its path below the recipe's documents.")
]
Readers = Annotated[
    list[str] | None,
    typer.Option("--reader", metavar="NAME", help="Who may read it, * for everybody; may be given again."),
]
Purge = Annotated[bool, typer.Option("--purge", help="Leave no byte of what was there in the index's files.")]
Json = Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")]


def print_changes(
    changes: Sequence[Changed], index: LiveIndex, *, json: bool, purged: bool = False, held: int = 0
) -> None:
    """A line for each document, and what it means for the run's figures.

    Args:
        changes: what was done.
        index: to which.
        json: as JSON.
        purged: whether the bytes of the old are gone from the index's files.
        held: measured answers that still hold passages of the old.
    """
    from metier.cli.data.rendered import visible
    from metier.cli.tables import print_json

    if json:
        told = {"documents": [one._asdict() for one in changes], "purged": purged, "answers_that_hold_the_old": held}
        print_json({"approach": index.approach, **told, "other_indexes": index.others})
        return
    for one in changes:
        print(visible(f"{one.id}: {one.change}" + (f", {_state(one)}" if one.change != "deleted" else "")))
    print("The next search knows." + (" No byte of the old is left in the index's files." if purged else ""))
    if any(one.change != "unchanged" for one in changes):
        names = ", ".join(index.sharing)
        print(f"Nothing is measured again: leaderboard and report say that documents of {names} have changed since.")
    for line in after_lines(index, held=held):
        print(line)


def after_lines(index: LiveIndex, *, held: int) -> list[str]:
    """What a change or a purge has not reached."""
    lines: list[str] = []
    if held:
        lines.append(
            f"{held:,} measured answers of the run still hold passages of the old: predictions.parquet, report.html."
        )
    if index.others:
        names = ", ".join(index.others)
        lines.append(f"Not touched, as they have indexes of their own: {names} (--approach NAME).")
    return lines


def _state(one: Changed) -> str:
    from metier.comparison.wording import plural

    return f"{plural(one.chunks, 'chunk')}, read by {readers_in_words(one.readers)}"


def readers_in_words(readers: Sequence[str]) -> str:
    """Who may read a document, for a person."""
    return "everybody" if "*" in readers else ", ".join(readers) or "nobody"
