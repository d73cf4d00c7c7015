"""Which rows are learnt from, and how much each counts: selection by ``max_rows``, classes balanced."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import NamedTuple

import numpy as np

from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.approaches.system import TokenCount
from metier.approaches.tuning.rows import Prepared, drawn
from metier.core import Example, Problem, Task, derive
from metier.core.said import Said
from metier.core.tasks import form_of
from metier.data.labelling import farthest_first, most_difficult
from metier.training import Row, WeightsSettings


class Balanced(NamedTuple):
    """Rows with their classes made even.

    Attributes:
        examples: to be learnt from; rows that stand here again have ``+again`` behind their id.
        left_out: rows that are not learnt from for the balance.
        worth: what a row of each class counts for; empty: each for 1.
        notes: what the record should say of it, in sentences.
    """

    examples: Sequence[Example]
    left_out: list[TokenCount]
    worth: dict[str, float]
    notes: tuple[str, ...] = ()

    def weighed(self, rows: Prepared) -> Prepared:
        """Training rows with what each counts for."""
        if not self.worth:
            return rows
        of = {example.id: self.worth[example.target or ""] for example in self.examples}
        return replace(rows, rows=[_weighed(row, of[row.id]) for row in rows.rows])


def check_selection(settings: WeightsSettings, task: Task | None) -> list[Problem]:
    """A choice without a number, and what needs labels in a task that has none."""
    problems: list[Problem] = []

    def add(path: str, expected: str, got: str, remedy: str) -> None:
        problems.append(Problem(where="recipe", path=f"weights.{path}", expected=expected, got=got, remedy=remedy))

    if settings.select != "random" and settings.max_rows is None:
        add(
            "max_rows",
            f"how many rows select: {settings.select} is to keep",
            "none",
            "add max_rows, or leave select out",
        )
    if settings.balance == "weights" and (settings.preference or settings.reinforce):
        expected = "oversample or undersample: losses of pairs and of rewards count every row as one"
        add("balance", expected, "weights", "choose another balance, or leave it out")
    if task is None or form_of(task.kind).chooses:
        return problems
    got = f"a task that is answered with {form_of(task.kind).title}"
    if settings.balance is not None:
        add("balance", "a task that is answered with one label", got, "leave it out")
    if settings.select == "difficult":
        add("select", "a task that is answered with one label", got, "select: diverse, which looks at inputs alone")
    return problems


def selected(
    examples: Sequence[Example], settings: WeightsSettings, resources: Resources
) -> tuple[Sequence[Example], list[TokenCount]]:
    """At most ``max_rows`` examples, in their order, chosen as the settings say; a count of 0 for each other one."""
    most = settings.max_rows
    if most is None or len(examples) <= most:
        return examples, []
    if settings.select == "random":
        return drawn(examples, most, seed=resources.seed)
    chosen = set(_places(examples, settings.select, most, resources))
    why = f"left out: max_rows is {most}, and other rows are more {settings.select}"
    rest = [TokenCount(one.id, 0, 0, why) for place, one in enumerate(examples) if place not in chosen]
    return [one for place, one in enumerate(examples) if place in chosen], rest


def _places(examples: Sequence[Example], how: str, most: int, resources: Resources) -> list[int]:
    texts = [example.input for example in examples]
    if how == "diverse":
        vectors = resources.embed(texts)
        return farthest_first(vectors, np.zeros((0, vectors.shape[1]), dtype=np.float32), count=most)
    return most_difficult(texts, [example.target or "" for example in examples], most, seed=resources.seed)


def balanced(examples: Sequence[Example], settings: WeightsSettings, *, seed: int) -> Balanced:
    """The examples with classes made even, as ``weights.balance`` says."""
    how = settings.balance
    if how is None or not examples:
        return Balanced(examples, [], {})
    counts = Counter(example.target or "" for example in examples)
    small, large = min(counts.values()), max(counts.values())
    classes = "%(n)s classes of %(least)s to %(most)s rows"
    sizes = Said(classes, n=str(len(counts)), least=f"{small:,}", most=f"{large:,}")
    if how == "weights":
        worth = {label: len(examples) / (len(counts) * count) for label, count in counts.items()}
        told = "Balanced %(sizes)s: each row counts for %(low)s to %(high)s by its class."
        note = Said(told, sizes=sizes, low=f"{min(worth.values()):.2f}", high=f"{max(worth.values()):.2f}")
        return Balanced(examples, [], worth, (note,))
    random = Random(derive(seed, "balance"))
    if how == "undersample":
        chosen = {one.id for some in _by_class(examples).values() for one in random.sample(some, small)}
        kept = [one for one in examples if one.id in chosen]
        why = f"left out: balance is undersample, and the smallest class has {small} rows"
        rest = [TokenCount(one.id, 0, 0, why) for one in examples if one.id not in chosen]
        told = "Balanced %(sizes)s: %(kept)s of %(rows)s rows are learnt from."
        return Balanced(kept, rest, {}, (Said(told, sizes=sizes, kept=f"{len(kept):,}", rows=f"{len(examples):,}"),))
    found = list(examples)
    for some in _by_class(examples).values():
        times, rest = divmod(large - len(some), len(some))
        more = [*some * times, *random.sample(some, rest)]
        found += [_again(one, number) for number, one in enumerate(more)]
    told = "Balanced %(sizes)s: %(rows)s rows became %(found)s by repetition."
    return Balanced(found, [], {}, (Said(told, sizes=sizes, rows=f"{len(examples):,}", found=f"{len(found):,}"),))


def growth(examples: Sequence[Example], settings: ApproachSettings) -> float:
    """How many times as many rows are learnt from as ``examples``, at most: with made rows, and balanced."""
    times = 1 + (settings.augment.share if settings.augment else 0.0)
    if not examples or settings.weights is None or settings.weights.balance in (None, "weights"):
        return times
    counts = Counter(example.target for example in examples)
    even = max(counts.values()) if settings.weights.balance == "oversample" else min(counts.values())
    return times * even * len(counts) / len(examples)


def _again(example: Example, number: int) -> Example:
    """The same row once more, under another id that knows its source."""
    fields = {**example.fields, "made_from": (example.id, *example.fields.get("made_from", ()))}
    return replace(example, id=f"{example.id}+again{number}", fields=fields)


def _by_class(examples: Sequence[Example]) -> dict[str, list[Example]]:
    found: defaultdict[str, list[Example]] = defaultdict(list)
    for example in examples:
        found[example.target or ""].append(example)
    return dict(sorted(found.items()))


def _weighed(row: Row, worth: float) -> Row:
    return replace(row, worth=worth, weights=tuple(weight * worth for weight in row.weights))
