"""The plan for rows that follow a row shape: conversations, marked spans, questions with contexts, preferences."""

from __future__ import annotations

from collections.abc import Mapping

from metier.core import TaskKind
from metier.core.names import listed
from metier.core.said import Said
from metier.data.settings import DataSettings, TaskSettings
from metier.data.understanding.columns import Column, Role, by_name
from metier.data.understanding.naming import absent_problems, naming_problems
from metier.data.understanding.plan import Plan
from metier.data.understanding.roles import assign, is_called_label, is_label_like
from metier.data.understanding.shapes import SHAPES
from metier.data.understanding.split_choice import choose_split
from metier.data.understanding.survey import Survey

MIXED = "mixed"
"""The shape of a data set whose files follow different shapes."""


def shape_plan(survey: Survey, task: TaskSettings, data: DataSettings, *, shapes: Mapping[str, str]) -> Plan:
    """Kind and split; input and target are made of the rows by their shapes, not taken from columns.

    Args:
        survey: what the files hold.
        task: the recipe's task.
        data: the recipe's data; names neither input nor target.
        shapes: name of the row shape of each file.
    """
    where = survey.files[0].source.name
    names = list(dict.fromkeys(shapes.values()))
    kind, why = _kind(survey, task, names)
    split = choose_split(data, survey, kind, where=where)
    roles: dict[str, tuple[Role, str]] = {}
    if data.group is not None:
        roles[data.group] = ("group", "as data.group says")
    if split.column is not None:
        roles[split.column] = ("split", "its values are names of splits")
    problems = naming_problems(data, survey.columns, where=where)
    problems += absent_problems(survey.files, {"data.group": data.group} if data.group else {})
    return Plan(
        shape=names[0] if len(names) == 1 else MIXED,
        shapes=shapes,
        kind=kind,
        group=data.group,
        split_column=split.column,
        split=split.method,
        instruction=SHAPES.get(names[0]).instruction if len(names) == 1 else "",
        columns=_described(survey, roles, names),
        evidence=(*_evidence(survey, shapes), why, *_also(survey, kind), *split.evidence),
        warnings=split.warnings,
        problems=(*problems, *split.problems),
    )


def _evidence(survey: Survey, shapes: Mapping[str, str]) -> list[str]:
    said: list[str] = []
    for name in dict.fromkeys(shapes.values()):
        files = [file for file in survey.files if shapes[file.source.name] == name]
        votes, voters = sum(file.votes.get(name, 0) for file in files), sum(file.voters for file in files)
        shape = SHAPES.get(name)
        values = {"votes": f"{votes:,}", "voters": f"{voters:,}", "what": Said(shape.signature)}
        if len(set(shapes.values())) == 1:
            told = "Rows: %(shape)s (%(votes)s of %(voters)s rows have %(what)s)."
            said.append(Said(told, shape=Said(shape.title), **values))
        else:
            told = "Rows: %(shape)s in %(files)s (%(votes)s of %(voters)s rows have %(what)s)."
            where = listed([file.source.name for file in files], limit=2)
            said.append(Said(told, shape=Said(shape.title), files=where, **values))
    return said


def _also(survey: Survey, kind: TaskKind) -> list[str]:
    """Labels that stand beside conversations: another task than the next turn."""
    if kind != "chat" or not any(column.spoken for column in survey.columns):
        return []
    labels = [column.name for column in survey.columns if is_called_label(column) and is_label_like(column)]
    told = "Also possible: data.target: %(name)s, about whole conversations."
    return [Said(told, name=labels[0])] if labels else []


def _described(survey: Survey, roles: dict[str, tuple[Role, str]], shapes: list[str]) -> tuple[Column, ...]:
    content = {column for name in shapes for column in SHAPES.get(name).columns}
    held: dict[str, tuple[Role, str]] = {
        column: ("input", "holds the content")
        for column in by_name(survey.columns)
        if {column, column.partition(".")[0], column.rpartition(".")[2]} & content
    }
    return assign(survey.columns, {**held, **roles})


def _kind(survey: Survey, task: TaskSettings, shapes: list[str]) -> tuple[TaskKind, str]:
    if task.kind is not None:
        return task.kind, Said("Task: %(kind)s, as task.kind says.", kind=task.kind)
    kinds = {SHAPES.get(name).kind for name in shapes}
    if kinds == {"extract"}:
        return "extract", Said("Task: extract; the answers are pieces of the text with labels.")
    if task.labels is not None:
        return "classify", Said("Task: classify, as task.labels is set.")
    known = by_name(survey.columns)
    if kinds == {None}:
        talks = any(known[name].filled for name in ("system", "history") if name in known)
        kinds = {"chat"} if talks else {"generate"}
        if not talks:
            return "generate", Said("Task: generate, as no row has a system text or a history.")
    if "chat" in kinds:
        return "chat", Said("Task: chat; the last user turn is answered, the turns before it are its history.")
    if kinds == {"classify"}:
        return "classify", Said("Task: classify; the answers are a few labels.")
    return "generate", Said("Task: generate; the answer is a text to be written.")
