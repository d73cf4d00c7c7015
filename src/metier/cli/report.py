"""``metier report``: the page of a run, made again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")],
    open_: Annotated[bool, typer.Option("--open/--no-open", help="Open it in the browser.")] = True,
) -> None:
    """Rebuild report.html from a run's files, print where it is, and open it."""
    import webbrowser

    from metier.comparison import build_report, check_run

    check_run(folder)
    path = build_report(folder)
    print(path)
    if open_:
        webbrowser.open(path.resolve().as_uri())
