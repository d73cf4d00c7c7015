"""Looks at a data set and says what it is: format, row shape, columns and their roles, kind of task, each with why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from metier.core import DataError, Problem, Role, TaskKind
from metier.core.names import listed
from metier.core.said import Said
from metier.core.tasks import form_of
from metier.data.reading.faults import left_out
from metier.data.reading.sources import open_sources
from metier.data.settings import DataSettings, TaskSettings
from metier.data.templating.filling import Filling
from metier.data.understanding.column_warnings import column_warnings
from metier.data.understanding.columns import LONGEST_SHARED, Column, by_name
from metier.data.understanding.conversations_plan import conversations_plan
from metier.data.understanding.plan import TABLE, Plan, SplitMethod
from metier.data.understanding.roles import looks_personal
from metier.data.understanding.shape_plan import shape_plan
from metier.data.understanding.shapes import SHAPES
from metier.data.understanding.survey import FileFacts, Survey, survey
from metier.data.understanding.table_plan import table_plan
from metier.data.understanding.template_plan import template_plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What a data set is, and why that was concluded. Enough to write a recipe from.

    Attributes:
        files: each source file: how it is read, its rows, its columns, its hash.
        rows: data rows of all files.
        shape: ``table``, the name of a row shape (``messages``, ``spans`` ...), or ``mixed``.
        shapes: the shape of each file.
        roles: the recipe's own names of speakers, in lower case, to roles.
        kind: kind of task; None where it could not be told.
        columns: every column with its role, the reason, and what its values are like.
        input: column that is answered; None where a shape makes it of the row, or where none was found.
        parts: columns that are put under each other to be answered; empty where ``input`` is all.
        target: column with the right answer; None as for ``input``.
        flags: columns of yes and no of which those that say yes are the answer; empty where ``target`` is.
        group: the recipe's group column.
        hashed_group: whether its values look personal, so that hashes stand for them in the entries.
        readers: column that says who may see a row; None: there is none.
        time: the recipe's column of moments.
        split_column: column that says the split.
        split: ``given``, ``stratified``, ``random``, ``time`` or ``hash``.
        instruction: an instruction that every row repeats; empty where there is none.
        evidence: what was found and why, a sentence each.
        warnings: what deserves attention, a sentence each.
        problems: why no examples can be made of it; empty where they can.
        filling: the template that makes examples of the rows; None: there is none.
        html: whether texts in HTML are taken as a person sees them.
    """

    files: tuple[FileFacts, ...]
    rows: int
    shape: str
    shapes: Mapping[str, str]
    roles: Mapping[str, Role]
    kind: TaskKind | None
    columns: tuple[Column, ...]
    input: str | None
    parts: tuple[str, ...]
    target: str | None
    group: str | None
    readers: str | None
    time: str | None
    split_column: str | None
    split: SplitMethod
    instruction: str
    evidence: tuple[str, ...]
    warnings: tuple[str, ...]
    problems: tuple[Problem, ...]
    flags: tuple[str, ...] = ()
    hashed_group: bool = False
    filling: Filling | None = None
    html: bool = False


def inspect_source(data: DataSettings, *, task: TaskSettings | None = None, folder: Path | None = None) -> Inspection:
    """Read all rows once and describe them.

    What the recipe says is taken as said; everything that it leaves open is detected. Columns that cannot be found
    are no error here: they stand in ``problems``.

    Args:
        data: the recipe's ``data`` section; ``DataSettings(examples="tickets.csv")`` is enough.
        task: the recipe's ``task`` section; None: all open.
        folder: the folder that paths are relative to; None: the working directory.

    Raises:
        DataError: files that are missing or cannot be read, with every fault in all of them.
    """
    task = task or TaskSettings()
    sources = open_sources(data, folder=folder or Path())
    found = survey(sources)
    plan = _plan(found, task, data, folder=folder or Path())
    problems = (*plan.problems, *_label_problems(plan, task), *_html_problems(plan, data))
    files = [sentence for source in sources for sentence in source.evidence]
    marks = [sentence for source in sources for sentence in source.warnings]
    marks += [left_out(file.source.name, file.broken, file.rows, file.faults) for file in found.files if file.broken]
    return Inspection(
        files=found.files,
        rows=sum(file.rows for file in found.files),
        shape=plan.shape,
        shapes=plan.shapes or {file.source.name: plan.shape for file in found.files},
        roles={name.strip().lower(): role for name, role in data.roles.items()},
        kind=plan.kind,
        columns=plan.columns,
        input=plan.input,
        parts=plan.parts,
        target=plan.target,
        flags=plan.flags,
        group=plan.group,
        hashed_group=any(column.name == plan.group and looks_personal(column) for column in plan.columns),
        readers=data.readers if data.readers in by_name(plan.columns) else None,
        time=data.time,
        split_column=plan.split_column,
        split=plan.split,
        instruction=plan.instruction,
        evidence=(*files, *plan.evidence),
        warnings=(*marks, *plan.warnings, *column_warnings(plan.columns, group=plan.group)),
        problems=problems,
        filling=plan.filling,
        html=data.html == "text",
    )


def usable(inspection: Inspection) -> Inspection:
    """The inspection itself.

    Raises:
        DataError: it has problems.
    """
    if inspection.problems:
        raise DataError(inspection.problems)
    return inspection


def _plan(found: Survey, task: TaskSettings, data: DataSettings, *, folder: Path) -> Plan:
    """A table where the recipe names a template or columns or no shape has most votes in a file; else by the shapes."""
    if data.template is not None:
        return template_plan(found, task, data, folder=folder)
    if data.input is not None or data.target is not None or task.kind == "continue":
        return table_plan(found, task, data)
    shapes = {file.source.name: _shape(file) for file in found.files}
    names = set(shapes.values())
    if names == {"alpaca"} and (instruction := _one_instruction(found)):
        return _instructed_table(found, task, data, instruction)
    if names == {TABLE}:
        return table_plan(found, task, data)
    if TABLE in names:
        plain = [name for name, shape in shapes.items() if shape == TABLE]
        expected = f"rows of one kind: {', '.join(sorted(names - {TABLE}))} in every source, or columns in every source"
        problem = Problem(
            where=plain[0],
            path="data.examples",
            expected=expected,
            got=f"a plain table in {listed(plain, limit=3)}",
            remedy="rename its columns (data.examples: [{path: ..., rename: {theirs: ours}}]), or set data.input",
        )
        return replace(table_plan(found, task, data), problems=(problem,))
    if all(SHAPES.get(name).turns for name in names) and (plan := conversations_plan(found, task, data)):
        return plan
    return shape_plan(found, task, data, shapes=shapes)


def _shape(file: FileFacts) -> str:
    """The row shape that enough rows of a file follow: the highest rank, then the most votes."""
    enough = [
        (SHAPES.get(name).rank, votes, name)
        for name, votes in file.votes.items()
        if name in SHAPES.names() and votes > SHAPES.get(name).share * file.voters
    ]
    return max(enough)[2] if enough else TABLE


def _one_instruction(found: Survey) -> str:
    """The instruction of Alpaca rows that all have the same one, and an input, and no turns before it."""
    known = by_name(found.columns)
    before = any(known[name].filled for name in ("system", "history") if name in known)
    asked = "input" in known and known["input"].filled > known["input"].rows / 2
    told = known["instruction"]
    same = told.distinct == 1 and told.filled == told.rows and len(told.frequent) < LONGEST_SHARED
    return told.frequent if asked and same and not before else ""


def _instructed_table(found: Survey, task: TaskSettings, data: DataSettings, instruction: str) -> Plan:
    """Alpaca rows with one instruction: the instruction is the task's, and the rest is a table."""
    told = data.model_copy(update={"input": "input", "target": "output"})
    plan = table_plan(found, task, told, instruction=instruction)
    voters = sum(file.voters for file in found.files)
    alpaca = "Rows: Alpaca, all %(n)s that voted with the same instruction, which becomes the task's."
    said = Said(alpaca, n=f"{voters:,}")
    kept = tuple(sentence for sentence in plan.evidence if not sentence.startswith(("Input:", "Target:")))
    return replace(plan, shape=TABLE, evidence=(said, Said("Input: 'input'. Target: 'output'."), *kept))


def _html_problems(plan: Plan, data: DataSettings) -> list[Problem]:
    if data.html == "keep" or plan.kind != "extract":
        return []
    expected, remedy = "keep, as places count the characters of the text as it is", "leave data.html out"
    return [Problem(where="the recipe", path="data.html", expected=expected, got=data.html, remedy=remedy)]


def _label_problems(plan: Plan, task: TaskSettings) -> list[Problem]:
    if plan.kind is None or form_of(plan.kind).has_labels:
        return []
    given = {"labels": task.labels, "rename_labels": task.rename_labels or None}
    return [
        Problem(
            where="the recipe",
            path=f"task.{name}",
            expected=f"no labels, as the task is {plan.kind}",
            got=f"{len(labels)} labels",
            remedy=f"leave task.{name} out, or set task.kind: classify",
        )
        for name, labels in given.items()
        if labels is not None
    ]
