"""``metier report``: the page of a run, made again; or what the advice would be under other limits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")],
    limit: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="What the advice would be under this limit: --limit latency_ms=100"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the advice as JSON (with --limit).")] = False,
    open_: Annotated[bool, typer.Option("--open/--no-open", help="Open it in the browser.")] = True,
) -> None:
    """Rebuild report.html from a run's files, print where it is, and open it.

    With --limit, the page stays as it is and the advice is worked out again, step by step, under other limits: any of
    the recipe's `limits`; an empty value lifts one.
    """
    import webbrowser

    from metier.cli.tables import print_advice
    from metier.comparison import build_report, check_run, what_if

    check_run(folder)
    if limit:
        print_advice(what_if(folder, limit), json=json)
        return
    path = build_report(folder)
    print(path)
    if open_:
        webbrowser.open(path.resolve().as_uri())
