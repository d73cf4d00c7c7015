"""How much the winner flatters: the estimate is as large as the truth, on average."""

import numpy as np
import pytest
from made_up_answers import unscored

from metier.evaluation import compare


def race(seed: int, rights: list[float], n: int) -> tuple[float, float]:
    """The winner's luck, and what is said of it."""
    rng = np.random.default_rng(seed)
    hard = rng.random(n)
    answers = {
        str(index): np.where(np.where(rng.random(n) < 0.6, hard, rng.random(n)) < right, "yes", "no").tolist()
        for index, right in enumerate(rights)
    }
    compared = compare({name: unscored("accuracy", ["yes"] * n, given) for name, given in answers.items()}, "accuracy")
    return answers[compared.best].count("yes") / n - rights[int(compared.best)], compared.optimism


@pytest.mark.parametrize("rights", [[0.75] * 6, [0.7, 0.72, 0.74, 0.75, 0.76], [0.5, 0.6, 0.9], [0.75, 0.75]], ids=str)
def test_the_estimate_is_the_luck_on_average(rights: list[float]):
    luck, told = np.array([race(seed, rights, 150) for seed in range(150)]).T
    assert told.mean() == pytest.approx(luck.mean(), abs=0.008)
    assert (told >= 0).all()


def test_alone_there_is_no_luck():
    assert compare({"a": unscored("accuracy", ["yes", "no"], ["yes", "yes"])}, "accuracy").optimism == 0


def test_a_clear_winner_was_not_lucky():
    assert race(0, [0.4, 0.95], 200)[1] == 0


def test_it_holds_for_the_bootstrap_too():
    rng = np.random.default_rng(0)
    targets = rng.choice(["billing", "login"], size=120).tolist()
    measured = {
        str(i): unscored("macro_f1", targets, np.where(rng.random(120) < 0.7, targets, "other").tolist())
        for i in range(4)
    }
    assert 0.01 < compare(measured, "macro_f1").optimism < 0.08
