"""``metier data import``: labelled rows back into the recipe's form."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def import_rows(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of the run whose suggestions were labelled.")],
    labelled: Annotated[Path, typer.Argument(help="The tool's export: Label Studio JSON, SuperAnnotate JSONL, JSONL.")],
    out: Annotated[Path, typer.Option(help="A .jsonl for the recipe's data.examples.")],
    json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Turn what people labelled into rows in the form of the run's own data, and count what they corrected."""
    from metier.cli.tables import print_json
    from metier.comparison.using.labelling import import_rows as bring

    found = bring(run, labelled, out=out)
    if json:
        print_json(found._asdict())
        return
    share = f"{100 * found.accepted / found.rows:.0f}%"
    counts = f"{found.accepted:,} suggestions stood ({share}), {found.corrected:,} were corrected"
    print(f"{found.rows:,} rows in {found.out}: {counts}.")
    if found.unanswered:
        print(f"! {found.unanswered:,} rows have no answer yet and are not written.")
    if found.repeated:
        print(f"! {found.repeated:,} rows came more than once; the last answer counts.")
    if found.new_labels:
        print(f"! Labels that the run does not know: {', '.join(found.new_labels)}.")
    print(f"Add it to the recipe: data: {{examples: [{{path: ...}}, {{path: {found.out.name}}}]}}; then metier check.")
