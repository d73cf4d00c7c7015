"""``approaches/NAME/record.json`` as the Record that it was written from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from metier.comparison.report.reading.folder import RunFolder
from metier.comparison.report.reading.values import counts, mapping, number, numbers, whole
from metier.core import Record, TrainingCurve
from metier.core.said import sentence, sentences


def read_record(folder: RunFolder, name: str) -> Record | None:
    """The record of an approach; None where it left none."""
    place = folder.approach(name)
    raw = folder.json(f"{place}/record.json") if place else {}
    if not raw:
        return None
    seconds = {part: number(value) for part, value in mapping(raw.get("seconds")).items()}
    return Record(
        approach=name,
        summary=sentence(raw, "summary"),
        seconds={part: value for part, value in seconds.items() if value is not None},
        trainable_parameters=whole(raw.get("trainable_parameters")),
        total_parameters=whole(raw.get("total_parameters")),
        trained_examples=whole(raw.get("trained_examples")),
        trained_tokens=whole(raw.get("trained_tokens")),
        skipped=counts(raw.get("skipped")),
        notes=sentences(raw, "notes"),
        settings=mapping(raw.get("settings")),
        seed=whole(raw.get("seed")),
        curve=_curve(mapping(raw.get("curve"))),
        rows_in_weights=whole(raw.get("rows_in_weights")),
        rows_in_prompts=whole(raw.get("rows_in_prompts")),
    )


def _curve(raw: Mapping[str, Any]) -> TrainingCurve | None:
    """The course of training; None where there are no points, or where steps and losses do not match."""
    steps, losses = numbers(raw.get("steps")), numbers(raw.get("losses"))
    checks, checked = numbers(raw.get("validation_steps")), numbers(raw.get("validation_losses"))
    if len(steps) != len(losses) or len(checks) != len(checked) or not (steps or checks):
        return None
    return TrainingCurve(
        steps=tuple(int(step) for step in steps),
        losses=losses,
        validation_steps=tuple(int(step) for step in checks),
        validation_losses=checked,
        best_step=whole(raw.get("best_step")),
    )
