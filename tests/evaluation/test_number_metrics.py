"""Measures of numbers against scikit-learn and scipy."""

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from metier.core import Example, Prediction, Task
from metier.evaluation import METRICS, compare, find_metrics, measure
from metier.evaluation.statistics.bootstrap import resample

NAMES = ("r_squared", "mean_absolute_error", "root_mean_squared_error", "pearson", "spearman")


def made(seed: int) -> tuple[list[str], list[str]]:
    """Targets and answers of very different size, sign and number of ties."""
    rng = np.random.default_rng(seed)
    digits, size = int(rng.integers(0, 4)), 10.0 ** rng.integers(-1, 6)
    wanted = rng.normal(rng.normal() * size, size, int(rng.integers(3, 200))).round(digits)
    given = (rng.normal() * wanted + rng.normal(0, size, len(wanted))).round(digits)
    return [repr(float(v)) for v in wanted], [repr(float(v)) for v in given]


@pytest.mark.parametrize("seed", range(30))
def test_equal_to_the_reference(seed: int):
    targets, answers = made(seed)
    wanted, given = np.array(targets, dtype=float), np.array(answers, dtype=float)
    if not np.ptp(wanted) or not np.ptp(given):
        pytest.skip("a correlation needs numbers that vary")
    expected = {
        "r_squared": r2_score(wanted, given),
        "mean_absolute_error": mean_absolute_error(wanted, given),
        "root_mean_squared_error": root_mean_squared_error(wanted, given),
        "pearson": pearsonr(wanted, given).statistic,
        "spearman": spearmanr(wanted, given).statistic,
    }
    found = {name: METRICS.get(name).point(targets, answers) for name in NAMES}
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_every_resample_is_what_the_reference_makes_of_it():
    targets, answers = made(3)
    wanted, given = np.array(targets, dtype=float), np.array(answers, dtype=float)
    weights = np.random.default_rng(0).multinomial(len(targets), [1 / len(targets)] * len(targets), size=5)
    for name, reference in (("r_squared", r2_score), ("spearman", lambda a, b: spearmanr(a, b).statistic)):
        metric = METRICS.get(name)
        found = metric.values(metric.statistics(targets, answers, ()), weights.astype(float))
        expected = [reference(np.repeat(wanted, w), np.repeat(given, w)) for w in weights]
        assert found == pytest.approx(expected, abs=1e-9)


def test_targets_that_do_not_vary():
    assert METRICS.get("r_squared").point(["3", "3"], ["3", "3"]) == r2_score([3, 3], [3, 3]) == 1
    assert METRICS.get("r_squared").point(["3", "3"], ["3", "4"]) == r2_score([3, 3], [3, 4]) == 0
    for name in ("pearson", "spearman"):
        assert METRICS.get(name).point(["1", "2"], ["5", "5"]) == 0


def test_an_answer_without_a_number_knows_nothing():
    targets = ["1", "2", "6"]
    assert METRICS.get("r_squared").point(targets, [""] * 3) == 0
    assert METRICS.get("mean_absolute_error").point(targets, ["1", "2", ""]) == 1
    assert METRICS.get("closeness").point(targets, ["1", "2", ""]) == pytest.approx(2 / 3)


def test_closeness_of_single_answers():
    metric = METRICS.get("closeness")
    statistics = metric.statistics(["0", "10", "20"], ["0", "5", "100"], ())  # 6.67 off is usual
    assert metric.value(statistics) == pytest.approx([1, 0.25, 0])


def predictions(answers: list[str]) -> list[Prediction]:
    return [Prediction(id=str(n), text=text) for n, text in enumerate(answers)]


TARGETS = [str(n % 9) for n in range(60)]
EXAMPLES = [Example(id=str(n), input="", target=text) for n, text in enumerate(TARGETS)]
TASK = Task(kind="regress", instruction="")


@pytest.mark.parametrize("primary", NAMES)
def test_the_best_has_the_least_error_or_the_most_of_the_rest(primary: str):
    rng = np.random.default_rng(0)
    near, far = ([str(float(t) + rng.normal(0, size)) for t in TARGETS] for size in (0.5, 4))
    measured = {
        name: measure(TASK, EXAMPLES, predictions(texts), [primary]) for name, texts in (("far", far), ("near", near))
    }
    compared = compare(measured, primary)
    assert compared.best == "near"
    assert compared.differences["far"].significant
    assert compared.optimism >= 0
    for one in measured.values():
        assert np.isfinite([one.scores[primary].low, one.scores[primary].high]).all()


@pytest.mark.parametrize("name", NAMES)
def test_intervals_are_finite_where_nothing_varies(name: str):
    metric = METRICS.get(name)
    same = resample(metric, metric.statistics(TARGETS, TARGETS, ()), seed=0, num_resamples=50)
    for found in (same.interval(0.95), same.minus(same).interval(0.95)):
        assert np.isfinite([found.low, found.high]).all()
        assert found.low <= found.value <= found.high


def test_errors_in_the_targets_unit_cannot_decide(tmp_path):
    metrics, problems = find_metrics(["mean_absolute_error", "r_squared"], "regress", folder=tmp_path)
    assert [problem.remedy for problem in problems] == ["name 'r_squared' before it"]
    metrics, problems = find_metrics(["spearman", "mean_absolute_error"], "regress", folder=tmp_path)
    assert not problems
    assert [metric.better for metric in metrics] == ["higher", "lower"]
