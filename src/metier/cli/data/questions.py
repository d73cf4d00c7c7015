"""``metier data questions``: question-answer pairs from documents."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def questions(
    recipe: Annotated[Path, typer.Argument(help="The recipe; its data.documents and its model are used.")],
    out: Annotated[Path, typer.Option(help="A .jsonl with context, question and answer.")],
    count: Annotated[int, typer.Option(min=1, help="How many passages are read, drawn by the seed.")] = 100,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Replace a setting of the recipe.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Let the recipe's model write questions with answers about the recipe's documents, for domains without labels.

    Pairs whose answer does not stand in the passage, or that the model answers otherwise when it is asked, are thrown
    away. Look through the rest before you learn or measure with it.
    """
    from metier.cli.data.rendered import visible
    from metier.cli.tables import print_json
    from metier.comparison.planning.document_questions import questions as write
    from metier.core.progress import terminal_reporter

    found = write(recipe, out=out, count=count, overrides=set_ or (), reporter=None if json else terminal_reporter())
    if json:
        print_json({"pairs": len(found.pairs), "passages": found.passages, "thrown": found.thrown, "out": found.out})
        return
    for pair in found.pairs[:3]:
        print(visible(f"  {pair.question}\n    {pair.answer}  ({pair.document})"))
    print(f"\n{len(found.pairs):,} pairs of {found.passages:,} passages in {found.out}.")
    for why, number in sorted(found.thrown.items()):
        print(f"  not used: {number:,} {why}")
