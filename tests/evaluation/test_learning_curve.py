"""Curves drawn from a known law: the forecast holds it, and what is no curve gets no forecast."""

import numpy as np
import pytest

from metier.evaluation import METRICS, LearningCurve, learning_curve

SIZES = (25, 50, 100, 200, 400)


def curve(
    seed: int, floor: float, scale: float, power: float, sizes: tuple[int, ...] = SIZES, *, sd: float = 0.01
) -> LearningCurve:
    """600 test items, hard ones being hard for all; three seeds a size that differ by ``sd``."""
    rng = np.random.default_rng(seed)
    hard = rng.random(600)
    found = {}
    for rows in sizes:
        right = 1 - floor - scale * rows**-power + rng.normal(0, sd, size=3)
        hits = [np.where(rng.random(600) < 0.6, hard, rng.random(600)) < share for share in right]
        found[rows] = [np.column_stack([hit, np.ones(600)]).astype(float) for hit in hits]
    return learning_curve(METRICS.get("accuracy"), found, None, seed=seed)


def test_the_forecast_holds_the_truth():
    held = gains = forecasts = 0
    for seed in range(25):
        forecast = curve(seed, 0.1, 1.5, 0.6).forecast
        if forecast is None:
            continue
        forecasts += 1
        held += forecast.low <= 0.9 - 1.5 * 800**-0.6 <= forecast.high
        gains += forecast.gain_low <= 1.5 * (400**-0.6 - 800**-0.6) <= forecast.gain_high
    assert forecasts >= 22
    assert held / forecasts >= 0.85
    assert gains / forecasts >= 0.8


def test_it_is_read_to_twice_the_rows_and_no_further():
    found = curve(0, 0.1, 1.5, 0.6)
    assert found.forecast is not None
    assert found.forecast.rows == 800
    assert found.forecast.low <= found.forecast.value <= found.forecast.high
    assert found.verdict.startswith("More labels")
    assert (found.line[0].rows, found.line[-1].rows) == pytest.approx((25, 800))
    assert found.line[-1].value == pytest.approx(found.forecast.value)
    assert all(point.low <= point.value <= point.high for point in found.line)
    assert found.enough is None
    assert 0 < found.seed_sd < 0.05


def test_what_is_no_share_is_told_in_its_unit():
    rng = np.random.default_rng(0)
    sizes, hard = np.full(300, 100.0), rng.normal(0, 0.5, 300)
    found = {
        rows: [np.column_stack([sizes * (1.5 + 10 * rows**-0.5 + hard + rng.normal(0, 0.05)), sizes]) for _ in range(3)]
        for rows in SIZES
    }
    verdict = learning_curve(METRICS.get("bits_per_byte"), found, None).verdict
    assert verdict.startswith("More labels will help: 800 rows should bring 0.")
    assert " bits a byte (0." in verdict


def test_points_hold_items_and_seeds():
    calm, noisy = (curve(1, 0.1, 1.5, 0.6, sd=sd).points for sd in (0.0, 0.06))
    assert [point.rows for point in calm] == list(SIZES)
    assert all(point.low <= point.value <= point.high for point in (*calm, *noisy))
    width = [np.mean([point.high - point.low for point in points]) for points in (calm, noisy)]
    assert width[1] > 1.3 * width[0]


def test_a_flat_end_was_enough():
    found = curve(2, 0.1, 30.0, 1.6)
    assert found.enough == 200
    assert f"{found.enough} rows would have been enough" in found.verdict


@pytest.mark.parametrize(
    ("sizes", "scale", "why"),
    [((100, 200, 400), 1.5, "needs 4 sizes"), (SIZES, 0.0, "nothing was gained"), (SIZES, -0.6, "did worse than with")],
)
def test_what_is_no_curve_gets_no_forecast(sizes: tuple[int, ...], scale: float, why: str):
    found = curve(3, 0.3, scale, 0.4, sizes, sd=0.005)
    assert (found.forecast, found.fit) == (None, None)
    assert why in str(found.refused)
    assert found.line == ()
    assert found.verdict.startswith("No forecast")
