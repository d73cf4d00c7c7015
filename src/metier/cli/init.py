"""``metier init``: a recipe made by looking at the data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def init(
    data: Annotated[
        Path | None, typer.Argument(metavar="[DATA]", help="A data file, or a folder with train and test files.")
    ] = None,
    from_: Annotated[Path | None, typer.Option("--from", help="The same, by name.")] = None,
    documents: Annotated[
        Path | None, typer.Option(help="A folder of documents to answer from (md, txt, html, pdf, docx, csv).")
    ] = None,
    out: Annotated[Path, typer.Option(help="Where the recipe goes.")] = Path("recipe.yaml"),
    force: Annotated[bool, typer.Option("--force", help="Replace a recipe that is there.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what was seen as JSON.")] = False,
) -> None:
    """Look at data and write a commented recipe for it; say what was seen and why each choice was made."""
    from metier.cli.tables import print_drafted
    from metier.comparison import draft_recipe
    from metier.core import Problem, UserError

    source = from_ or data
    if source is None:
        raise UserError(
            [
                Problem(
                    where="metier init",
                    expected="a data file",
                    got="none",
                    remedy="metier init tickets.csv (csv, json, jsonl, parquet, xlsx, folders and more are read)",
                )
            ]
        )
    print_drafted(draft_recipe(source, out=out, force=force, documents=documents), json=json)
