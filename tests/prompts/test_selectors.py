"""Every demonstration selector keeps the same promises; a new one is met by them through its file alone."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from metier.core import Example
from metier.prompts import SELECTORS, Choose

LABELS = ("card", "login", "refund")
POOL = [
    Example(id=f"r{number}", input=f"text {number}", target=LABELS[number % 3], group=f"g{number // 4}")
    for number in range(24)
]
QUESTIONS = [Example(id=f"q{number}", input=f"question {number}") for number in range(5)]


def embed(texts: Sequence[str]) -> Any:
    """Unit vectors that depend on the text alone; the same number in two texts makes them alike."""
    if not texts:
        return np.zeros((0, 8), dtype=np.float32)
    seeds = [int("".join(filter(str.isdigit, text)) or 0) for text in texts]
    vectors = np.stack([np.random.default_rng(seed).normal(size=8) for seed in seeds])
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(params=SELECTORS.names())
def choose(request: pytest.FixtureRequest) -> Choose:
    return SELECTORS.get(request.param)


@pytest.mark.parametrize("count", [1, 6, 24, 40])
def test_at_most_so_many_of_the_pool_for_each_question_none_twice(choose: Choose, count: int) -> None:
    chosen = choose(POOL, QUESTIONS, count=count, seed=0, embed=embed)
    assert len(chosen) == len(QUESTIONS)
    for shown in chosen:
        ids = [example.id for example in shown]
        assert len(ids) == min(count, len(POOL))
        assert len(set(ids)) == len(ids)
        assert set(ids) <= {example.id for example in POOL}


def test_the_same_seed_gives_the_same_choice(choose: Choose) -> None:
    first = choose(POOL, QUESTIONS, count=6, seed=3, embed=embed)
    assert choose(list(POOL), list(QUESTIONS), count=6, seed=3, embed=embed) == first


def test_a_choice_does_not_depend_on_the_other_questions(choose: Choose) -> None:
    together = choose(POOL, QUESTIONS, count=6, seed=3, embed=embed)
    alone = [choose(POOL, [question], count=6, seed=3, embed=embed)[0] for question in QUESTIONS]
    assert together == alone


def test_a_question_never_sees_its_own_row_or_group(choose: Choose) -> None:
    chosen = choose(POOL, POOL, count=20, seed=0, embed=embed)
    for question, shown in zip(POOL, chosen, strict=True):
        assert question not in shown
        assert question.group not in {example.group for example in shown}


@pytest.mark.parametrize("pool", [[], POOL[:1]])
def test_a_pool_smaller_than_wanted_is_no_error(choose: Choose, pool: list[Example]) -> None:
    assert choose(pool, QUESTIONS, count=4, seed=0, embed=embed) == [pool] * len(QUESTIONS)


def test_no_question_gets_no_answer(choose: Choose) -> None:
    assert choose(POOL, [], count=4, seed=0, embed=embed) == []


@pytest.mark.parametrize("name", ["random", "balanced"])
def test_another_seed_draws_others(name: str) -> None:
    drawn = {
        tuple(example.id for example in SELECTORS.get(name)(POOL, QUESTIONS, count=6, seed=seed, embed=embed)[0])
        for seed in range(5)
    }
    assert len(drawn) > 1


def test_balanced_shows_each_label_equally_often_even_where_the_pool_does_not() -> None:
    skewed = [
        Example(id=f"s{number}", input=f"text {number}", target="card" if number > 3 else LABELS[number % 3])
        for number in range(40)
    ]
    shown = SELECTORS.get("balanced")(skewed, QUESTIONS, count=4, seed=0, embed=embed)[0]
    counts = [sum(example.target == label for example in shown) for label in LABELS]
    assert sorted(counts) == [1, 1, 2]


def test_nearest_shows_the_most_similar_last() -> None:
    question = Example(id="q", input="question 7")
    shown = SELECTORS.get("nearest")(POOL, [question], count=5, seed=0, embed=embed)[0]
    similarities = embed([example.input for example in POOL]) @ embed([question.input])[0]
    best = np.argsort(-similarities, kind="stable")[:5][::-1]
    assert [example.id for example in shown] == [POOL[i].id for i in best]
    assert shown[-1].id == "r7"


def test_nearest_looks_beyond_a_large_group_of_its_own() -> None:
    """A customer with more messages than any shortlist still gets as many demonstrations as asked for."""
    own = [Example(id=f"o{number}", input="question 7", target="card", group="me") for number in range(200)]
    others = [Example(id=f"x{number}", input=f"text {number}", target="card", group="you") for number in range(3)]
    question = Example(id="q", input="question 7", group="me")
    shown = SELECTORS.get("nearest")([*own, *others], [question], count=3, seed=0, embed=embed)[0]
    assert {example.id for example in shown} == {"x0", "x1", "x2"}


def test_diverse_takes_one_of_near_copies_and_nearest_takes_them_all() -> None:
    places = {
        "question": (1.0, 0.0, 0.0),
        "copy": (0.9, 0.436, 0.0),
        "other": (0.8, -0.2, 0.566),
        "far": (0.0, 0.0, 1.0),
    }

    def placed(texts: Sequence[str]) -> Any:
        vectors = np.array([places[text] for text in texts], dtype=np.float32).reshape(-1, 3)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    pool = [
        Example(id=f"{text}{number}", input=text, target="card") for text in ("far", "copy", "other") for number in "12"
    ]
    question = [Example(id="q", input="question")]
    near = SELECTORS.get("nearest")(pool, question, count=2, seed=0, embed=placed)[0]
    assert [example.input for example in near] == ["copy", "copy"]
    shown = SELECTORS.get("diverse")(pool, question, count=2, seed=0, embed=placed)[0]
    assert [example.input for example in shown] == ["other", "copy"]


def test_diverse_is_marginal_relevance_by_its_definition_the_most_similar_last() -> None:
    question = Example(id="q", input="question 100")
    known, asked = embed([example.input for example in POOL]), embed([question.input])[0]
    picked: list[int] = []
    while len(picked) < 4:
        score = {
            i: 0.5 * known[i] @ asked - 0.5 * max((known[i] @ known[j] for j in picked), default=0.0)
            for i in range(len(POOL))
            if i not in picked
        }
        picked.append(max(score, key=lambda i: score[i]))
    shown = SELECTORS.get("diverse")(POOL, [question], count=4, seed=0, embed=embed)[0]
    expected = sorted(picked, key=lambda i: known[i] @ asked)
    assert [example.id for example in shown] == [POOL[i].id for i in expected]
