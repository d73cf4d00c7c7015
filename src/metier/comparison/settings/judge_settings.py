"""The recipe's ``judge`` section."""

from __future__ import annotations

import csv
import os
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple, cast

from pydantic import Field

from metier.core import Problem, RecipeError, Settings
from metier.models import HostedSettings, check_hosted, is_hosted

Side = Literal["first", "second", "tie"]
_COLUMNS = ("question", "first", "second", "better")


class JudgeSettings(Settings):
    """A hosted model that says which of two approaches answers better, asked twice with the answers changing places."""

    model: str
    """``openai:NAME``. Questions, right answers and answers of test rows are sent to it."""
    hosted: HostedSettings | None = None
    """Where it lives. None: the recipe's ``hosted``."""
    criterion: str = Field(
        default="Prefer the answer that is correct, complete and clear.", min_length=1, max_length=4000
    )
    """What makes an answer better."""
    rows: int = Field(default=100, ge=10, le=5000)
    """Test rows that are judged, drawn by the seed; each takes two questions."""
    against: str | None = None
    """Approach that the recommended one is compared with. None: the best of the others."""
    show_target: bool = True
    """Whether the judge sees the right answer."""
    humans: str | None = None
    """A CSV file of comparisons that people have made (``question``, ``first``, ``second``, and ``better``: ``first``,
    ``second`` or ``tie``; perhaps ``target``), relative to the recipe: the judge is asked them too, and how far it
    agrees with the people is told. None: that is not known, and said."""


class Pair(NamedTuple):
    """Two answers to a question, and which one people find better, where that is known."""

    id: str
    question: str
    target: str
    first: str
    second: str
    better: Side | None = None
    group: str | None = None


def check_judge(settings: JudgeSettings, hosted: HostedSettings | None, folder: Path) -> list[Problem]:
    """What is wrong with a judge, found without asking it."""
    if not is_hosted(settings.model):
        remedy = "a small local model is no judge; write openai:NAME and where it lives under hosted"
        return [_problem("judge.model", "a hosted model", repr(settings.model), remedy)]
    found = [
        replace(problem, path=f"judge.{problem.path}")
        for problem in check_hosted(settings.model, settings.hosted or hosted, os.environ)
    ]
    try:
        read_people(settings, folder)
    except RecipeError as error:
        found += error.problems
    return found


def read_people(settings: JudgeSettings, folder: Path) -> list[Pair]:
    """The comparisons that people have made; none where the recipe names no file.

    Raises:
        RecipeError: the file is not there, or not as it must be.
    """
    if settings.humans is None:
        return []
    path = folder / Path(settings.humans).expanduser()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
            rows = [] if missing else list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _people("a CSV file in UTF-8", f"{path.name}: {error}", "give its path, relative to the recipe") from None
    if missing:
        got = f"{path.name} without {', '.join(missing)}"
        raise _people(f"the columns {', '.join(_COLUMNS)}", got, "name the columns so")
    for number, row in enumerate(rows, 2):
        if row["better"] not in ("first", "second", "tie") or None in row.values():
            got = f"{row['better']!r} in line {number} of {path.name}"
            raise _people("first, second or tie under better", got, "correct that line")
    return [
        Pair(
            id=f"{path.name}:{number}",
            question=row["question"],
            target=row.get("target") or "",
            first=row["first"],
            second=row["second"],
            better=cast(Side, row["better"]),
        )
        for number, row in enumerate(rows, 2)
    ]


def _people(expected: str, got: str, remedy: str) -> RecipeError:
    return RecipeError([_problem("judge.humans", expected, got, remedy)])


def _problem(path: str, expected: str, got: str, remedy: str) -> Problem:
    return Problem(where="recipe", path=path, expected=expected, got=got, remedy=remedy)
