"""``metier documents``: the index of a finished run, kept current one document at a time."""

from __future__ import annotations

import typer

from metier.cli.documents.add import add
from metier.cli.documents.delete import delete
from metier.cli.documents.purge import purge
from metier.cli.documents.readers import readers
from metier.cli.documents.show import show
from metier.cli.documents.update import update

app = typer.Typer(
    help="The index of a finished run, kept current one document at a time.",
    no_args_is_help=True,
    add_completion=False,
)
app.command("list")(show)
for command in (add, update, delete, readers, purge):
    app.command(command.__name__)(command)
