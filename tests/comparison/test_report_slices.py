"""Slices: a planted weakness is found, and where there is none next to nothing is."""

from __future__ import annotations

import numpy as np
import pytest

from metier.comparison.report.facets import Facet, facets
from metier.comparison.report.slices import find
from metier.core import Example


def some_facets(rng: np.random.Generator, rows: int) -> list[Facet]:
    return [
        Facet(
            kind="field",
            name=f"field {number}",
            values=tuple("abcde"),
            of=tuple(rng.integers(0, 5, rows).tolist()),
        )
        for number in range(6)
    ]


def test_planted_weakness_is_found_with_its_size() -> None:
    rng = np.random.default_rng(1)
    parts = some_facets(rng, 2000)
    weak = np.array(parts[2].of) == 3
    ours = (rng.random(2000) < np.where(weak, 0.7, 0.92)).astype(float)
    theirs = (rng.random(2000) < 0.9).astype(float)
    found = find(ours, {"other": theirs}, parts, [None] * 2000)
    assert [(w.facet.name, w.value) for w in found.than_elsewhere] == [("field 2", "d")]
    assert [(w.facet.name, w.value, w.rival) for w in found.than_others] == [("field 2", "d", "other")]
    weakness = found.than_elsewhere[0]
    assert weakness.number == weak.sum()
    assert weakness.score == pytest.approx(ours[weak].mean())
    assert weakness.other == pytest.approx(ours[~weak].mean())
    assert weakness.difference.low < -0.22 < weakness.difference.high
    assert (found.looks_elsewhere, found.looks_others) == (30, 30)


@pytest.mark.parametrize("kind", ["right or wrong", "scores", "groups"])
def test_without_a_weakness_false_alarms_stay_below_the_level(kind: str) -> None:
    rng = np.random.default_rng(2)
    alarms, rounds, rows = 0, 120, 300
    for _ in range(rounds):
        parts = some_facets(rng, rows)
        groups: list[str | None] = [None] * rows
        scores = rng.random((2, rows)) if kind == "scores" else (rng.random((2, rows)) < 0.8).astype(float)
        if kind == "groups":  # five rows of a customer answer alike, and share their slice
            owner = np.repeat(np.arange(rows // 5), 5)
            scores, groups = scores[:, owner], [f"c{number}" for number in owner]
            parts = [Facet(kind="field", name=p.name, values=p.values, of=tuple(np.array(p.of)[owner])) for p in parts]
        found = find(scores[0], {"other": scores[1]}, parts, groups)
        alarms += bool(found.than_elsewhere) + bool(found.than_others)
    assert alarms / (2 * rounds) < 0.06


def test_small_parts_are_not_looked_at() -> None:
    parts = [Facet(kind="field", name="f", values=("a", "b"), of=(0,) * 9 + (1,) * 41)]
    scores = np.array([0.0] * 9 + [1.0] * 41)
    assert find(scores, {}, parts, [None] * 50).looks_elsewhere == 0


def test_facets_of_numbers_dates_and_words() -> None:
    examples = [
        Example(
            id=str(index),
            input="x" * (index + 1),
            target="ab"[index % 2],
            fields={
                "price": index / 3,
                "day": f"2026-0{1 + index % 3}-{10 + index // 3 % 18}",
                "free": f"text {index}",
                "one": "x",
            },
        )
        for index in range(90)
    ]
    found = {facet.name or facet.kind: facet for facet in facets(examples, labelled=True)}
    assert set(found) == {"label", "length", "price", "day"}
    assert found["length"].values == ("1–22", "23–45", "46–67", "68–90")
    assert [found["length"].of.count(part) for part in range(4)] == [22, 23, 22, 23]
    assert found["day"].values == ("2026-01", "2026-02", "2026-03")
    assert found["label"].of[:2] == (0, 1)
