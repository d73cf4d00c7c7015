"""A row to be labelled, with what a model would answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from metier.core import Example

ID, ROW, SUGGESTION = "metier_id", "metier_row", "metier_suggestion"
"""Names under which a task carries the row's id, its cells (JSON), and the suggested answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One row for a person to decide.

    Attributes:
        example: what is asked.
        values: the row's own cells, as they were read.
        answer: what the model would answer.
        probability: of that answer; None where the model has none.
        model: name of the approach that answered.
        why: why this row was chosen, in a few words; empty where all rows are taken.
        others: what other approaches answered, by name.
    """

    example: Example
    values: Mapping[str, Any]
    answer: str
    probability: float | None
    model: str
    why: str = ""
    others: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def asked(self) -> str:
        """The text that a person reads: the turns before it, and the input."""
        turns = [f"{turn.role}: {turn.content}" for turn in self.example.history]
        return "\n\n".join([*turns, self.example.input])
