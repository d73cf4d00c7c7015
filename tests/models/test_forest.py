"""Forests: what is shared, where tokens stand, and who sees whom."""

from random import Random

import pytest

from metier.models.trees.forest import common, plant
from metier.models.trees.rectangles import Attending, pieces


def random_rows(seed: int) -> list[tuple[int, ...]]:
    """Rows with starts in common on several levels, duplicates and rows that begin others."""
    random = Random(seed)
    stems: list[tuple[int, ...]] = [()]
    for _ in range(random.randint(1, 6)):
        stems.append((*random.choice(stems), *(random.randint(3, 9) for _ in range(random.randint(1, 90)))))
    rows = [(*random.choice(stems), *(random.randint(3, 9) for _ in range(random.randint(1, 20)))) for _ in range(12)]
    return [*rows, rows[0], rows[1][:-1] or rows[1]]


def alone(rows: list[tuple[int, ...]], i: int) -> list[tuple[int, int]]:
    return list(enumerate(rows[i]))


@pytest.mark.parametrize("min_shared", [None, 1, 3, 8])
@pytest.mark.parametrize("seed", range(8))
def test_every_row_keeps_its_tokens_and_positions(seed: int, min_shared: int | None) -> None:
    rows = random_rows(seed)
    forest = plant(rows, min_shared=min_shared)
    for i, row in enumerate(rows):
        places = forest.places(i)
        assert tuple(forest.ids[p] for p in places) == row
        assert [forest.positions[p] for p in places] == list(range(len(row)))
    assert forest.tokens_given == sum(map(len, rows))
    assert (len(forest.ids) == forest.tokens_given) if min_shared is None else len(forest.ids) < forest.tokens_given


@pytest.mark.parametrize("seed", range(8))
def test_a_token_sees_its_own_path_and_nothing_else(seed: int) -> None:
    rows = random_rows(seed)
    forest = plant(rows)
    see = Attending(forest, "cpu").dense()
    for i in range(len(rows)):
        places = forest.places(i)
        for n, place in enumerate(places):
            assert see[place].nonzero()[:, 0].tolist() == places[: n + 1]


@pytest.mark.parametrize("seed", range(8))
def test_rectangles_cover_what_may_be_seen_once(seed: int) -> None:
    import torch

    forest = plant(random_rows(seed), min_shared=2)
    now = Attending(forest, "cpu")
    counted = torch.zeros(len(forest.ids), len(forest.ids), dtype=torch.long)
    for piece in pieces(forest):
        size = piece.q1 - piece.q0, piece.k1 - piece.k0
        part = {
            "full": torch.ones(size, dtype=torch.long),
            "causal": torch.ones(size, dtype=torch.long).tril(),
            "masked": (now.square(piece, torch.float32)[0, 0] == 0).long() if piece.form == "masked" else None,
        }[piece.form]
        counted[piece.q0 : piece.q1, piece.k0 : piece.k1] += part
    assert torch.equal(counted, now.dense().long())


@pytest.mark.parametrize("seed", range(8))
def test_rectangles_of_those_that_ask_cover_what_these_may_see_once(seed: int) -> None:
    import torch

    forest = plant(random_rows(seed), min_shared=2)
    asking = sorted(Random(seed).sample(range(len(forest.ids)), len(forest.ids) // 3))
    now = Attending(forest, "cpu", asking=torch.tensor(asking))
    counted = torch.zeros(len(asking), len(forest.ids), dtype=torch.long)
    for piece in now.pieces:
        size = piece.q1 - piece.q0, piece.k1 - piece.k0
        part = (now.square(piece, torch.float32)[0, 0] == 0).long() if piece.form == "masked" else torch.ones(size)
        counted[piece.q0 : piece.q1, piece.k0 : piece.k1] += part.long()
    assert torch.equal(counted, now.dense().long())
    assert torch.equal(now.dense(), Attending(forest, "cpu").dense()[asking])


def test_a_short_head_in_common_does_not_stop_longer_sharing() -> None:
    rows = [(1, 2, *range(10, 30), 5), (1, 2, *range(10, 30), 6), (1, 3, *range(40, 60), 5), (1, 3, *range(40, 60), 6)]
    assert len(plant(rows, min_shared=8).ids) == 22 + 1 + 1 + 22 + 1 + 1


def test_common_starts() -> None:
    assert common((1, 2, 3), (1, 2, 3)) == 3
    assert common((), (1,)) == 0
    assert common((*range(1000), 1), (*range(1000), 2, 3)) == 1000
