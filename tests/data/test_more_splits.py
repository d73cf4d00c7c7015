"""Splits by time and by hash, folds, nested subsets, and what near copies do to groups."""

from itertools import pairwise

import pytest
from ticket_desk import as_csv, sentence

from metier.core import DataError, Example
from metier.data import folds, nested_subsets
from metier.data.dividing.splits import moment_of


def dated(count=60):
    """The rows are not in the order of time."""
    return [(sentence(n), "ab"[n % 2], f"2026-{(n * 7) % 12 + 1:02d}-{n % 28 + 1:02d}") for n in range(count)]


def test_by_time_the_newest_rows_are_measured(desk):
    desk.write("a.csv", as_csv([("text", "label", "received"), *dated()]))
    prepared = desk.prepare("a.csv", time="received", split={"by": "time"}, target="label")
    newest_learnt = max(example.fields["received"] for example in prepared.train)
    assert newest_learnt <= min(example.fields["received"] for example in prepared.test)
    assert prepared.summary["split"] == "time"
    assert prepared.summary["splits"] == {"train": 42, "validation": 6, "test": 12}


def test_rows_without_a_moment_are_left_out_and_said(desk):
    rows = dated()
    rows[4] = (*rows[4][:2], "soon")
    desk.write("a.csv", as_csv([("text", "label", "received"), *rows]))
    prepared = desk.prepare("a.csv", time="received", split={"by": "time"}, target="label")
    assert prepared.ledger[4].status == "left_out"
    assert any("time could not be read: 1" in text for text in prepared.summary["warnings"])


def test_a_split_by_time_needs_its_column(desk):
    desk.write("a.csv", as_csv([("text", "label", "received"), *dated()]))
    problem = desk.problem("a.csv", split={"by": "time"})
    assert (problem.path, problem.remedy) == ("data.time", "name it: data.time: received")
    assert desk.problem("a.csv", time="recieved").remedy == "did you mean 'received'?"


def test_by_hash_rows_never_move_when_others_come(desk):
    rows = [(sentence(n), "ab"[n % 2], f"c{n // 2}") for n in range(300)]
    desk.write("a.csv", as_csv([("text", "label", "customer"), *rows[:200]]))
    desk.write("b.csv", as_csv([("text", "label", "customer"), *rows]))
    settings = {"group": "customer", "split": {"by": "hash"}, "target": "label"}
    before = {row.id.partition(":")[2]: row.split for row in desk.prepare("a.csv", seed=1, **settings).ledger}
    after = {row.id.partition(":")[2]: row.split for row in desk.prepare("b.csv", seed=2, **settings).ledger}
    assert all(after[name] == split for name, split in before.items())
    assert {"train", "validation", "test"} == set(before.values())


def test_moments():
    assert moment_of("2026-01-02T03:04:05Z") == moment_of("2026-01-02T04:04:05+01:00")
    assert moment_of(True) is None
    assert moment_of("") is None


def test_near_copies_that_tie_all_groups_together_are_left_out_instead(desk):
    clause = "we may change these terms at any time without telling you"
    rows = []
    for contract in range(12):
        rows += [(sentence(100 * contract + n), "ab"[n % 2], f"contract {contract}") for n in range(9)]
        rows += [(f"{clause} {contract}", "a", f"contract {contract}")]
    desk.write("a.csv", as_csv([("text", "label", "document"), *rows]))
    prepared = desk.prepare("a.csv", group="document", target="label")
    assert all(number > 0 for number in prepared.summary["splits"].values())
    left = [row for row in prepared.ledger if "a near copy of" in row.why]
    assert left
    tested = {example.group for example in prepared.test}
    assert tested.isdisjoint(example.group for example in prepared.train)
    assert not any(clause in example.input for example in prepared.train)


def examples(count, **more):
    return [Example(id=str(n), input=sentence(n), target="ab"[n % 2], **more) for n in range(count)]


def test_folds_hold_every_row_once_and_keep_groups_whole():
    grouped = [Example(id=e.id, input=e.input, target=e.target, group=f"g{int(e.id) // 4}") for e in examples(80)]
    found = folds(grouped, 5, labelled=True, seed=0)
    assert sorted(place for part in found for place in part) == list(range(80))
    for part in found:
        inside = {grouped[place].group for place in part}
        assert inside.isdisjoint(e.group for place, e in enumerate(grouped) if place not in part)
    with pytest.raises(DataError, match="at least 5 groups"):
        folds(examples(80, group="one"), 5, labelled=True, seed=0)


def test_subsets_are_nested_and_keep_the_shares():
    labels = ["rare"] * 20 + ["common"] * 180
    found = nested_subsets(labels, [10, 50, 100, 500], seed=3)
    assert [len(subset) for subset in found] == [10, 50, 100, 200]
    for small, large in pairwise(found):
        assert set(small) < set(large)
    for subset in found:
        assert abs(sum(labels[place] == "rare" for place in subset) - len(subset) / 10) <= 1
    assert nested_subsets(labels, [10], seed=3) == [found[0]]
    assert nested_subsets(labels, [10], seed=4) != [found[0]]
