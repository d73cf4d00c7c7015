import numpy as np

from metier.evaluation.statistics.clusters import clusters_of, sum_by_cluster


def test_groups_are_numbered_as_they_appear():
    clusters = clusters_of(["b", "a", None, "b", None])
    assert clusters is not None
    assert clusters.tolist() == [0, 1, 2, 0, 3]


def test_a_group_is_not_mistaken_for_a_lone_item():
    clusters = clusters_of([None, "0", "0"])
    assert clusters is not None
    assert clusters.tolist() == [0, 1, 1]


def test_lone_items_are_no_clusters():
    assert clusters_of([None, None]) is None
    assert clusters_of(["a", "b", None]) is None


def test_sums_are_those_of_a_loop():
    rng = np.random.default_rng(0)
    statistics = rng.integers(0, 200, size=(500, 4)).astype(np.uint8)
    clusters = clusters_of([f"{i}" for i in rng.integers(60, size=500)])
    assert clusters is not None
    expected = [statistics[clusters == cluster].sum(axis=0, dtype=float) for cluster in range(clusters.max() + 1)]
    assert (sum_by_cluster(statistics, clusters) == np.array(expected)).all()
