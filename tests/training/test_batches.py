from metier.training.batches import micro_batches, steps_of_epoch
from metier.training.rows import Row


def test_an_epoch_sees_every_row_once_in_an_order_of_its_own() -> None:
    first = steps_of_epoch(103, batch_size=8, seed=1, epoch=0)
    assert sorted(i for step in first for i in step) == list(range(103))
    assert [len(step) for step in first] == [8] * 12 + [7]
    assert first == steps_of_epoch(103, batch_size=8, seed=1, epoch=0)
    assert first != steps_of_epoch(103, batch_size=8, seed=1, epoch=1)


def test_micro_batches_keep_to_their_tokens() -> None:
    rows = [Row(id=str(n), ids=(0,) * n, weights=(1.0,) * n) for n in (3, 50, 8, 9, 200, 4)]
    groups = micro_batches(rows, range(6), max_tokens=60)
    assert sorted(row.id for group in groups for row in group) == sorted(row.id for row in rows)
    assert all(len(group) == 1 or len(group) * len(group[0].ids) <= 60 for group in groups)
