from random import Random

import pytest

from metier.models.trees.forest import plant
from metier.training.batching.batches import Layout, epoch_order, groups_of, micro_batches
from metier.training.rows import Row


def row(name: int | str, ids: tuple[int, ...]) -> Row:
    return Row(id=str(name), ids=ids, weights=(1.0,) * len(ids))


def documents(count: int, questions: int) -> list[Row]:
    """Rows of one instruction, some documents and several questions about each."""
    instruction = tuple(range(50))
    made = [
        row(f"{d}-{q}", (*instruction, *(100 + d,) * 80, 500 + q, 600 + q))
        for d in range(count)
        for q in range(questions)
    ]
    Random(0).shuffle(made)
    return made


def test_an_epoch_sees_every_row_once_in_an_order_of_its_own() -> None:
    groups = [[i] for i in range(103)]
    first = epoch_order(groups, order="shuffled", seed=1, epoch=0)
    assert sorted(first) == list(range(103))
    assert first == epoch_order(groups, order="shuffled", seed=1, epoch=0)
    assert first != epoch_order(groups, order="shuffled", seed=1, epoch=1)
    assert epoch_order(groups, order="given", seed=1, epoch=1) == list(range(103))


def test_rows_of_a_document_stay_together_while_documents_are_shuffled() -> None:
    rows = documents(10, 4)
    groups = groups_of(rows, at_most=8)
    assert sorted(len(group) for group in groups) == [4] * 10
    order = epoch_order(groups, order="grouped", seed=3, epoch=0)
    names = [rows[i].id.split("-")[0] for i in order]
    assert [names[i : i + 4] for i in range(0, 40, 4)] == [[names[i]] * 4 for i in range(0, 40, 4)]
    assert names != [rows[i].id.split("-")[0] for i in epoch_order(groups, order="grouped", seed=3, epoch=1)]


def test_a_shared_instruction_alone_does_not_group_rows() -> None:
    rows = [row(i, (*range(60), 100 + i, 200 + i)) for i in range(12)]
    assert groups_of(rows, at_most=8) == [[i] for i in range(12)]


def test_large_groups_are_cut() -> None:
    assert max(map(len, groups_of(documents(2, 40), at_most=8))) == 8


@pytest.mark.parametrize("layout", ["padded", "chain", "tree"])
def test_micro_batches_keep_to_their_tokens(layout: Layout) -> None:
    rows = documents(5, 3) + [row(n, (0,) * n) for n in (3, 50, 8, 9, 400, 4)]
    groups = micro_batches(rows, max_tokens=300, layout=layout)
    assert sorted(r.id for group in groups for r in group) == sorted(r.id for r in rows)
    for group in groups:
        ids = [r.ids for r in group]
        computed = {
            "padded": len(group) * max(map(len, ids)),
            "chain": sum(map(len, ids)),
            "tree": len(plant(ids).ids),
        }[layout]
        assert len(group) == 1 or computed <= 300


def test_trees_need_fewer_micro_batches() -> None:
    rows = documents(5, 3)
    assert len(micro_batches(rows, max_tokens=300, layout="tree")) < len(
        micro_batches(rows, max_tokens=300, layout="chain")
    )
