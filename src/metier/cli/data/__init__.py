"""``metier data``: looking at rows and findings, templates, and labelling."""

from __future__ import annotations

import typer

from metier.cli.data.findings import findings
from metier.cli.data.import_rows import import_rows
from metier.cli.data.next_rows import next_rows
from metier.cli.data.questions import questions
from metier.cli.data.render import render
from metier.cli.data.templates import templates

app = typer.Typer(
    help="Rows as models see them, what the audit finds, templates that make rows into tasks, and labelling.",
    no_args_is_help=True,
    add_completion=False,
)
app.command("render")(render)
app.command("findings")(findings)
app.command("templates")(templates)
app.command("next")(next_rows)
app.command("import")(import_rows)
app.command("questions")(questions)
