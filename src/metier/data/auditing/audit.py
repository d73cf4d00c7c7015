"""The audit: every detector over a prepared data set, its findings ordered by how much they matter."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from metier.core import Example, Nobody, Reporter, SplitName, step
from metier.core.artifacts import plain
from metier.core.said import counted
from metier.data.auditing.detectors import DETECTORS
from metier.data.auditing.finding import SEVERITIES, Finding, Row, View
from metier.data.auditing.likely_personal import Guess, likely_places
from metier.data.lazy import Lazy
from metier.data.storing.prepared import Prepared

Texts = tuple[tuple[str, str], ...]
"""Name and text of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What a data set is looked at beside.

    Attributes:
        documents: what is retrieved from.
        instructions: what models are told beside the task's instruction.
        watched: words and phrases whose rows are to be named.
        guess: finds what is personal by the words around it.
    """

    documents: Texts = ()
    instructions: Texts = ()
    watched: tuple[str, ...] = ()
    guess: Guess = likely_places


ALONE = Beside()
"""Nothing."""
_SHOWN_ROWS = 10
_FEW = 10_000_000
"""Characters of inputs up to which the rows are made once for all detectors."""


def audit(prepared: Prepared, *, beside: Beside = ALONE, reporter: Reporter | None = None) -> tuple[Finding, ...]:
    """Look for doubts in a prepared data set; nothing is changed.

    Args:
        prepared: what :func:`metier.data.prepare` gave.
        beside: documents, instructions and words that it is looked at beside.
        reporter: told the progress; None: nobody.

    Returns:
        Errors first, then warnings, then notes; within these by the number of rows.
    """
    told = (("task.instruction", prepared.task.instruction), *beside.instructions)
    view = replace(
        view_of(prepared),
        documents=beside.documents,
        instructions=told,
        watched=beside.watched,
        guess=beside.guess,
    )
    found: list[Finding] = []
    names = DETECTORS.names()
    with step(reporter or Nobody(), "auditing the data", len(names), unit="checks") as bar:
        for name in names:
            found += DETECTORS.get(name)(view)
            bar.advance(note=counted(len(found), "%(n)s finding", "%(n)s findings"))
    return tuple(sorted(found, key=lambda item: (SEVERITIES.index(item.severity), -len(item.rows), item.id)))


def audited(prepared: Prepared, *, beside: Beside = ALONE, reporter: Reporter | None = None) -> Prepared:
    """The data set with its findings in ``summary["findings"]``, and all their rows in ``findings``."""
    findings = audit(prepared, beside=beside, reporter=reporter)
    summary = {**prepared.summary, "findings": summary_of(findings)}
    return replace(prepared, summary=summary, findings=tuple(plain(item) for item in findings))


def view_of(prepared: Prepared) -> View:
    """Every input row with what became of it."""
    parts = {"train": prepared.train, "validation": prepared.validation, "test": prepared.test}
    splits: list[SplitName | None] = [line.split for line in prepared.ledger]
    taken, places = Counter[SplitName | None](), array("q")
    for split in splits:
        places.append(taken[split])
        taken[split] += 1

    def row(index: int) -> Row:
        split = splits[index]
        if split is not None:
            return _row(parts[split][places[index]], split)
        line = prepared.ledger[index]
        return Row(id=line.id, split=None, why=line.why)

    rows: Sequence[Row] = Lazy(len(splits), row)
    if sum(line.characters for line in prepared.ledger) < _FEW:
        rows = tuple(rows)
    summary = prepared.summary
    return View(
        kind=prepared.task.kind,
        given=summary["split"] == "given",
        rows=rows,
        splits=splits,
        seed=int(summary["seed"]),
        paraphrases=prepared.paraphrases,
    )


def summary_of(findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    """Findings as JSON for ``data.json``: the number of rows, and the first ten of them."""
    return [
        {
            "id": item.id,
            "severity": item.severity,
            "title": item.title,
            "count": len(item.rows),
            "rows": list(item.rows[:_SHOWN_ROWS]),
            "samples": list(item.samples),
            "remedy": item.remedy,
            "fix": item.fix,
        }
        for item in findings
    ]


def finding_lines(findings: list[Mapping[str, Any]]) -> list[str]:
    """Findings of ``data.json`` as a person reads them: what, how many rows, one sample, what to do."""
    marks = {"error": "X", "warning": "!", "note": "-"}
    lines: list[str] = []
    for item in findings:
        rows = f"{item['count']:,} {'row' if item['count'] == 1 else 'rows'}"
        lines.append(f"  {marks[item['severity']]} {item['title']}: {rows}   [{item['id']}]")
        lines += [f"      {sample}" for sample in item["samples"][:2]]
        fix = f" ({item['fix']})" if item["fix"] else ""
        lines.append(f"      do: {item['remedy']}{fix}")
    return lines


def _row(example: Example, split: Any) -> Row:
    return Row(
        id=example.id,
        split=split,
        input=example.input,
        target=example.target or "",
        turns="\n".join(turn.content for turn in example.history),
        fields=example.fields,
    )
