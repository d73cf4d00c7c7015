"""Charts: what is drawn where, and that names stay apart."""

from __future__ import annotations

import re

import numpy as np
import pytest

from metier.comparison.report.charts import (
    Part,
    Point,
    Scale,
    bar,
    columns,
    compact_map,
    curve,
    interval,
    labelled_matrix,
    readable_scale,
    scatter,
    unbeaten,
)
from metier.comparison.report.charts.curves import thinned
from metier.comparison.report.charts.placing import Box, place_names
from metier.comparison.report.charts.scale import even_scale, log_scale
from metier.comparison.report.charts.scatter import CostAxis
from metier.core import Score, TrainingCurve

HOSTILE = '"><script>alert(1)</script>'
AXIS = CostAxis(name="time", say=lambda cost: f"{cost} ms", least=0.1, ticks={0.1: "0.1 ms", 1: "1 ms", 10: "10 ms"})


def score(value: float, half: float = 0.02) -> Score:
    return Score(value=value, low=value - half, high=value + half)


@pytest.mark.parametrize("values", [[0.0], [0.5, 0.5], [0.62, 0.93], [-3, 40], [0, 12_345], [1e-5, 2e-5]])
def test_even_scale_holds_all_values_between_ticks(values: list[float]) -> None:
    scale = even_scale(values)
    ticks = scale.ticks()
    assert scale.low <= min(values)
    assert max(values) <= scale.high
    assert 2 <= len(ticks) <= 8
    assert ticks[0] == pytest.approx(scale.low)
    assert ticks[-1] == pytest.approx(scale.high)


def test_log_scale_is_even_in_ratios() -> None:
    scale = log_scale([0.1, 1000])
    assert scale.share(10) - scale.share(1) == pytest.approx(scale.share(100) - scale.share(10))
    assert 0 < scale.share(0.1) < scale.share(1000) < 1


def test_lonely_floor_does_not_crowd_the_others() -> None:
    scale = readable_scale([score(value) for value in (0.02, 0.74, 0.80, 0.92, 0.93)])
    assert scale.low >= 0.7
    assert "off" in interval(score(0.02), scale, kind="floor")
    assert "off" not in interval(score(0.8), scale, kind="floor")


def test_scores_that_are_spread_are_all_shown() -> None:
    assert readable_scale([score(value) for value in (0.2, 0.5, 0.8)]).low <= 0.18


def test_interval_stands_where_its_score_is() -> None:
    drawn = interval(Score(value=0.5, low=0.25, high=0.75), Scale(low=0, high=1), kind="other")
    assert 'x1="27%"' in drawn
    assert 'x2="73%"' in drawn
    assert 'cx="50%"' in drawn
    assert "50.0\u202f%, interval 25.0–75.0\u202f%" in drawn


@pytest.mark.parametrize("seed", range(20))
def test_names_of_a_dozen_points_never_collide(seed: int) -> None:
    rng = np.random.default_rng(seed)
    places = [(float(x), float(y)) for x, y in zip(rng.uniform(60, 500, 12), rng.uniform(30, 300, 12), strict=True)]
    names = [f"approach-{index}" for index in range(12)]
    frame = Box(34, 16, 540, 320)
    found = place_names(places, names, frame=frame)
    for index, place in enumerate(found):
        assert place.box.overlap(frame) == pytest.approx(place.box.area())
        assert not any(place.box.overlap(other.box) for other in found[index + 1 :])


def test_names_of_points_at_one_place_are_fanned_out() -> None:
    found = place_names([(200.0, 150.0)] * 4, ["one", "two", "three", "four"], frame=Box(0, 0, 540, 320))
    assert len({(place.x, place.y) for place in found}) == 4
    assert not any(a.box.overlap(b.box) for i, a in enumerate(found) for b in found[i + 1 :])


def test_frontier_keeps_what_nothing_beats() -> None:
    assert unbeaten([3, 1, 2, 1], [0.9, 0.5, 0.4, 0.6]) == [3, 0]


def test_scatter_draws_a_cost_of_nothing_and_one_point() -> None:
    points = [Point(name="free", cost=0, quality=score(0.5), kind="floor")]
    drawn = scatter(points, cost=AXIS, quality="F1", width=340, height=300)
    assert "free" in drawn
    assert "≤ 0.1 ms" in drawn
    points = [Point(name="cheap", cost=0.1, quality=score(0.5), kind="floor")]
    assert "≤" not in scatter(points, cost=AXIS, quality="F1", width=340, height=300)


def test_scatter_tells_all_its_points_in_words() -> None:
    points = [
        Point(name=name, cost=cost, quality=score(0.5 + cost / 100), kind="other")
        for name, cost in (("a", 2.0), ("b", 9.0))
    ]
    drawn = scatter(points, cost=AXIS, quality="F1", width=540, height=300)
    assert 'aria-label="F1 against time: a 52.0\u202f% at 2.0 ms; b 59.0\u202f% at 9.0 ms"' in drawn


def test_curve_marks_the_kept_step_and_averages_many_points() -> None:
    course = TrainingCurve(
        steps=tuple(range(1, 1001)),
        losses=tuple(2 / step for step in range(1, 1001)),
        validation_steps=(250, 500, 750, 1000),
        validation_losses=(0.5, 0.4, 0.45, 0.5),
        best_step=500,
    )
    drawn = curve(course, title="Training of lora")
    assert "kept: step 500" in drawn
    assert "lowest 0.400" in drawn
    points = thinned(course.steps, course.losses)
    assert len(points) <= 160
    assert sum(loss for _, loss in points[:1]) == pytest.approx(np.mean([2 / step for step in range(1, 8)]))


@pytest.mark.parametrize("course", [
    TrainingCurve(steps=(1,), losses=(0.0,)),
    TrainingCurve(validation_steps=(3,), validation_losses=(0.2,), best_step=3),
    TrainingCurve(steps=(1, 2), losses=(1.0, 0.5), best_step=99),
])  # fmt: skip
def test_short_courses_are_drawn(course: TrainingCurve) -> None:
    assert "<svg" in curve(course, title="t")


def test_matrix_has_a_cell_for_each_count_that_is_not_zero() -> None:
    drawn = labelled_matrix(["a", "b"], [[3, 1], [0, 2]], title="t")
    assert drawn.count("<rect") == 3
    assert "a → b: 1" in drawn
    assert re.findall(r'class="(right|wrong)"', drawn) == ["right", "wrong", "right"]


def test_label_without_examples_is_drawn_empty() -> None:
    assert labelled_matrix(["a", "b"], [[0, 0], [0, 2]], title="t").count("<rect") == 1


def test_map_of_many_labels_stays_small() -> None:
    counts = np.diag([40] * 150).tolist()
    drawn = compact_map([f"label {index}" for index in range(150)], counts, title="t")
    assert len(drawn) < 60_000
    assert "label 7 → label 7: 40" in drawn


def test_bar_is_divided_by_its_parts() -> None:
    drawn = bar([Part(0.5, "train"), Part(0, "validation"), Part(0.25, "test")])
    assert re.findall(r'x="([^"]+)" width="([^"]+)"', drawn) == [("0%", "50%"), ("50%", "25%")]


def test_no_chart_lets_markup_in() -> None:
    drawn = [
        scatter(
            [Point(name=HOSTILE, cost=1, quality=score(0.5), kind="other")],
            cost=AXIS,
            quality=HOSTILE,
            width=340,
            height=300,
        ),
        curve(TrainingCurve(steps=(1,), losses=(1.0,)), title=HOSTILE),
        labelled_matrix([HOSTILE], [[1]], title=HOSTILE),
        compact_map([HOSTILE], [[1]], title=HOSTILE),
        columns([1], titles=[HOSTILE], ends=(HOSTILE, HOSTILE), axis=(HOSTILE, HOSTILE), title=HOSTILE),
        bar([Part(1, HOSTILE)]),
    ]
    assert not any("<script" in picture or '"">' in picture for picture in drawn)
