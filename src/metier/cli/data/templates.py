"""``metier data templates``: what templates there are, and what one says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def templates(
    name: Annotated[
        str | None, typer.Argument(help="TASK, TASK.WORDING or FILE.yaml#NAME to show whole. Default: list all.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="Only wordings in this language, such as en or zh.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List the templates that make rows of a table into tasks, or show one."""
    from metier.cli.tables import print_json
    from metier.data import find_template, library_names

    names = [name] if name else library_names()
    found = [find_template(each, folder=Path()) for each in names]
    rows = [_row(each) for each in found if language is None or language in each.languages]
    if json:
        print_json(rows)
    elif name:
        _print_one(rows[0] if rows else {})
    else:
        _print_all(rows)


def _row(template: Any) -> dict[str, Any]:
    return {
        "name": template.name,
        "title": template.title,
        "kind": template.kind,
        "variables": {one.name: one.role + (", optional" if one.optional else "") for one in template.variables},
        "instruction": template.instruction,
        "question": template.question,
        "answer_choices": template.answer_choices,
        "metrics": template.metrics,
        "languages": template.languages,
    }


def _print_all(rows: list[dict[str, Any]]) -> None:
    """A task on a line, its wordings under it."""
    tasks: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        tasks.setdefault(row["name"].partition(".")[0], []).append(row)
    for task, wordings in tasks.items():
        first = wordings[0]
        print(f"{task}: {first['title']}")
        print(f"    {first['kind']}; needs {', '.join(first['variables'])}; measured by {', '.join(first['metrics'])}")
        print(f"    {', '.join(row['name'].partition('.')[2] for row in wordings)}")
    print(
        f"\n{len(rows)} templates for {len(tasks)} tasks. In a recipe: data: {{template: TASK.WORDING}}; in an\n"
        "approach: prompt: {template: TASK.WORDING}. `metier data templates TASK.WORDING` shows one."
    )


def _print_one(row: dict[str, Any]) -> None:
    from metier.cli.data.rendered import visible

    for key, value in row.items():
        if isinstance(value, dict):
            value = ", ".join(f"{name} ({role})" for name, role in value.items())
        elif isinstance(value, tuple):
            value = ", ".join(value)
        if value:
            lines = visible(str(value)).split("\n")
            print(f"{key:<15}{lines[0]}")
            for line in lines[1:]:
                print(f"{'':<15}{line}")
