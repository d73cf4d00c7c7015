"""``metier report``: the page of a run, made again; the advice under other limits; or runs side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar="RUN...", help="Folder of a run; of several, to compare them (RUN:APPROACH)."),
    ],
    limit: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="What the advice would be under this limit: --limit latency_ms=100"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON (with --limit, or of several runs).")] = False,
    open_: Annotated[bool, typer.Option("--open/--no-open", help="Open it in the browser.")] = True,
) -> None:
    """Rebuild report.html from a run's files, print where it is, and open it.

    With --limit, the page stays as it is and the advice is worked out again, step by step, under other limits: any of
    the recipe's `limits`; an empty value lifts one. Of several runs, their recommended approaches are compared on the
    examples that all of them have, the first run being the yardstick: differences, and what each fixed and broke. Runs
    that are folds of one recipe (`data.split.folds`) are summed up instead: mean and spread of each approach.
    """
    import webbrowser

    from metier.cli.folds_table import print_folded
    from metier.cli.tables import print_advice, print_compared
    from metier.comparison import build_report, check_run, compare_runs, folds_of_one, what_if

    if len(folders) > 1:
        if folded := folds_of_one(folders):
            print_folded(folded, json=json)
        else:
            print_compared(compare_runs(folders), json=json)
        return
    (folder,) = folders
    check_run(folder)
    if limit:
        print_advice(what_if(folder, limit), json=json)
        return
    path = build_report(folder)
    print(path)
    if open_:
        webbrowser.open(path.resolve().as_uri())
