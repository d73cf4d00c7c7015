"""Which column is answered, which holds the answer, and what the others are, each with its reason."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log2

from metier.core import TaskKind
from metier.core.said import Said
from metier.data.auditing.personal_names import is_personal_name
from metier.data.settings import SPLIT_WORDS
from metier.data.understanding import column_words as words
from metier.data.understanding.columns import Column, Role, by_name

LONGEST_LABEL = 80
"""Mean characters above which values are texts and not labels."""
MOST_LABELS = 1_000
_MOST_NUMBER_LABELS = 20
_FEWEST_REPEATS = 2.0
_CONSTANT = 5
"""Taken off the score of a column that always says the same: a target only where nothing else is one."""
_NUMBERED = re.compile(r"[^\W\d_]{0,5}[-_. /]?\d{2,}")
"""What names one of many things: ``K017``."""
_SPOKEN = 6
"""The score as an input of a column of conversations: what has turns is what a row is about."""
_PERSONAL = 0.2
"""Share of cells that hold an address, a number or a key from which on a column is personal."""
_ROWS_A_PERSON = 10
_NEAR = 0.4
"""Scores nearer than this are called equal; then the column that stands first is taken."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a column is chosen as, and the sentence that says why."""

    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Scored:
    score: float
    place: int
    column: Column
    why: str


def is_label_like(column: Column) -> bool:
    """Few different short values that repeat: a label, rather than a text to be written."""
    if column.values in {"list", "empty", "date"} or not 1 <= column.distinct <= MOST_LABELS:
        return False
    if column.values == "number" and (column.distinct > _MOST_NUMBER_LABELS or column.fractions):
        return _numbers_classes(column)
    named = words.match(column.name, _label_words(column)) > 0
    return column.mean_characters <= LONGEST_LABEL and (column.repeats >= _FEWEST_REPEATS or named)


def _numbers_classes(column: Column) -> bool:
    """Whole numbers that come back and are called codes: tariffs, diagnoses, articles."""
    named = words.match(column.name, words.CODE) and not words.match(column.name, words.PLACE)
    return bool(named) and not column.fractions and column.repeats >= _FEWEST_REPEATS


def is_called_label(column: Column) -> bool:
    """Named like a label, surely."""
    return words.match(column.name, words.LABEL) > 0


def is_quantity(column: Column) -> bool:
    """More different numbers than there would be labels, or numbers that are not whole.

    Not where the column is called like written answers: what a question has as its answer is right or wrong.
    """
    answers = words.match(column.name, words.ANSWER - words.LABEL) > 0
    many = column.distinct > _MOST_NUMBER_LABELS or column.fractions
    return column.values == "number" and not answers and many and not _numbers_classes(column)


def kind_of_target(column: Column) -> tuple[TaskKind, str]:
    """``classify``, ``multilabel``, ``regress`` or ``generate`` for a target column, and why."""
    if column.values == "labels" and column.several:
        return "multilabel", (
            Said(
                "%(name)s holds lists of labels, %(n)s different ones in %(rows)s rows: any number of labels to "
                "choose.",
                name=repr(column.name),
                n=f"{column.distinct:,}",
                rows=f"{column.rows:,}",
            )
        )
    if column.values == "text" and column.between and words.match(column.name, words.SEVERAL_LABELS):
        return "multilabel", (
            Said(
                "%(name)s holds several labels in a cell, %(mark)s between them: any number of labels to choose "
                "(task.kind: classify takes each cell as one label).",
                name=repr(column.name),
                mark=repr(column.between),
            )
        )
    if is_label_like(column):
        told = "%(name)s has %(n)s different values in %(rows)s rows (mean %(mean)s characters): labels to choose from."
        return "classify", Said(told, **_size(column))
    if is_quantity(column):
        what = Said(", not all of them whole")
        if not column.fractions:
            what = Said(", more than %(n)s", n=str(_MOST_NUMBER_LABELS))
        return "regress", Said(
            "%(name)s holds %(n)s different numbers in %(rows)s rows%(what)s: a quantity to predict (task.kind: "
            "classify takes each as a label).",
            name=repr(column.name),
            n=f"{column.distinct:,}",
            rows=f"{column.filled:,}",
            what=what,
        )
    told = "%(name)s has %(n)s different values in %(rows)s rows (mean %(mean)s characters): texts to be written."
    return "generate", Said(told, **_size(column))


def _size(column: Column) -> dict[str, str]:
    """How many values, in how many rows, how long."""
    counts = {"n": f"{column.distinct:,}", "rows": f"{column.filled:,}", "mean": f"{column.mean_characters:g}"}
    return {"name": repr(column.name), **counts}


def _by_name_too(why: Said, *, named: bool) -> Said:
    """A reason, with that its name says so."""
    return Said("its name, %(why)s", why=why) if named else why


def choose_input(columns: Sequence[Column], *, taken: str | None) -> Choice | None:
    """The column that reads like what is asked: by its name, its length, and how much it varies."""
    found: list[_Scored] = []
    for place, column in enumerate(columns):
        if column.name == taken or not (column.values == "text" or column.spoken) or _is_split(column):
            continue
        named = words.match(column.name, words.INPUT, words.WEAK_INPUT)
        if column.spoken:
            found.append(_Scored(_SPOKEN + named, place, column, "lists of turns with speaker and text"))
            continue
        if _is_key(column) and not named:
            continue
        answers = words.match(column.name, words.ANSWER) and not named
        score = 2 * named - 4 * bool(answers) - 2 * is_label_like(column) + log2(1 + column.mean_characters) / 2
        score += column.distinct / max(column.counted, 1)
        size = {"mean": f"{column.mean_characters:g}", "n": f"{column.distinct:,}"}
        why = _by_name_too(Said("mean %(mean)s characters, %(n)s different", **size), named=named > 0)
        found.append(_Scored(score, place, column, why))
    return _best(found)


def choose_target(columns: Sequence[Column], *, taken: str, kind: TaskKind | None) -> Choice | None:
    """The column that reads like the right answer: a label, a number, or a second text; of the asked kind, if any."""
    found: list[_Scored] = []
    for place, column in enumerate(columns if kind != "extract" else ()):  # marks have a shape, and no usual column
        if column.name == taken or column.values in {"list", "empty", "date"}:
            continue
        if _is_split(column) or _is_key(column):
            continue
        label, number = is_label_like(column), is_quantity(column)
        if kind == "regress":
            label, number = False, column.values == "number"
        if kind is not None and (label, number) != (kind in ("classify", "multilabel"), kind == "regress"):
            continue
        if column.values == "labels" and not (label and (_is_called_labels(column) or _is_of_few_words(column))):
            continue
        scored = _label_score(column) if label else _number_score(column) if number else _text_score(column)
        if scored[0] > 0:
            found.append(_Scored(scored[0] + (place == len(columns) - 1) / 2, place, column, scored[1]))
    return _best(found)


def assign(columns: Sequence[Column], chosen: Mapping[str, tuple[Role, str]]) -> tuple[Column, ...]:
    """Every column with its role: the chosen ones first, the others by what they look like."""
    named = by_name(columns)
    roles = {name: _other_role(column) for name, column in named.items()} | dict(chosen)
    return tuple(replace(column, role=roles[name][0], reason=roles[name][1]) for name, column in named.items())


def looks_personal(column: Column) -> str:
    """Why the values of a column seem to be of persons; empty where they do not."""
    kind = next((kind for kind, share in column.personal.items() if share >= _PERSONAL), "")
    if kind:
        return Said("it seems to hold %(kind)s", kind=Said(kind))
    return Said("its name") if is_personal_name(column.name) else ""


def may_hold_together(column: Column, *, fewest: int) -> bool:
    """Whether rows with the same value may belong together: a group of so many values, or persons who come back.

    Persons with more than ten rows each are not who writes, but who answers.
    """
    comes_back = column.role == "personal" and column.distinct < column.counted <= _ROWS_A_PERSON * column.distinct
    return column.distinct >= fewest and (column.role == "group" or comes_back)


def _label_score(column: Column) -> tuple[float, str]:
    named = words.match(column.name, _label_words(column) | words.ANSWER, words.WEAK_LABEL)
    exact = column.name.lower() in words.LABEL
    score = 2.0 + 2 * named + exact - (column.values == "number") - 2 * words.match(column.name, words.GROUP)
    score -= words.match(column.name, words.INPUT) if not named else 0
    score -= _CONSTANT * (column.distinct == 1)
    if not named:
        score -= 1.5 * _is_numbered(column) + (column.values == "labels" and not _is_called_labels(column))
        score -= 3 * (column.values == "number" and words.match(column.name, words.COUNT) > 0)
    told = "%(n)s different values, each in %(rows)s rows on average"
    return score, _by_name_too(Said(told, n=f"{column.distinct:,}", rows=f"{column.repeats:.1f}"), named=named > 0)


def _number_score(column: Column) -> tuple[float, str]:
    """Numbers are a target where their name says so: tables are full of other ones."""
    named = words.match(column.name, words.QUANTITY | words.LABEL, words.WEAK_QUANTITY)
    return (1.5 + 1.5 * named if named else 0.0), Said("its name, %(n)s different numbers", n=f"{column.distinct:,}")


def _text_score(column: Column) -> tuple[float, str]:
    named = words.match(column.name, words.ANSWER | words.LABEL, words.WEAK_ANSWER)
    if not named and (column.values != "text" or _is_code(column)):
        return 0.0, ""
    score = 1.0 + 2 * named
    size = {"mean": f"{column.mean_characters:g}", "n": f"{column.distinct:,}"}
    why = Said("a second text, mean %(mean)s characters, %(n)s different", **size)
    return score, _by_name_too(why, named=named > 0)


def _best(found: list[_Scored]) -> Choice | None:
    if not found:
        return None
    top = max(item.score for item in found)
    first = min((item for item in found if item.score >= top - _NEAR), key=lambda item: item.place)
    others = [repr(item.column.name) for item in sorted(found, key=lambda item: -item.score) if item is not first]
    if not others:
        return Choice(first.column.name, first.why)
    also = Said("%(why)s; also possible: %(names)s", why=first.why, names=", ".join(others[:3]))
    return Choice(first.column.name, also)


def _label_words(column: Column) -> frozenset[str]:
    several = column.values == "labels" or column.between
    return words.LABEL | words.SEVERAL_LABELS if several else words.LABEL


def _is_called_labels(column: Column) -> bool:
    return words.match(column.name, words.LABEL | words.SEVERAL_LABELS) > 0


def _is_of_few_words(column: Column) -> bool:
    """Lists of words that come back, not of numbers."""
    worded = all(any(character.isalpha() for character in example) for example in column.examples)
    return worded and column.repeats >= _FEWEST_REPEATS


def _is_numbered(column: Column) -> bool:
    return column.values == "text" and all(_NUMBERED.fullmatch(example) for example in column.examples)


def _names_a_group(column: Column) -> bool:
    """By its name; ``subject`` is a person under study or the title of a mail, which its values tell."""
    if words.match(column.name, words.GROUP - words.WEAK_INPUT):
        return True
    return words.match(column.name, words.GROUP) > 0 and (column.values == "number" or _is_code(column))


def _is_split(column: Column) -> bool:
    return words.match(column.name, words.SPLIT) > 0 and column.distinct <= len(SPLIT_WORDS)


def _is_key(column: Column) -> bool:
    """A different short value in every row: names the row."""
    named = words.match(column.name, words.ID) > 0
    counts = (
        column.values == "number"
        and not column.fractions
        and not words.match(column.name, words.QUANTITY | words.WEAK_QUANTITY)
    )
    return column.is_unique and _is_code(column) and (named or counts)


def _is_code(column: Column) -> bool:
    """Short values without spaces. Scripts that are written without spaces are texts all the same."""
    plain = all(example.isascii() and " " not in example for example in column.examples)
    return plain and column.mean_characters <= 40


def _other_role(column: Column) -> tuple[Role, str]:
    """The role of a column that is neither input nor target."""
    repeats = 1 < column.distinct < column.counted
    identifies = words.match(column.name, words.ID) > 0 or column.name.lower().endswith("id")
    if column.values == "empty":
        return "constant", "no row has a value"
    if column.values != "list" and column.distinct == 1:
        return "constant", f"every row says {column.examples[0]!r}"
    if _names_a_group(column) and repeats and column.values != "list":
        return "group", f"its name, and {column.distinct:,} values in {column.filled:,} rows"
    if why := looks_personal(column):
        return "personal", why
    if column.values == "date":
        return "date", "its values are dates"
    if _is_key(column) or (identifies and not repeats and column.values != "list"):
        return "id", "a different value in every row"
    if identifies and repeats and not set(words.words_of(column.name)) <= words.ID:
        return "group", f"its name, and {column.distinct:,} values in {column.filled:,} rows"
    return ("number", "its values are numbers") if column.values == "number" else ("other", "kept for slices")
