import random as chance
from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ticket_desk import as_csv, sentence, tickets

from metier.data import near_duplicates, subsample
from metier.data.dividing.splits import Group, Groups, random, stratified
from metier.data.settings import SplitSettings

SHARES = {"train": 0.7, "validation": 0.1, "test": 0.2}


@pytest.mark.parametrize(
    ("given_shares", "train"), [({"validation": 0.02}, 0.78), ({"validation": 0.05, "test": 0.3}, 0.65), ({}, 0.7)]
)
def test_a_share_left_out_for_training_is_what_the_others_leave(given_shares, train):
    assert SplitSettings.model_validate(given_shares).train == train


@pytest.mark.parametrize("given_shares", [{"validation": 0.9}, {"train": 0.8}, {"validation": 0.8, "test": 0.2}])
def test_shares_that_leave_nothing_are_refused(given_shares):
    with pytest.raises(ValueError, match=r"shares that sum to 1"):
        SplitSettings.model_validate(given_shares)


def singles(counts):
    labels = [label for label, count in counts.items() for _ in range(count)]
    return [Group((row,), (label,)) for row, label in enumerate(labels)]


def by_label(groups, splits):
    found = defaultdict(Counter)
    for group, split in zip(groups, splits, strict=True):
        for label in group.labels:
            found[label][split] += 1
    return found


def test_every_label_keeps_its_share():
    counts = {"a": 700, "b": 200, "c": 90, "d": 10}
    groups = singles(counts)
    found = by_label(groups, stratified(groups, SHARES, seed=1))
    for label, count in counts.items():
        for split, share in SHARES.items():
            assert abs(found[label][split] - share * count) <= 1.5, (label, split)
    assert abs(sum(found[label]["train"] for label in counts) - 700) <= 2


@pytest.mark.parametrize("seed", range(5))
def test_small_classes_are_learnt_and_measured(seed):
    groups = singles({f"label {n:02d}": 3 + n % 4 for n in range(60)} | {"one": 1, "two": 2})
    splits = stratified(groups, SHARES, seed=seed)
    found = by_label(groups, splits)
    assert all(found[label]["train"] for label in found)
    assert all(found[label]["test"] for label in found if label.startswith("label"))
    sizes = Counter(splits)
    assert abs(sizes["validation"] - 0.1 * len(groups)) <= 0.05 * len(groups)
    assert sizes["train"] > 0.5 * len(groups)


def test_the_same_seed_gives_the_same_split_and_another_another():
    groups = singles({"a": 50, "b": 30})
    assert stratified(groups, SHARES, seed=3) == stratified(groups, dict(reversed(SHARES.items())), seed=3)
    assert stratified(groups, SHARES, seed=3) != stratified(groups, SHARES, seed=4)


def test_random_keeps_sizes_and_ignores_labels():
    groups = singles({"a": 900, "b": 100})
    renamed = [Group(group.rows, ("x",)) for group in groups]
    assert random(groups, SHARES, seed=5) == random(renamed, SHARES, seed=5)
    assert Counter(random(groups, SHARES, seed=5)) == {"train": 700, "test": 200, "validation": 100}


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 12), min_size=3, max_size=40),
    labels=st.integers(1, 6),
    seed=st.integers(0, 2**62),
)
def test_no_split_stays_empty_and_every_label_is_in_train(sizes, labels, seed):
    draw = chance.Random(seed)
    rows = iter(range(sum(sizes)))
    groups = [
        Group(tuple(next(rows) for _ in range(size)), tuple(str(draw.randrange(labels)) for _ in range(size)))
        for size in sizes
    ]
    splits = stratified(groups, SHARES, seed=seed)
    assert set(splits) == set(SHARES)
    holders = Counter(label for group in groups for label in set(group.labels))
    found = by_label(groups, splits)
    if len(groups) > 3 * labels:
        assert all(found[label]["train"] for label in holders)


def test_groups_join_in_chains():
    joined = Groups(6)
    joined.join(4, 2)
    joined.join(2, 0)
    joined.join(5, 5)
    assert joined.members() == [(0, 2, 4), (1,), (3,), (5,)]


def test_near_duplicates_and_groups_never_straddle_a_split(desk):
    draw = chance.Random(0)
    rows = []
    for number in range(300):
        text = sentence(draw.randrange(100), 14)
        rows.append((f"{text} {draw.choice(['!', '?', 'thanks', 'x'])}", "abc"[number % 3], f"c{draw.randrange(150)}"))
    desk.write("a.csv", as_csv([("text", "label", "customer"), *rows]))
    for seed in range(4):
        prepared = desk.prepare("a.csv", seed=seed, group="customer", target="label")
        examples = [(e, s) for s in SHARES for e in getattr(prepared, s)]
        assert prepared.summary["near_duplicates"]["clusters"]
        for cluster in near_duplicates([example.input for example, _ in examples]):
            assert len({examples[place][1] for place in cluster}) == 1
        sides = defaultdict(set)
        for example, split in examples:
            sides[example.group].add(split)
        assert all(len(splits) == 1 for splits in sides.values())


def test_rows_that_are_all_copies_of_a_template_are_divided_and_said(desk):
    text = "the customer number {} has a ticket that is closed and waits for an answer of the desk"
    desk.write("a.csv", as_csv([("text", "label"), *[(text.format(n), "ab"[n % 2]) for n in range(40)]]))
    prepared = desk.prepare("a.csv")
    words = "Near copies of one another: 40 of 40 rows. They are divided all the same"
    assert [text for text in prepared.summary["warnings"] if text.startswith(words)]


def test_too_few_groups_for_a_split(desk):
    rows = [(sentence(n), "ab"[n % 2], f"c{n % 2}") for n in range(40)]
    desk.write("a.csv", as_csv([("text", "label", "customer"), *rows]))
    problem = desk.problem("a.csv", group="customer")
    assert problem.got == "40 usable rows in 2 groups; nothing is left for validation"


def test_too_few_rows_that_are_no_near_copies(desk):
    texts = [f"{sentence(number % 2, 60)} {number}" for number in range(40)]
    desk.write("a.csv", as_csv([("text", "label"), *[(text, "ab"[n % 2]) for n, text in enumerate(texts)]]))
    problem = desk.problem("a.csv")
    assert (problem.path, problem.got) == (
        *("", "40 usable rows that are near copies in 2 groups; nothing is left for validation"),
    )


def test_shares_are_followed(desk):
    desk.write("a.csv", as_csv([("text", "label"), *tickets(200)]))
    prepared = desk.prepare("a.csv", split={"train": 0.5, "validation": 0.25, "test": 0.25})
    assert prepared.summary["splits"] == {"train": 100, "validation": 50, "test": 50}
    assert prepared.summary["split"] == "stratified"
    assert desk.prepare("a.csv", split={"by": "random"}).summary["split"] == "random"


def test_another_seed_moves_rows_and_the_same_does_not(desk):
    desk.write("a.csv", as_csv([("text", "label"), *tickets(60)]))
    assert desk.prepare("a.csv", seed=1) == desk.prepare("a.csv", seed=1)
    assert desk.prepare("a.csv", seed=1).test != desk.prepare("a.csv", seed=2).test


def test_fewer_rows_keep_the_shares_and_the_rest_is_left_out(desk):
    rows = [(sentence(n), "a" if n % 4 else "b") for n in range(200)]
    desk.write("a.csv", as_csv([("text", "label"), *rows]))
    everything, some = desk.prepare("a.csv"), desk.prepare("a.csv", max_rows=40)
    assert Counter(example.target for example in some.train) == {"a": 30, "b": 10}
    assert some.test == everything.test
    assert {example.id for example in some.train} <= {example.id for example in everything.train}
    left = [row for row in some.ledger if row.status == "left_out"]
    assert len(left) == len(everything.train) - 40
    assert left[0].why == "data.max_rows is 40; drawn by the seed"


@settings(max_examples=80, deadline=None)
@given(counts=st.lists(st.integers(1, 40), min_size=1, max_size=8), size=st.integers(1, 60), seed=st.integers(0, 9))
def test_a_subsample_has_its_size_and_every_label_that_fits(counts, size, seed):
    labels = [str(label) for label, count in enumerate(counts) for _ in range(count)]
    chosen = subsample(labels, size, seed=seed)
    assert len(chosen) == min(size, len(labels)) == len(set(chosen))
    assert chosen == sorted(chosen)
    kept = Counter(labels[place] for place in chosen)
    if size >= len(counts):
        assert set(kept) == set(labels)
        assert all(
            abs(kept[str(label)] - count * len(chosen) / len(labels)) <= len(counts)
            for label, count in enumerate(counts)
        )
