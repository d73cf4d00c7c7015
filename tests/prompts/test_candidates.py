from collections import Counter

from metier.prompts import Candidate, draw_candidates

DEFAULT = Candidate(demonstrations=3, choose="nearest")


def draw(count: int = 40, *, bootstrapped: bool = True, seed: int = 0, **levels: object) -> list[Candidate]:
    grid = {
        "phrasings": ["plain", "quoted", "task", "brief"],
        "words": ["plain", "capital"],
        "demonstrations": [0, 2, 4, 8],
        "choose": ["balanced", "nearest", "diverse"],
    }
    return draw_candidates(count, default=DEFAULT, bootstrapped=bootstrapped, seed=seed, **(grid | levels))  # type: ignore[arg-type]


def test_the_recipes_prompt_is_always_the_first_candidate_and_none_comes_twice() -> None:
    for count in (2, 10, 40):
        found = draw(count)
        assert found[0] == DEFAULT
        assert len(set(found)) == len(found) == count
        assert len({str(one) for one in found}) == count  # a name for each


def test_every_phrasing_comes_about_equally_often() -> None:
    counts = Counter(one.phrasing for one in draw()[1:])
    assert set(counts) == {"plain", "quoted", "task", "brief"}
    assert min(counts.values()) >= 6  # of 39; less than a quarter each, as what was drawn twice is left out


def test_a_small_grid_is_taken_whole() -> None:
    found = draw(40, phrasings=["plain", "quoted"], words=["plain"], demonstrations=[0], choose=["nearest"])
    assert set(found) == {DEFAULT, Candidate(), Candidate(phrasing="quoted")}


def test_what_means_nothing_makes_no_difference() -> None:
    """Without demonstrations there is no order; drawn ones are in no order of likeness to turn round."""
    for one in draw():
        if not one.demonstrations:
            assert (one.choose, one.order, one.own) == ("nearest", "as_chosen", False)
        if one.choose == "balanced":
            assert one.order == "as_chosen"
    assert any(one.own for one in draw())
    assert not any(one.own for one in draw(bootstrapped=False))


def test_the_same_seed_draws_the_same_candidates() -> None:
    assert draw(seed=1) == draw(seed=1)
    assert draw(seed=1) != draw(seed=2)
