"""``metier demo``: the main job on the bundled domain, offline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def demo(
    out: Annotated[Path, typer.Option(help="Folder of the run.")] = Path("runs/demo"),
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Replace a setting of the demo's recipe.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print leaderboard.json instead of the table.")] = False,
) -> None:
    """Run the main job on the bundled domain: the support desk of a fictional maker of water machines.

    Sorts its tickets by what the customer wants, with floors, prompting and fine-tuning side by side. Needs no network
    and no GPU; some minutes on two cores.
    """
    from metier.cli.tables import print_finished
    from metier.comparison import demo_recipe
    from metier.comparison import run as compare

    print_finished(compare(demo_recipe(), out=out, overrides=set_ or []), json=json)
