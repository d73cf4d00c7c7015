"""The plan for conversations of each of which something was written: a report, a summary, a note."""

from __future__ import annotations

from dataclasses import replace

from metier.data.settings import DataSettings, TaskSettings
from metier.data.understanding import column_words as words
from metier.data.understanding.columns import Column
from metier.data.understanding.plan import Plan
from metier.data.understanding.survey import Survey
from metier.data.understanding.table_plan import table_plan

_FILLED = 0.5
"""Share of the conversations that must have a report."""
_SHORTEST = 20
"""Mean characters of a report, at least."""


def conversations_plan(survey: Survey, task: TaskSettings, data: DataSettings) -> Plan | None:
    """A table whose input is the whole conversation, and whose target what was written of it; None: there is none.

    Args:
        survey: what the files hold; their rows are conversations.
        task: the recipe's task.
        data: the recipe's data; names neither input nor target.
    """
    if task.kind not in (None, "generate") or task.labels is not None:
        return None
    spoken = next((column.name for column in survey.columns if column.spoken), None)
    report = next((column.name for column in survey.columns if _is_report(column)), None)
    if spoken is None or report is None:
        return None
    told = data.model_copy(update={"input": spoken, "target": report})
    instruction = f"Write the {report.replace('_', ' ')} of the conversation."
    plan = table_plan(survey, task, told, instruction=instruction)
    reasons = {spoken: "lists of turns with speaker and text", report: "its name: what is written of a conversation"}
    rest = (sentence for sentence in plan.evidence if not sentence.startswith(("Input:", "Target:")))
    said = f"Input: {spoken!r}, whole conversations. Target: {report!r}, what is written of them (task.kind: chat"
    return replace(
        plan,
        columns=tuple(replace(one, reason=reasons.get(one.name, one.reason)) for one in plan.columns),
        evidence=(*rest, f"{said} answers the last user turn instead)."),
    )


def _is_report(column: Column) -> bool:
    named = words.match(column.name, words.REPORT) > 0
    long = column.values == "text" and column.mean_characters >= _SHORTEST
    return named and long and column.filled >= _FILLED * column.rows
