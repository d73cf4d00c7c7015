"""Every input row is in the ledger once, whatever is wrong with it."""

import random
from collections import Counter
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ticket_desk import Desk, as_csv, sentence

from metier.core import DataError
from metier.data import STATUSES
from metier.data.ledger import Ledger
from metier.data.understanding.entry import Entry

TEXTS = st.one_of(
    st.integers(0, 30).map(sentence),
    st.sampled_from(["", " ", "\u200b", "SAME text", "same  text", 'a,b\n"c"', "ﬁne"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12),
)
LABELS = st.sampled_from(["card", "refund", " card", "Refund", "", "nan", "odd", "7"])
GROUPS = st.sampled_from(["", "g1", "g2", "g3"])
SPLITS = st.sampled_from(["train", "train", "train", "test", "valid", "TEST", ""])
ROWS = st.lists(st.tuples(TEXTS, LABELS, GROUPS, SPLITS), min_size=12, max_size=60)


def account(prepared, rows):
    """What must hold of any prepared data set."""
    assert [(row.file, row.row) for row in prepared.ledger] == [("a.csv", n) for n in range(1, rows + 1)]
    assert len({row.id for row in prepared.ledger}) == rows
    assert {row.status for row in prepared.ledger} <= set(STATUSES)
    assert all(bool(row.why) == (row.status != "kept") == (row.split is None) for row in prepared.ledger)
    totals = prepared.summary["totals"]
    assert sum(sum(by_split.values()) for by_split in totals.values()) == rows == prepared.summary["rows"]
    counted = Counter((row.status, row.split or "") for row in prepared.ledger)
    assert {(s, p): n for s, by_split in totals.items() for p, n in by_split.items()} == counted
    kept = {row.id: row.split for row in prepared.ledger if row.status == "kept"}
    splits = {"train": prepared.train, "validation": prepared.validation, "test": prepared.test}
    assert {example.id: split for split, examples in splits.items() for example in examples} == kept
    assert all(examples for examples in splits.values())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, limited=st.booleans(), grouped=st.booleans(), given_split=st.booleans())
def test_totals_are_the_rows_that_came_in(tmp_path, rows, limited, grouped, given_split):
    desk = Desk(tmp_path)
    desk.write("a.csv", as_csv([("text", "label", "customer", "part"), *rows]))
    named = {"input": "text", "target": "label"}
    if grouped:
        named["group"] = "customer"
    if given_split:
        named["split_column"] = "part"
    with suppress(DataError):
        prepared = desk.prepare("a.csv", task={"kind": "classify"}, max_rows=10 if limited else None, **named)
        account(prepared, len(rows))


def test_a_large_dirty_table_is_accounted_for(desk):
    chance = random.Random(0)
    labels = ["card", "refund", "login", "", " card"]
    rows = [(sentence(chance.randrange(700)), chance.choice(labels), f"c{n % 90}", "") for n in range(1_000)]
    rows += [("", "card", "c1", "")] * 7
    desk.write("a.csv", as_csv([("text", "label", "customer", "part"), *rows]))
    for seed in range(3):
        prepared = desk.prepare("a.csv", seed=seed, group="customer", max_rows=50)
        account(prepared, 1_007)
        assert prepared.summary["totals"]["empty"] == {"": 7}
        assert len(prepared.train) == 50
        groups = [{e.group for e in part} for part in (prepared.train, prepared.validation, prepared.test)]
        assert sum(map(len, groups)) == len(set.union(*groups))


def test_a_mark_is_final():
    ledger = Ledger([Entry(id="a:1", file="a", row=1, input="x", target="y")])
    ledger.mark(0, "empty", "why")
    with pytest.raises(AssertionError):
        ledger.mark(0, "duplicate", "again")
    with pytest.raises(AssertionError):
        ledger.place(0, "train")
