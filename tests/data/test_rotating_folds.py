"""Folds of what is not test: every row is validated with once, the test set never moves, groups stay whole."""

from collections import Counter

import pytest
from pydantic import ValidationError
from ticket_desk import as_csv, sentence, tickets

from metier.data import Sources
from metier.data.settings import SplitSettings


def folds_of(desk, examples, **settings):
    split = settings.pop("split", {})
    return [desk.prepare(examples, split={**split, "folds": 4, "fold": fold}, **settings) for fold in range(1, 5)]


def ids(examples):
    return {example.id for example in examples}


@pytest.mark.parametrize("by", ["stratified", "random"])
def test_every_row_is_validated_with_once_and_the_test_set_stays(desk, by):
    desk.write("a.csv", as_csv([("text", "label"), *tickets(100)]))
    plain = desk.prepare("a.csv", split={"by": by})
    found = folds_of(desk, "a.csv", split={"by": by})
    assert all(ids(one.test) == ids(plain.test) for one in found)
    held = [ids(one.validation) for one in found]
    assert set().union(*held) == ids(plain.train) | ids(plain.validation)
    assert sum(map(len, held)) == len(set().union(*held))
    assert all(ids(one.train) == set().union(*held) - part for one, part in zip(found, held, strict=True))
    assert all(abs(len(part) - 20) <= 2 for part in held)
    if by == "stratified":
        for one in found:
            counts = Counter(example.target for example in one.validation)
            assert max(counts.values()) - min(counts.values()) <= 2
    assert any("part 1 of 4" in warning for warning in found[0].summary["warnings"])


def test_groups_and_near_copies_stay_whole(desk):
    rows = [(sentence(n, 30), "ab"[n % 2], f"c{n // 3}") for n in range(60)]
    rows += [(f"{rows[n][0]} ok", rows[n][1], f"copy {n}") for n in range(0, 60, 5)]
    desk.write("a.csv", as_csv([("text", "label", "customer"), *rows]))
    for one in folds_of(desk, "a.csv", group="customer", target="label"):
        side = {example.id: name for name in ("train", "validation") for example in getattr(one, name)}
        groups = {}
        for example in (*one.train, *one.validation):
            groups.setdefault(example.group, set()).add(side[example.id])
        assert all(len(sides) == 1 for sides in groups.values())
        for n in range(0, 60, 5):
            pair = {side.get(f"a.csv:{n + 1}"), side.get(f"a.csv:{61 + n // 5}")}
            assert len(pair) == 1


def test_a_given_test_set_stays_as_it_is(desk):
    for name, start, count in (("train", 0, 60), ("dev", 100, 12), ("test", 200, 20)):
        rows = [(sentence(start + n), "ab"[n % 2]) for n in range(count)]
        desk.write(f"{name}.csv", as_csv([("text", "label"), *rows]))
    sources = Sources(train="train.csv", validation="dev.csv", test="test.csv")
    found = [desk.prepare(sources.model_dump(), split={"folds": 4, "fold": fold}) for fold in range(1, 5)]
    assert all(len(one.test) == 20 for one in found)
    assert sum(len(one.validation) for one in found) == 72


def test_labels_rarer_than_folds_do_not_stop_them(desk):
    rows = [(sentence(n), f"label {n // 3}") for n in range(90)]
    desk.write("a.csv", as_csv([("text", "label"), *rows]))
    found = folds_of(desk, "a.csv", task={"kind": "classify"})
    assert all(one.validation for one in found)


@pytest.mark.parametrize(
    "wrong",
    [{"fold": 2}, {"folds": 3, "fold": 4}, {"folds": 3, "by": "time"}, {"folds": 3, "by": "hash"}, {"folds": 1}],
)
def test_folds_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValidationError):
        SplitSettings.model_validate(wrong)


def test_training_rows_of_one_group_leave_no_validation(desk):
    rows = [(sentence(n), "ab"[n % 2], "g1", "train" if n < 20 else "test") for n in range(30)]
    desk.write("a.csv", as_csv([("text", "label", "customer", "part"), *rows]))
    (problem,) = desk.problems("a.csv", input="text", target="label", group="customer", split_column="part")
    assert "nothing is left for validation" in problem.got
