"""The plan for a plain table: which columns, which task."""

from __future__ import annotations

from collections.abc import Mapping

from metier.core import Problem, TaskKind
from metier.core.names import listed
from metier.core.said import Said
from metier.core.tasks import form_of
from metier.data.settings import DataSettings, TaskSettings
from metier.data.understanding.beside import flags, judged_together
from metier.data.understanding.columns import Role, by_name
from metier.data.understanding.naming import absent_problems, naming_problems, nested_problems
from metier.data.understanding.plan import TABLE, Plan
from metier.data.understanding.roles import assign, choose_input, choose_target, is_called_label, kind_of_target
from metier.data.understanding.split_choice import choose_split
from metier.data.understanding.survey import Survey


def table_plan(survey: Survey, task: TaskSettings, data: DataSettings, *, instruction: str = "") -> Plan:
    """Choose input, target, kind and split for a table.

    Args:
        survey: what the files hold.
        task: the recipe's task.
        data: the recipe's data.
        instruction: one that stands in every row, found elsewhere.
    """
    where = survey.files[0].source.name
    problems = naming_problems(data, survey.columns, where=where)
    yes_no, read = _flags(survey, task, data)
    roles, reasons = _choose(survey, task, data, yes_no)
    kind, why = ("multilabel", read) if yes_no else _kind(roles.get("target"), survey, task)
    if yes_no and task.kind not in (None, "multilabel"):
        expected = "task.kind: multilabel, as data.target names several columns"
        remedy = "name one column, or leave task.kind out"
        problems.append(Problem(where=where, path="data.target", expected=expected, got=task.kind, remedy=remedy))
    if not yes_no:
        problems += _not_found(data, roles, survey, task, where) if kind != "continue" else _no_text(data, roles, where)
    parts = _parts(survey, data, roles, kind)
    chosen = {f"data.{setting}": column for setting, column in roles.items()}
    chosen |= {f"data.target.{place}": column for place, column in enumerate(yes_no)}
    if data.group is not None:
        chosen["data.group"] = data.group
    single = {
        setting: column for setting, column in chosen.items() if not (kind == "extract" and column == data.target)
    }
    problems += nested_problems(survey.columns, single, where=where)
    problems += absent_problems(survey.files, chosen)
    split = choose_split(data, survey, kind, where=where)
    named = {
        name: role
        for name, role in _roles(roles, reasons, data, parts, yes_no, split.column).items()
        if name in by_name(survey.columns)
    }
    columns = assign(survey.columns, named)
    return Plan(
        shape=TABLE,
        kind=kind,
        input=roles.get("input"),
        parts=parts,
        target=roles.get("target"),
        flags=yes_no,
        group=data.group,
        split_column=split.column,
        split=split.method,
        instruction=instruction,
        columns=columns,
        evidence=(
            Said("Rows: a plain table (columns: %(n)s).", n=str(len(columns))),
            *_evidence(roles, reasons, () if data.input else parts),
            *why,
            *split.evidence,
        ),
        warnings=split.warnings,
        problems=(*problems, *split.problems),
    )


def _choose(
    survey: Survey, task: TaskSettings, data: DataSettings, yes_no: tuple[str, ...]
) -> tuple[dict[str, str], dict[str, str]]:
    """``input`` and ``target`` to their column and to the reason; what cannot be found is missing."""
    known = by_name(survey.columns)
    first = data.input if isinstance(data.input, str) else next(iter(data.input or ()), None)
    target = data.target if isinstance(data.target, str) else None
    roles = {key: name for key, name in (("input", first), ("target", target)) if name in known and name}
    reasons: dict[str, str] = {key: Said("as data.%(key)s says", key=key) for key in roles}
    if data.input is None:
        choice = choose_input(survey.columns, taken=target)
        if choice is not None:
            roles["input"], reasons["input"] = choice.column, choice.reason
    if data.target is None and "input" in roles and task.kind != "continue" and not yes_no:
        wanted = task.kind or ("classify" if task.labels else None)
        together = judged_together(survey.columns, roles["input"])
        others = [column for column in survey.columns if column.name not in together]
        choice = choose_target(others, taken=roles["input"], kind=wanted) if together else None
        choice = choice or choose_target(survey.columns, taken=roles["input"], kind=wanted)
        if choice is not None:
            roles["target"], reasons["target"] = choice.column, choice.reason
    return roles, reasons


def _flags(survey: Survey, task: TaskSettings, data: DataSettings) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Columns of yes and no that are the answer together, and the sentence that says so."""
    if isinstance(data.target, tuple):
        told = "Task: multilabel; the labels of a row are those of %(n)s columns that say yes."
        return data.target, (Said(told, n=str(len(data.target))),)
    if data.target is not None or task.kind not in (None, "multilabel") or task.labels is not None:
        return (), ()
    found = flags(survey.columns)
    told = choose_target([column for column in survey.columns if column.name not in found], taken="", kind="classify")
    if not found or (told is not None and is_called_label(by_name(survey.columns)[told.column])):
        return (), ()
    said = Said(
        "Task: multilabel; %(names)s say yes or no in every row: those that say yes are the labels of a row "
        "(data.target: %(name)s takes one alone).",
        names=listed(found, limit=6),
        name=found[0],
    )
    return found, (said,)


def _parts(survey: Survey, data: DataSettings, roles: dict[str, str], kind: TaskKind | None) -> tuple[str, ...]:
    """Columns that are put under each other: as the recipe says, or texts that one label or number is about."""
    if data.input is not None:
        return () if isinstance(data.input, str) else data.input
    if "input" not in roles or kind is None or form_of(kind).free_text or kind == "extract":
        return ()
    together = [name for name in judged_together(survey.columns, roles["input"]) if name != roles.get("target")]
    return tuple(together) if len(together) > 1 else ()


def _not_found(
    data: DataSettings, roles: dict[str, str], survey: Survey, task: TaskSettings, where: str
) -> list[Problem]:
    got = f"the columns {listed([f'{column.name} ({column.values})' for column in survey.columns])}"
    problems: list[Problem] = []
    if data.input is None and "input" not in roles:
        expected = "a column of texts to answer"
        remedy = "name it: data.input"
        problems.append(Problem(where=where, path="data.input", expected=expected, got=got, remedy=remedy))
    if data.target is None and "input" in roles and "target" not in roles:
        labels = task.kind == "classify" or task.labels is not None
        expected = "a column of labels" if labels else "a column with the right answer (labels, or a second text)"
        if task.kind == "regress":
            expected = "a column of numbers that is called like what they are (rating, score, price, target ...)"
        if task.kind == "extract":
            expected = "a column of marked places: [{start: 0, end: 3, label: name}, ...], or rows of tokens and tags"
        remedy = "name it: data.target"
        problems.append(Problem(where=where, path="data.target", expected=expected, got=got, remedy=remedy))
    return problems


def _no_text(data: DataSettings, roles: dict[str, str], where: str) -> list[Problem]:
    """Texts to continue pretraining on: there must be a column of them, and nothing is answered."""
    problems: list[Problem] = []
    if "input" not in roles and data.input is None:
        expected, remedy = "a column of texts", "name it: data.input"
        problems.append(Problem(where=where, path="data.input", expected=expected, got="none", remedy=remedy))
    if data.target is not None:
        expected, remedy = "no target: raw text is continued, not answered", "leave it out"
        got = repr(data.target)
        problems.append(Problem(where=where, path="data.target", expected=expected, got=got, remedy=remedy))
    return problems


def _kind(target: str | None, survey: Survey, task: TaskSettings) -> tuple[TaskKind | None, tuple[str, ...]]:
    if task.kind is not None:
        return task.kind, (Said("Task: %(kind)s, as task.kind says.", kind=task.kind),)
    if task.labels is not None:
        return "classify", (Said("Task: classify, as task.labels is set."),)
    if target is None and all(file.source.format == "documents" for file in survey.files):
        return "continue", (Said("Task: continue; documents without answers: raw text to learn from."),)
    if target is None:
        return None, ()
    kind, why = kind_of_target(by_name(survey.columns)[target])
    return kind, (Said("Task: %(kind)s; %(why)s", kind=kind, why=why),)


def _roles(
    roles: dict[str, str],
    reasons: dict[str, str],
    data: DataSettings,
    parts: tuple[str, ...],
    yes_no: tuple[str, ...],
    split_column: str | None,
) -> Mapping[str, tuple[Role, str]]:
    found: dict[str, tuple[Role, str]] = {}
    if data.group is not None:
        found[data.group] = ("group", "as data.group says")
    if split_column is not None:
        found[split_column] = ("split", "its values are names of splits")
    told = "as data.input says" if data.input else "one of the texts that the answer is about"
    found |= dict.fromkeys(parts, ("input", told))
    found |= dict.fromkeys(yes_no, ("target", "one of the answers: yes or no"))
    for key in ("target", "input"):
        if key in roles:
            found[roles[key]] = (key, reasons[key])
    return found


def _evidence(roles: dict[str, str], reasons: dict[str, str], together: tuple[str, ...]) -> list[str]:
    messages = {"input": "Input: %(name)s (%(why)s).", "target": "Target: %(name)s (%(why)s)."}
    said: list[str] = [Said(messages[key], name=repr(roles[key]), why=reasons[key]) for key in messages if key in roles]
    if together:
        told = "Input: %(names)s, under each other, as one answer is about both (data.input: %(name)s takes one)."
        said[0] = Said(told, names=tuple(map(repr, together)), name=together[0])
    return said
