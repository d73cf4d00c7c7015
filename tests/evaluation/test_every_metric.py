"""The conformance suite: what every metric must do, whoever wrote it. An installed plug-in is tested too."""

import numpy as np
import pytest
from made_up_answers import LABELS, draw_labels, draw_texts

from metier.evaluation import METRICS, Metric
from metier.evaluation.bootstrap import resample


@pytest.fixture(params=METRICS.names())
def metric(request: pytest.FixtureRequest) -> Metric:
    return METRICS.get(request.param)


def some(metric: Metric, n: int = 40) -> tuple[list[str], list[str], tuple[str, ...]]:
    """Targets, answers that are right now and then, and labels."""
    rng = np.random.default_rng(7)
    if "classify" in metric.kinds:
        return draw_labels(rng, n), draw_labels(rng, n), LABELS
    targets, others = draw_texts(rng, n), draw_texts(rng, n)
    return targets, [t if i % 3 == 0 else o for i, (t, o) in enumerate(zip(targets, others, strict=True))], ()


def test_is_called_like_its_file(metric: Metric):
    assert METRICS.get(metric.name) is metric


def test_says_what_it_is_for(metric: Metric):
    assert metric.kinds
    assert set(metric.kinds) <= {"classify", "generate", "chat"}
    assert metric.better in ("higher", "lower")
    assert metric.range[0] < metric.range[1]


def test_right_answers_are_best(metric: Metric):
    targets = ["delivery", "late refund", "order 42 was sent"] if "classify" not in metric.kinds else list(LABELS)
    best = metric.range[1] if metric.better == "higher" else metric.range[0]
    assert metric.point(targets, targets, LABELS) == pytest.approx(best, abs=1e-12)


def test_one_wrong_answer_is_worse(metric: Metric):
    right = list(LABELS)
    sign = 1 if metric.better == "higher" else -1
    assert sign * metric.point(right, [*right[:-1], "billing"], LABELS) < sign * metric.point(right, right, LABELS)


def test_stays_inside_its_range(metric: Metric):
    targets, answers, labels = some(metric)
    for target, answer in zip(targets, answers, strict=True):
        assert metric.range[0] <= metric.point([target], [answer], labels) <= metric.range[1]
    assert metric.range[0] < metric.point(targets, answers, labels) < metric.range[1]


def test_order_of_items_does_not_matter(metric: Metric):
    targets, answers, labels = some(metric)
    order = np.random.default_rng(0).permutation(len(targets))
    shuffled = metric.point([targets[i] for i in order], [answers[i] for i in order], labels)
    assert shuffled == pytest.approx(metric.point(targets, answers, labels), abs=1e-12)


def test_takes_empty_answers(metric: Metric):
    targets = list(LABELS)
    worst = metric.range[0] if metric.better == "higher" else metric.range[1]
    assert metric.point(targets, [""] * len(targets), LABELS) == pytest.approx(worst)
    assert np.isfinite(metric.point([""], [""], LABELS))


def test_same_answers_give_the_same_value(metric: Metric):
    targets, answers, labels = some(metric)
    assert metric.point(targets, answers, labels) == metric.point(targets, answers, labels)


def test_sum_of_statistics_with_unit_weights_is_the_point_value(metric: Metric):
    targets, answers, labels = some(metric)
    statistics = metric.statistics(targets, answers, labels)
    assert statistics.shape[0] == len(targets)
    assert (statistics >= 0).all()
    weighted = metric.value(np.ones((3, len(targets))) @ statistics)
    assert weighted.shape == (3,)
    assert weighted == pytest.approx([metric.point(targets, answers, labels)] * 3, abs=1e-12)
    assert resample(metric, statistics, seed=0, num_resamples=10).value == pytest.approx(weighted[0], abs=1e-12)


def test_doubled_items_count_like_a_weight_of_two(metric: Metric):
    targets, answers, labels = some(metric)
    weights = np.array([[1 + i % 2 for i in range(len(targets))]], dtype=float)
    twice = [i for i in range(len(targets)) for _ in range(1 + i % 2)]
    by_weight = metric.value(weights @ metric.statistics(targets, answers, labels))[0]
    by_copy = metric.point([targets[i] for i in twice], [answers[i] for i in twice], labels)
    assert by_weight == pytest.approx(by_copy, abs=1e-12)


def test_sums_of_nothing_have_a_value(metric: Metric):
    targets, answers, labels = some(metric)
    empty = metric.value(np.zeros((1, metric.statistics(targets, answers, labels).shape[1])))
    assert metric.range[0] <= empty[0] <= metric.range[1]


def test_a_proportion_is_the_mean_of_zeros_and_ones(metric: Metric):
    if not metric.proportion:
        return
    targets, answers, labels = some(metric)
    first = metric.statistics(targets, answers, labels)[:, 0]
    assert set(first.tolist()) == {0.0, 1.0}
    assert first.mean() == pytest.approx(metric.point(targets, answers, labels), abs=1e-12)
