"""Difficult rows are those near the border between labels, each label keeping its share; wrong labels are no aim."""

from random import Random

from metier.data.labelling import most_difficult

OWN = {"card": "card pin chip stolen blocked", "login": "password account code sign forgot"}


def rows_of(count: int, label: str, words: str, seed: int) -> list[tuple[str, str]]:
    draw = Random(seed)
    return [(" ".join(draw.choices(words.split(), k=6)), label) for _ in range(count)]


def test_rows_between_the_labels_come_first() -> None:
    easy = rows_of(60, "card", OWN["card"], 1) + rows_of(60, "login", OWN["login"], 2)
    halves = [rows_of(20, "", words, seed) for seed, words in enumerate(OWN.values(), 3)]
    hard = [
        (" ".join([*one.split()[:3], *other.split()[:3]]), "card" if number % 2 else "login")
        for number, ((one, _), (other, _)) in enumerate(zip(*halves, strict=True))
    ]
    wrong = rows_of(6, "card", OWN["login"], 5) + rows_of(6, "login", OWN["card"], 6)
    every = easy + hard + wrong
    texts, labels = zip(*every, strict=True)
    chosen = most_difficult(texts, labels, 20, seed=0)
    assert chosen == sorted(chosen)
    assert len(chosen) == 20
    assert sum(labels[place] == "card" for place in chosen) == 10
    assert sum(120 <= place < 140 for place in chosen) >= 12
    assert sum(place >= 140 for place in chosen) <= 4
    assert chosen == most_difficult(texts, labels, 20, seed=0)


def test_few_rows_are_all_kept_and_rare_labels_do_not_fail() -> None:
    assert most_difficult(["a", "b"], ["x", "y"], 5, seed=0) == [0, 1]
    texts = [f"some words of mine {n}" for n in range(12)]
    assert len(most_difficult(texts, ["x"] * 9 + ["y", "y", "z"], 6, seed=0)) == 6
    assert len(most_difficult([f"w{n}" for n in range(12)], ["x", "y"] * 6, 4, seed=0)) == 4
