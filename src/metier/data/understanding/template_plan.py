"""The plan for a table that a template makes into a task."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from metier.core import Problem, UserError
from metier.data.settings import DataSettings, TaskSettings, TemplateSettings
from metier.data.templating import Template, find_template
from metier.data.templating.filling import Filling, place_variables
from metier.data.understanding.columns import by_name
from metier.data.understanding.plan import Plan
from metier.data.understanding.survey import Survey
from metier.data.understanding.table_plan import table_plan


def template_plan(survey: Survey, task: TaskSettings, data: DataSettings, *, folder: Path) -> Plan:
    """Choose the column of each variable; the rest is as for a table.

    Args:
        survey: what the files hold.
        task: the recipe's task.
        data: the recipe's data; names a template.
        folder: what the path of a template of the user's own is relative to.
    """
    assert data.template_name is not None
    try:
        template = find_template(data.template_name, folder=folder)
    except UserError as error:
        problems = tuple(replace(problem, where="the recipe", path="data.template") for problem in error.problems)
        return replace(table_plan(survey, task, data), problems=problems)
    named = data.template.columns if isinstance(data.template, TemplateSettings) else {}
    first = data.input if isinstance(data.input, str) else None
    target = data.target if isinstance(data.target, str) else None
    columns, problems = place_variables(
        template, list(by_name(survey.columns)), named=named, first=first, target=target
    )
    problems += _kind_problems(template, task)
    told = data.model_copy(update=_roles(template, columns))
    kind = task.model_copy(update={"kind": task.kind or template.kind})
    plan = table_plan(survey, kind, told, instruction=template.instruction)
    if problems:
        return replace(plan, problems=tuple(problems))
    used = {column: ("input", "the template takes it") for column in columns.values() if column != plan.target}
    described = tuple(
        replace(column, role="input", reason=used[column.name][1]) if column.name in used else column
        for column in plan.columns
    )
    kept = tuple(said for said in plan.evidence if not said.startswith(("Input:", "Target:", "Task:")))
    return replace(
        plan,
        filling=Filling(template=template, name=data.template_name, columns=columns),
        columns=described,
        evidence=(*kept, *_said(template, columns)),
    )


def _roles(template: Template, columns: dict[str, str]) -> dict[str, str]:
    """``input`` and ``target`` as a plain table would name them: the columns that hold most of each."""
    by_role = {one.role: columns[one.name] for one in reversed(template.variables) if one.name in columns}
    taken = list(dict.fromkeys(columns.values()))
    first = by_role.get("input") or next(iter(taken), "")
    last = by_role.get("target") or next((name for name in reversed(taken) if name != first), "")
    return {role: column for role, column in (("input", first), ("target", last)) if column}


def _kind_problems(template: Template, task: TaskSettings) -> list[Problem]:
    if task.kind in (None, template.kind):
        return []
    expected, got = f"task.kind: {template.kind}, as the template {template.name!r} makes it", f"{task.kind}"
    return [Problem(where="the recipe", path="task.kind", expected=expected, got=got, remedy="leave task.kind out")]


def _said(template: Template, columns: dict[str, str]) -> list[str]:
    """The template, its columns and the kind of task, a sentence each."""
    places = ", ".join(f"{variable} from {column!r}" for variable, column in columns.items())
    missing = [one.name for one in template.variables if one.name not in columns]
    without = f"; without {', '.join(missing)}" if missing else ""
    answers = f"; answers: {', '.join(template.answer_choices)}" if template.answer_choices else ""
    what = f" ({template.title})" if template.title else ""
    return [
        f"Template: {template.name}{what}: {places}{without}.",
        f"Task: {template.kind}, as the template says{answers}.",
    ]
