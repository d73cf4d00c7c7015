"""``metier check``: what can be known before running."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def check(
    recipe: Annotated[Path, typer.Argument(help="The recipe, a YAML file.")],
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Replace a setting of the recipe.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Read a recipe and its data and say what a run would do, without training anything.

    Prints what was detected, what happens to each row, the splits, and the differences that the test set can resolve.
    """
    from metier.cli.tables import print_checked
    from metier.comparison import check_recipe

    print_checked(check_recipe(recipe, overrides=set_ or []), json=json)
