"""The conformance suite: what every metric must do, whoever wrote it. An installed plug-in is tested too."""

from typing import get_args

import numpy as np
import pytest
from made_up_answers import LABELS, draw_answers, draw_labels, draw_shares, draw_texts

from metier.core import TaskKind
from metier.evaluation import METRICS, Metric
from metier.evaluation.statistics.bootstrap import draw_weights, resample


def needing(name: str) -> list[pytest.MarkDecorator]:
    """Marks of a metric that needs a bundled model."""
    return [pytest.mark.builtin] if METRICS.get(name).model else []


@pytest.fixture(params=[pytest.param(name, marks=needing(name)) for name in METRICS.names()])
def metric(request: pytest.FixtureRequest) -> Metric:
    return METRICS.get(request.param)


RIGHT = {
    "text": ["late delivery", "late refund", "order 42 was sent"],
    "json": ['{"a": 1}', '{"a": 2, "b": ["x"]}', "[1, 2]"],
    "spans": ['{"drug": ["aspirin"]}', '[{"type": "drug", "text": "x"}]', '{"drug": ["y"], "pain": ["head"]}'],
    "labels": ['["a", "b"]', '["b"]', '["c"]'],
    "list": ['["a"]', '["b", "a"]', "c"],
    "number": ["-2", "3.5", "40"],
}
"""Right answers by the form that a metric takes."""


def right(metric: Metric) -> list[str]:
    return list(LABELS) if "classify" in metric.kinds else RIGHT[metric.form]


def some(metric: Metric, n: int = 40) -> tuple[list[str], list[str], tuple[str, ...]]:
    """Targets, answers that are right now and then, and labels."""
    rng = np.random.default_rng(7)
    if "classify" in metric.kinds:
        targets = draw_labels(rng, n)
        return targets, draw_answers(rng, targets, rng.random(n) < 0.6), LABELS
    if metric.form != "text":
        chosen = [RIGHT[metric.form][i] for i in rng.integers(3, size=2 * n)]
        return chosen[:n], chosen[n:], ()
    targets, others = draw_texts(rng, n), draw_texts(rng, n)
    return targets, [t if i % 3 == 0 else o for i, (t, o) in enumerate(zip(targets, others, strict=True))], ()


def some_statistics(metric: Metric) -> np.ndarray:
    """Of answers, or where the metric looks at them, of probabilities."""
    targets, answers, labels = some(metric)
    if metric.of_shares is None:
        return metric.statistics(targets, answers, labels)
    return metric.of_shares(targets, draw_shares(np.random.default_rng(3), len(targets)), labels)


def test_is_called_like_its_file(metric: Metric):
    assert METRICS.get(metric.name) is metric


def test_says_what_it_is_for(metric: Metric):
    assert metric.kinds
    assert set(metric.kinds) <= set(get_args(TaskKind))
    assert metric.better in ("higher", "lower")
    assert metric.range[0] < metric.range[1]


def worst(metric: Metric) -> float:
    """The bad end of the range."""
    return metric.range[0] if metric.better == "higher" else metric.range[1]


def test_right_answers_are_best(metric: Metric):
    best = metric.range[1] if metric.better == "higher" else metric.range[0]
    targets = right(metric)
    assert metric.point(targets, targets, LABELS) == pytest.approx(best, abs=1e-12)


def test_wrong_answers_are_worse(metric: Metric):
    if not metric.reference:
        return
    targets = right(metric)
    sign = 1 if metric.better == "higher" else -1
    wrong = [*targets[1:], targets[0]]
    assert sign * metric.point(targets, wrong, LABELS) < sign * metric.point(targets, targets, LABELS)


def test_stays_inside_its_range(metric: Metric):
    targets, answers, labels = some(metric)
    for target, answer in zip(targets, answers, strict=True):
        assert metric.range[0] <= metric.point([target], [answer], labels) <= metric.range[1]
    statistics = some_statistics(metric)
    values = metric.values(statistics, np.random.default_rng(1).integers(3, size=(50, len(statistics))).astype(float))
    assert ((metric.range[0] <= values) & (values <= metric.range[1])).all()


def test_order_of_items_does_not_matter(metric: Metric):
    targets, answers, labels = some(metric)
    order = np.random.default_rng(0).permutation(len(targets))
    shuffled = metric.point([targets[i] for i in order], [answers[i] for i in order], labels)
    assert shuffled == pytest.approx(metric.point(targets, answers, labels), abs=1e-12)


def test_takes_empty_answers(metric: Metric):
    targets = right(metric)
    expected = worst(metric) if metric.chance is None else metric.chance
    if np.isinf(expected):  # errors of numbers: as one who always says the mean
        mean = str(np.mean([float(target) for target in targets]))
        expected = metric.point(targets, [mean] * len(targets), LABELS)
    if metric.reference:
        assert metric.point(targets, [""] * len(targets), LABELS) == pytest.approx(expected)
    assert np.isfinite(metric.point([""], [""], LABELS))


def test_same_answers_give_the_same_value(metric: Metric):
    targets, answers, labels = some(metric)
    assert metric.point(targets, answers, labels) == metric.point(targets, answers, labels)


def test_unit_weights_give_the_point_value(metric: Metric):
    targets, answers, labels = some(metric)
    statistics = metric.statistics(targets, answers, labels)
    assert statistics.shape[0] == len(targets)
    assert (statistics >= 0).all()
    weighted = metric.values(statistics, np.ones((3, len(targets))))
    assert weighted.shape == (3,)
    assert weighted == pytest.approx([metric.point(targets, answers, labels)] * 3, abs=1e-12)
    assert resample(metric, statistics, seed=0, num_resamples=10).value == pytest.approx(weighted[0], abs=1e-12)


def test_weights_are_how_often_an_item_counts(metric: Metric):
    statistics = some_statistics(metric)
    weights = np.array([1 + i % 2 for i in range(len(statistics))], dtype=float)
    twice = statistics[[i for i in range(len(statistics)) for _ in range(1 + i % 2)]]
    by_weight, by_copy = metric.values(statistics, weights[None]), metric.values(twice, np.ones((1, len(twice))))
    assert by_weight == pytest.approx(by_copy, abs=1e-12)


def test_resampled_clusters_are_resampled_items(metric: Metric):
    statistics = some_statistics(metric)
    clusters = np.repeat(np.arange(len(statistics) // 4), 4)
    found = resample(metric, statistics, clusters, seed=1, num_resamples=20)
    weights = next(draw_weights(len(statistics) // 4, 1, 20)).astype(float)[:, clusters]
    assert found.replicates == pytest.approx(metric.values(statistics, weights), abs=1e-9)
    assert len(found.left_out) == len(statistics) // 4
    assert found.interval(0.95).low <= found.value <= found.interval(0.95).high


def test_sums_of_nothing_have_a_value(metric: Metric):
    statistics = some_statistics(metric)
    empty = metric.values(statistics, np.zeros((1, len(statistics))))
    assert metric.range[0] <= empty[0] <= metric.range[1]


def test_certain_answers_are_judged_as_their_probabilities(metric: Metric):
    if metric.of_shares is None:
        return
    targets, answers, labels = some(metric)
    certain = np.array([[float(answer == label) for label in labels] for answer in answers])
    statistics = metric.of_shares(targets, certain, labels)
    ones = np.ones((1, len(targets)))
    assert metric.values(statistics, ones)[0] == pytest.approx(metric.point(targets, answers, labels), abs=1e-12)


def test_a_proportion_is_the_mean_of_zeros_and_ones(metric: Metric):
    if not metric.proportion:
        return
    targets, answers, labels = some(metric)
    first = metric.statistics(targets, answers, labels)[:, 0]
    assert set(first.tolist()) <= {0.0, 1.0}
    assert first.mean() == pytest.approx(metric.point(targets, answers, labels), abs=1e-12)
