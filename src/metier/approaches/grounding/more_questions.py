"""Questions with their documents in a file of their own, which retrievers learn from beside the run's rows.

``metier data questions`` writes such files from the documents alone; people may write them by hand.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, cast

from metier.core import DataError, Example, Problem, derive
from metier.core.artifacts import hash_file
from metier.retrieval import PairTraining, RetrievalSettings

COLUMN = "document"
"""Names the document that answers a question."""
_HELD_OUT, _MOST_HELD_OUT = 0.2, 200


class MoreQuestions(NamedTuple):
    """What a file holds.

    Attributes:
        train: to learn from.
        held_out: to judge by where the run's own validation rows do not name their documents.
    """

    train: list[Example]
    held_out: list[Example]


def more_questions(asked: PairTraining | None, folder: Path, *, seed: int) -> MoreQuestions:
    """The questions of ``asked.questions``, a fifth of them (at most 200) held out by the seed; none without a file.

    Raises:
        DataError: a row has no question, or nothing that says what answers it.
    """
    if asked is None or asked.questions is None:
        return MoreQuestions([], [])
    rows = _read(folder / Path(asked.questions).expanduser())
    Random(derive(seed, "more questions")).shuffle(rows)
    count = min(round(_HELD_OUT * len(rows)), _MOST_HELD_OUT)
    return MoreQuestions(rows[count:], rows[:count])


def check_questions(settings: RetrievalSettings, folder: Path) -> list[Problem]:
    """What is wrong with the files, each read whole."""
    problems: list[Problem] = []
    for part, asked in (("tune", settings.tune), ("rerank", settings.rerank)):
        path = f"retrieval.{part}.questions"
        try:
            more_questions(asked, folder, seed=0)
        except DataError as error:
            problems += [Problem(**{**_fields(one), "path": path}) for one in error.problems]
        except OSError as error:
            got, remedy = error.strerror or "nothing", "give a path relative to the recipe's folder"
            where = str(asked.questions if asked else "")
            problems.append(Problem(where=where, path=path, expected="a .jsonl file", got=got, remedy=remedy))
    return problems


def inputs(settings: RetrievalSettings | None, folder: Path) -> list[str]:
    """Hashes of the files."""
    parts = (settings.tune, settings.rerank) if settings else ()
    return [hash_file(folder / Path(one.questions).expanduser()) for one in parts if one and one.questions]


def _read(path: Path) -> list[Example]:
    rows: list[Example] = []
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                rows.append(_example(path, number, line))
    return rows


def _example(path: Path, number: int, line: str) -> Example:
    try:
        given: Any = json.loads(line)
    except ValueError:
        given = None
    row = cast(dict[str, Any], given) if isinstance(given, dict) else {}
    question, document, answer = (row.get(name) for name in ("question", COLUMN, "answer"))
    known = [isinstance(one, str) and bool(one.strip()) for one in (question, document, answer)]
    if not known[0] or not any(known[1:]):
        problem = Problem(
            where=f"{path}, line {number}",
            expected='{"question": ..., "document": the file that answers it, or "answer": words of the passage}',
            got=line.strip()[:80],
            remedy="correct the line, or let `metier data questions` write such a file",
        )
        raise DataError([problem])
    readers: Any = row.get("readers")
    return Example(
        id=f"{path.name}:{number}",
        input=str(question),
        target=answer if known[2] else None,
        readers=tuple(str(name) for name in cast(list[Any], readers)) if isinstance(readers, list) else None,
        fields={COLUMN: document} if known[1] else {},
    )


def _fields(problem: Problem) -> dict[str, str]:
    return {name: getattr(problem, name) for name in ("where", "expected", "got", "remedy")}
