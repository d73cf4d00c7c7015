"""Learning curves for the invented runs: drawn from a known law, worked out by the real code."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from metier.core.artifacts import plain, write_json
from metier.evaluation import METRICS, learning_curve


class Law(NamedTuple):
    """Errors are ``floor + scale * rows^-power``; ``sizes`` are built twice each."""

    floor: float
    scale: float
    power: float
    sizes: tuple[int, ...] = (67, 134, 269, 539, 1078, 2156)


CURVES: Mapping[str, Law] = {
    "encoder": Law(0.03, 3.0, 0.55),
    "lora": Law(0.05, 4.0, 0.6, (539, 1078, 2156)),
    "tfidf": Law(0.19, 0, 1),
}


def write_curves(path: Path, *, items: int = 600) -> None:
    """``curves.json`` with a forecast, one that has too few sizes for it, and one that learns nothing."""
    found: list[dict[str, Any]] = []
    for place, (name, law) in enumerate(CURVES.items()):
        rng = np.random.default_rng(place)
        hard = rng.random(items)
        grown = {}
        for rows in law.sizes:
            right = 1 - law.floor - law.scale * rows**-law.power + rng.normal(0, 0.006, size=2)
            hits = [np.where(rng.random(items) < 0.8, hard, rng.random(items)) < share for share in right]
            grown[rows] = [np.column_stack([hit, np.ones(items)]).astype(float) for hit in hits]
        found.append({"approach": name, **plain(learning_curve(METRICS.get("accuracy"), grown, None, seed=3))})
    write_json(path / "curves.json", {"metric": "macro_f1", "test_size": items, "curves": found})
