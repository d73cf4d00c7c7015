"""Files written in a line, data sets prepared in a line."""

import csv
import io
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from metier.core import DataError, Example, Problem
from metier.data import DataSettings, Inspection, Prepared, Sources, TaskSettings, inspect_source, prepare

WORDS = """
    card account transfer refund password fee app balance limit currency exchange payment merchant branch letter address
    phone statement loan interest cheque cash machine abroad holiday blocked stolen missing pending wrong double late
    early today yesterday urgent please help why when where which never always again
"""


def sentence(seed: int, length: int = 9) -> str:
    """A random sentence; different seeds are no near duplicates."""
    return " ".join(random.Random(seed).choices(WORDS.split(), k=length)) + f" {seed}"


def as_csv(rows: Iterable[Sequence[Any]], delimiter: str = ",") -> str:
    output = io.StringIO()
    csv.writer(output, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return output.getvalue()


def as_jsonl(rows: Iterable[Any]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def tickets(count: int, labels: Sequence[str] = ("refund", "card", "login")) -> list[tuple[str, str]]:
    """Rows of text and label, all different."""
    return [(sentence(number), labels[number % len(labels)]) for number in range(count)]


def ticket_csv(count: int = 30, labels: Sequence[str] = ("refund", "card", "login")) -> str:
    return as_csv([("text", "label"), *tickets(count, labels)])


Examples = str | Mapping[str, str] | Sequence[Mapping[str, Any]]


class Desk:
    """A folder to put files into and to prepare data sets from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def settings(self, examples: Examples, **settings: Any) -> DataSettings:
        named = Sources(**examples) if isinstance(examples, Mapping) else examples
        return DataSettings(examples=named, **settings)  # type: ignore[arg-type]

    def inspect(self, examples: Examples, **settings: Any) -> Inspection:
        task = TaskSettings(**settings.pop("task", {}))
        return inspect_source(self.settings(examples, **settings), task=task, folder=self.folder)

    def prepare(self, examples: Examples, *, seed: int = 0, **settings: Any) -> Prepared:
        task = TaskSettings(**settings.pop("task", {}))
        return prepare(task, self.settings(examples, **settings), folder=self.folder, seed=seed)

    def example(self, prepared: Prepared, name: str) -> Example:
        """The example of that id, whatever its split."""
        return next(item for item in (*prepared.train, *prepared.validation, *prepared.test) if item.id == name)

    def problems(self, examples: Examples, **settings: Any) -> tuple[Problem, ...]:
        with pytest.raises(DataError) as caught:
            self.prepare(examples, **settings)
        return caught.value.problems

    def problem(self, examples: Examples, **settings: Any) -> Problem:
        """The one and only problem."""
        problems = self.problems(examples, **settings)
        assert len(problems) == 1, "\n".join(map(str, problems))
        return problems[0]
