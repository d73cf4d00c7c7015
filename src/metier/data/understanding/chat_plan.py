"""The plan for rows that hold conversations."""

from __future__ import annotations

from metier.core import TaskKind
from metier.data.settings import DataSettings, TaskSettings
from metier.data.understanding.columns import Column, Role, by_name
from metier.data.understanding.naming import absent_problems, naming_problems
from metier.data.understanding.plan import Plan
from metier.data.understanding.roles import assign
from metier.data.understanding.shapes import SHAPES
from metier.data.understanding.split_choice import choose_split
from metier.data.understanding.survey import Survey


def chat_plan(survey: Survey, task: TaskSettings, data: DataSettings, *, shape: str) -> Plan:
    """Kind and split for conversations; input and target are turns, not columns.

    Args:
        survey: what the files hold.
        task: the recipe's task.
        data: the recipe's data; names neither input nor target.
        shape: name of the row shape.
    """
    where = survey.files[0].source.name
    found = SHAPES.get(shape)
    kind, why = _kind(survey, task, shape)
    split = choose_split(data, survey.columns, kind, where=where)
    roles: dict[str, tuple[Role, str]] = {}
    if data.group is not None:
        roles[data.group] = ("group", "as data.group says")
    if split.column is not None:
        roles[split.column] = ("split", "its values are names of splits")
    problems = naming_problems(data, survey.columns, where=where)
    problems += absent_problems(survey.files, {"data.group": data.group} if data.group else {})
    votes = f"{survey.votes[shape]:,} of {survey.voters:,} rows have {found.signature}"
    return Plan(
        shape=shape,
        kind=kind,
        group=data.group,
        split_column=split.column,
        split=split.method,
        columns=_described(survey, roles),
        evidence=(f"Rows: {found.title} ({votes}).", why, *split.evidence),
        warnings=split.warnings,
        problems=(*problems, *split.problems),
    )


def _described(survey: Survey, roles: dict[str, tuple[Role, str]]) -> tuple[Column, ...]:
    turns: dict[str, tuple[Role, str]] = {
        name: ("input", "holds the conversation")
        for name in ("messages", "conversations", "instruction", "input", "system", "history")
        if name in by_name(survey.columns)
    }
    return assign(survey.columns, {**turns, **roles})


def _kind(survey: Survey, task: TaskSettings, shape: str) -> tuple[TaskKind, str]:
    if task.kind is not None:
        return task.kind, f"Task: {task.kind}, as task.kind says."
    if task.labels is not None:
        return "classify", "Task: classify, as task.labels is set."
    known = by_name(survey.columns)
    talks = any(known[name].filled for name in ("system", "history") if name in known)
    if shape == "alpaca" and not talks:
        return "generate", "Task: generate, as no row has a system text or a history."
    return "chat", "Task: chat; the last user turn is answered, the turns before it are its history."
