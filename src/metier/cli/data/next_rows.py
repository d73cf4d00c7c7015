"""``metier data next``: which rows to label next."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def next_rows(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")],
    file: Annotated[Path, typer.Argument(help="Rows without answers, in the form of the run's own.")],
    out: Annotated[Path, typer.Option(help="Where the tasks go.")],
    approach: Annotated[
        list[str] | None,
        typer.Option("--approach", help="The first one suggests, all vote. Default: the recommended one, three vote."),
    ] = None,
    count: Annotated[int | None, typer.Option(min=1, help="How many rows. Default: all, ordered.")] = None,
    by: Annotated[
        Literal["auto", "uncertainty", "disagreement", "diversity"],
        typer.Option(help="What is labelled first. auto: the most different ones of the most doubtful."),
    ] = "auto",
    to: Annotated[
        Literal["label_studio", "superannotate", "jsonl"], typer.Option(help="For which tool.")
    ] = "label_studio",
    json: Annotated[bool, typer.Option("--json", help="Print what was chosen as JSON.")] = False,
) -> None:
    """Choose new rows that are worth labelling, and write them as tasks with the model's suggestions.

    Rows whose text is labelled already are passed over. `metier data import` reads back what people made of them.
    """
    from metier.cli.data.rendered import visible
    from metier.cli.tables import print_json
    from metier.comparison.using.labelling import next_rows as choose
    from metier.core.progress import terminal_reporter

    found = choose(
        run,
        file,
        out=out,
        names=approach or (),
        count=count,
        by=by,
        to=to,
        reporter=None if json else terminal_reporter(),
    )
    if json:
        rows = [{"id": row.example.id, "answer": row.answer, "why": row.why} for row in found.rows]
        print_json({**found._asdict(), "rows": rows})
        return
    for row in found.rows[:5]:
        text = " ".join(row.asked.split())
        print(
            visible(f"  {row.example.id}  {text[:70]}{'…' if len(text) > 70 else ''}  → {row.answer[:40]}  {row.why}")
        )
    print(
        f"\n{len(found.rows):,} of {found.read:,} rows, {found.by}; {found.known:,} passed over as known or repeated."
    )
    print(f"Wrote {', '.join(str(path) for path in found.files)}. When they are labelled:")
    print(f"  metier data import {run} EXPORT --out labelled.jsonl")
