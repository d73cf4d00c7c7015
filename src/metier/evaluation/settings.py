"""The recipe's ``evaluate`` section."""

from __future__ import annotations

from pydantic import Field

from metier.core import Settings


class EvaluateSettings(Settings):
    """What is measured and how sure it must be."""

    metrics: tuple[str, ...] | None = None
    """Names of metrics; the first is the primary one, by which approaches are compared. None: ``macro_f1`` and
    ``accuracy`` for ``classify``, ``token_f1``, ``exact_match``, ``rouge_l`` and ``chrf`` otherwise."""
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    """Level of all intervals, and 1 minus the level at which a difference counts as significant."""
    latency_queries: int = Field(default=24, ge=3, le=1000)
    """How many queries, one at a time after warm-up, latency is measured with."""
