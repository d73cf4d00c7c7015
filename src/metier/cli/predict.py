"""``metier predict``: answers for new rows, with the winner of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def predict(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")],
    approach: Annotated[str | None, typer.Argument(help="Which approach. Default: the recommended one.")] = None,
    text: Annotated[list[str] | None, typer.Option("--text", help="A text to answer; may be given again.")] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="Rows to answer: csv, tsv, json, jsonl, parquet, or .txt (a line each)."),
    ] = None,
    as_: Annotated[
        list[str] | None,
        typer.Option("--as", metavar="NAME", help="On whose behalf: a person or group; may be given again."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where answers go. Default: standard output.")] = None,
    format_: Annotated[
        Literal["jsonl", "csv"] | None, typer.Option("--format", help="Default: by --out's name, else jsonl.")
    ] = None,
) -> None:
    """Answer new rows from a file, from a pipe (a line each: plain text or JSON) or from --text.

    Each answer has its row's id, the answer, its probability and the scores of all labels.
    """
    import sys
    from io import TextIOWrapper

    from metier.comparison import predict as answer

    piped = None if text or file or sys.stdin is None or sys.stdin.isatty() else sys.stdin
    if isinstance(piped, TextIOWrapper):
        piped.reconfigure(encoding="utf-8-sig", errors="strict")
    answer(folder, approach=approach, texts=text or (), file=file, lines=piped, asker=as_ or (), out=out, form=format_)
