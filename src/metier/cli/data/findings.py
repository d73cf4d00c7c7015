"""``metier data findings``: every row that the audit names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_LONGEST = 160


def findings(
    recipe: Annotated[Path, typer.Argument(help="The recipe, a YAML file.")],
    name: Annotated[
        list[str] | None, typer.Argument(help="Which: label_errors, personal (all of that kind) ... Default: all.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="A .csv or .jsonl for all rows.")] = None,
    rows: Annotated[int, typer.Option(min=1, help="How many rows of each finding are printed.")] = 20,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Replace a setting of the recipe.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the findings with all their rows as JSON.")] = False,
) -> None:
    """List the rows of what the audit finds, with their texts, to look through and to correct them.

    `metier check` gives an overview of the same findings. Texts of test rows stay sealed: their ids say where they are.
    """
    from metier.cli.data.rendered import visible
    from metier.cli.tables import print_json
    from metier.comparison.planning.findings import find
    from metier.core.progress import terminal_reporter
    from metier.data.values import shorten

    reporter = None if json else terminal_reporter()
    found = find(recipe, names=name or (), out=out, overrides=set_ or (), reporter=reporter)
    if json:
        print_json({"findings": found.findings, "rows": [row._asdict() for row in found.rows]})
        return
    for finding in found.findings:
        print(visible(f"\n{finding['title']}: {len(finding['rows']):,} rows   [{finding['id']}]"))
        print(visible(f"  do: {finding['remedy']}"))
        own = [row for row in found.rows if row.finding == finding["id"]]
        for row in own[:rows]:
            answer = f" → {shorten(row.target, limit=_LONGEST // 4)}" if row.target else ""
            place = f"{row.id} ({row.split or 'not used'})"
            print(visible(f"  {place}  {shorten(row.input, limit=_LONGEST)}{answer}"))
        if len(own) > rows:
            print(f"  and {len(own) - rows:,} more: --rows {len(own)}, or --out rows.csv")
    if not found.findings:
        print("Nothing was found.")
    elif out is not None:
        print(f"\n{len(found.rows):,} rows in {out}.")
