"""Rows of a prepared data set are read back in their order, most of many from the disk, and are the same everywhere."""

import tracemalloc

import pytest
from ticket_desk import as_jsonl, sentence

from metier.core import Example, Message
from metier.data import load, staged
from metier.data.storing.tables import stage_examples, write_examples

ROWS = [
    Example(
        id=f"a.jsonl:{number}",
        input=f"{sentence(number)} 我的卡\n\u2028",
        target=None if number % 5 == 0 else f'["{number}"]',
        history=(Message(role="system", content="Be kind."), Message(role="user", content="hi", weight=0.5)),
        group="g" if number % 2 else None,
        readers=None if number % 3 else ("ann", "bob"),
        weight=0.25 + number % 2,
        fields={"n": number, "none": None, "answers": ["a", "b"]},
    )
    for number in range(1, 40)
]


def test_examples_are_the_same_from_memory_and_from_the_disk(tmp_path, monkeypatch):
    write_examples(tmp_path / "rows.parquet", ROWS)
    held = stage_examples(tmp_path / "rows.parquet")
    monkeypatch.setattr(staged, "IN_MEMORY", 5_000)
    set_aside = stage_examples(tmp_path / "rows.parquet")
    assert ROWS == list(held) == list(set_aside)
    assert held == set_aside
    assert set_aside == ROWS
    assert set_aside != ROWS[:-1]
    assert [set_aside[place] for place in (38, 0, -1, 20)] == [ROWS[place] for place in (38, 0, -1, 20)]
    assert set_aside[3:5] == tuple(ROWS[3:5])


def test_a_large_training_set_is_not_held(desk, monkeypatch):
    monkeypatch.setattr(staged, "IN_MEMORY", 200_000)
    long = " ".join(["word"] * 400)
    rows = ({"text": f"{sentence(n)} {long} {n}", "label": "ab"[n % 2]} for n in range(1_500))
    desk.write("a.jsonl", as_jsonl(rows))
    prepared = desk.prepare("a.jsonl", split={"validation": 0.05, "test": 0.05, "by": "random"}, group="text")
    prepared.save(desk.folder / "run")
    tracemalloc.start()
    dataset = load(desk.folder / "run")
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(dataset.train) == len(prepared.train) > 1_000
    assert after < 1_000_000 < sum(len(example.input) for example in dataset.train)
    assert dataset.train == prepared.train


@pytest.mark.parametrize("count", [1, 300])
def test_token_ids_of_rows_are_shared(count):
    from metier.training import Row

    first, second = (Row(id=name, ids=tuple(int(f"{n}") for n in range(1_000, 1_000 + count))) for name in "ab")
    assert all(one is other for one, other in zip(first.ids, second.ids, strict=True))
    assert first == Row(id="a", ids=first.ids)
