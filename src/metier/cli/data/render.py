"""``metier data render``: rows as the model will see them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def render(
    recipe: Annotated[Path, typer.Argument(help="The recipe, a YAML file.")],
    approach: Annotated[list[str] | None, typer.Argument(help="Which approaches. Default: all.")] = None,
    split: Annotated[
        Literal["train", "validation"], typer.Option(help="Where rows are drawn from; the test set stays sealed.")
    ] = "train",
    rows: Annotated[int, typer.Option(min=1, help="How many rows, drawn by the seed.")] = 2,
    row: Annotated[
        list[str] | None, typer.Option("--row", metavar="ID", help="A row by its id (FILE:NUMBER); may be given again.")
    ] = None,
    losing: Annotated[
        bool, typer.Option("--losing", help="Look at every row of the split; show those that are cut or left out.")
    ] = False,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Replace a setting of the recipe.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the pieces of each row as JSON.")] = False,
) -> None:
    """Show rows as the model will see them: chat template applied, each approach's prompt, learnt tokens coloured.

    Says what was cut or left out, and why. Nothing is trained, and no model is asked.
    """
    from metier.cli.data.rendered import print_rendering
    from metier.cli.tables import print_json
    from metier.comparison.planning.rendering import render_recipe
    from metier.core.progress import terminal_reporter

    found = render_recipe(
        recipe,
        names=approach or (),
        split=split,
        rows=rows,
        ids=row or (),
        losing=losing,
        overrides=set_ or (),
        reporter=None if json else terminal_reporter(),
    )
    if json:
        print_json({**found._asdict(), "looked": [one._asdict() for one in found.looked]})
    else:
        print_rendering(found)
