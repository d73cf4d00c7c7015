"""Answers as columns of small numbers, compressed and written in letters that cannot end a script element.

Every text that recurs (labels, answers that several approaches gave, passages) stands once in ``texts``; rows point at
it by number. The whole is JSON, then gzip, then base64: 20,000 answers of eight approaches with 77 labels take about
1.5 MB, and whatever the rows hold, nothing of it stands in the page as text.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping, Sequence
from typing import Any

from metier.comparison.report.facets import facets
from metier.comparison.report.reading import Answer, Run
from metier.core import Example

MOST_ROWS = 20_000
"""Of more test rows, so many are taken at even distances, and the page says so."""
_LONGEST = 6000
"""Longer texts are cut, in characters; the run folder has the whole."""
_MOST_PASSAGES = 8


class _Texts:
    """Texts by number, each once."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self._places: dict[str, int] = {}

    def place(self, text: str) -> int:
        text = text if len(text) <= _LONGEST else text[:_LONGEST] + " …"
        if text not in self._places:
            self._places[text] = len(self.all)
            self.all.append(text)
        return self._places[text]


def packed(run: Run) -> str:
    """The answers for the page; empty where there are none to show."""
    content = columns(run)
    if content is None:
        return ""
    written = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    return base64.b64encode(gzip.compress(written, 6, mtime=0)).decode()


def columns(run: Run) -> dict[str, Any] | None:
    """What is packed, as JSON-ready columns; None where no approach left answers to known examples.

    Columns over rows are lists of one length; ``given``, ``sure``, ``score`` and ``contexts`` hold one list for each
    approach. A missing answer is -1; ``sure`` is the probability of the answer in percent, or -1; ``score`` in percent.
    """
    names = [item.name for item in run.finished if item.name in run.answers_of]
    ids = _chosen(list(run.examples))
    if not names or not ids:
        return None
    texts = _Texts()
    examples = [run.examples[name] for name in ids]
    by_id = _by_id(run, names)
    answers = [[found.get(name) for name in ids] for found in by_id]
    labelled = run.board.kind == "classify"
    return {
        "kind": run.board.kind,
        "approaches": names,
        "subject": names.index(run.subject.name) if run.subject and run.subject.name in names else 0,
        "total": len(run.examples),
        "ids": ids,
        "inputs": [_cut(example.input) for example in examples],
        "history": {str(row): _turns(example) for row, example in enumerate(examples) if example.history},
        "targets": [texts.place(example.target or "") for example in examples],
        "given": [[texts.place(answer.given) if answer else -1 for answer in row] for row in answers],
        "sure": [[_percent(answer.confidence if answer else None) for answer in row] for row in answers],
        "score": [[_percent(answer.score if answer else None) for answer in row] for row in answers],
        "contexts": [_contexts(row, texts) for row in answers],
        "fields": [_fields(example) for example in examples],
        "facets": [
            {"kind": facet.kind, "name": facet.name, "values": facet.values, "of": facet.of}
            for facet in facets(examples, labelled=labelled)
        ],
        "texts": texts.all,
    }


def _by_id(run: Run, names: Sequence[str]) -> list[Mapping[str, Answer]]:
    return [{answer.id: answer for answer in run.answers_of[name]} for name in names]


def _chosen(ids: Sequence[str]) -> list[str]:
    """All of them, or :data:`MOST_ROWS` at even distances."""
    if len(ids) <= MOST_ROWS:
        return list(ids)
    return [ids[index * len(ids) // MOST_ROWS] for index in range(MOST_ROWS)]


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + " …"


def _turns(example: Example) -> list[list[str]]:
    return [[turn.role, _cut(turn.content)] for turn in example.history]


def _contexts(answers: Sequence[Answer | None], texts: _Texts) -> dict[str, list[int]]:
    """The passages of the rows that have any, by row."""
    return {
        str(row): [texts.place(passage) for passage in answer.contexts[:_MOST_PASSAGES]]
        for row, answer in enumerate(answers)
        if answer and answer.contexts
    }


def _fields(example: Example) -> list[list[str]]:
    return [[name, _cut(str(value))] for name, value in example.fields.items() if value not in (None, "")]


def _percent(share: float | None) -> int:
    return -1 if share is None else round(100 * share)
