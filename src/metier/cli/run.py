"""``metier run``: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def run(
    recipe: Annotated[Path, typer.Argument(help="The recipe, a YAML file (see `metier init`).")],
    out: Annotated[Path | None, typer.Option(help="Folder of the run. Default: runs/NAME.")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Replace a setting: --set approaches.lora.weights.rank=8"),
    ] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Go on with unfinished trainings even where their settings or data have changed since."
        ),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print leaderboard.json instead of the table.")] = False,
) -> None:
    """Compare the ways of adapting that a recipe names, on its own sealed test set.

    Goes on where an earlier run of the same recipe stopped, and does only what has changed. SIGTERM and Ctrl-C save
    what was trained. Where settings or data have changed since an unfinished training, that one is kept until the new
    one has finished.
    """
    from metier.cli.tables import print_finished
    from metier.comparison import run as compare

    print_finished(compare(recipe, out=out, overrides=set_ or [], force=force), json=json)
