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
    estimates: Annotated[
        bool, typer.Option(help="Say what each approach would take in memory, time and money: a few seconds each.")
    ] = True,
    json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Read a recipe and its data and say what a run would do, without training anything.

    Prints what was detected, what happens to each row, the splits, the differences that the test set can resolve, and
    what each approach would take on this machine, measured on slices of its model with some of the rows.
    """
    from metier.cli.tables import print_checked
    from metier.comparison import check_recipe
    from metier.core.progress import terminal_reporter

    checked = check_recipe(recipe, overrides=set_ or [], estimates=estimates, reporter=terminal_reporter())
    print_checked(checked, json=json)
