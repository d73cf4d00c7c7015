"""Learning curves of a run: ``curves.json``, as far as it is whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, cast

from metier.comparison.report.reading.folder import RunFolder
from metier.comparison.report.reading.values import mapping, mappings, number, numbers, text, whole
from metier.evaluation import CurvePoint, Forecast, LawPoint, Refusal

_KINDS = ("few_sizes", "worse", "no_gain", "no_law")


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How one approach grew with the rows.

    Attributes:
        approach: its name.
        metric: what was measured.
        points: by size, the smallest first.
        line: the law from the smallest size to twice the rows; empty where there is none.
        forecast: to twice the rows; None where it was refused.
        refused: why; None where it was not.
        enough: the smallest size that the test set cannot tell from all rows; None where there is none.
        seed_sd: standard deviation from seed to seed at all rows.
    """

    approach: str
    metric: str
    points: tuple[CurvePoint, ...]
    line: tuple[LawPoint, ...]
    forecast: Forecast | None
    refused: Refusal | None
    enough: int | None
    seed_sd: float


def read_growth(folder: RunFolder) -> tuple[Growth, ...]:
    """Every curve that has points; nothing where none was asked for."""
    raw = folder.json("curves.json")
    found = [_curve(curve, text(raw.get("metric"))) for curve in mappings(raw.get("curves"))]
    return tuple(curve for curve in found if curve.approach and curve.points)


def _curve(raw: Mapping[str, Any], metric: str) -> Growth:
    points = [_point(item) for item in mappings(raw.get("points"))]
    line = [_law(item) for item in mappings(raw.get("line"))]
    forecast = _forecast(mapping(raw.get("forecast")))
    refused = mapping(raw.get("refused"))
    kind = text(refused.get("kind"))
    rows = tuple(int(item) for item in numbers(refused.get("rows")))
    enough = number(raw.get("enough"))
    return Growth(
        approach=text(raw.get("approach")),
        metric=metric,
        points=tuple(point for point in points if point),
        line=tuple(place for place in line if place),
        forecast=forecast,
        refused=Refusal(kind=cast(Literal["no_law"], kind), rows=rows) if kind in _KINDS else None,
        enough=None if enough is None else int(enough),
        seed_sd=number(raw.get("seed_sd")) or 0.0,
    )


def _point(raw: Mapping[str, Any]) -> CurvePoint | None:
    value, low, high = (number(raw.get(name)) for name in ("value", "low", "high"))
    rows = whole(raw.get("rows"))
    if value is None or low is None or high is None or rows < 1:
        return None
    return CurvePoint(rows=rows, value=value, low=low, high=high, seeds=numbers(raw.get("seeds")))


def _law(raw: Mapping[str, Any]) -> LawPoint | None:
    found = _numbers(raw, LawPoint)
    return LawPoint(**found) if found else None


def _forecast(raw: Mapping[str, Any]) -> Forecast | None:
    found = _numbers(raw, Forecast)
    return Forecast(rows=int(found.pop("rows")), **found) if found else None


def _numbers(raw: Mapping[str, Any], form: type[LawPoint] | type[Forecast]) -> dict[str, float]:
    """The fields of what has nothing but numbers; none where one is missing."""
    values = {field.name: number(raw.get(field.name)) for field in fields(form)}
    found = {name: value for name, value in values.items() if value is not None}
    return found if len(found) == len(values) else {}
