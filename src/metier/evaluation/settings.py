"""The recipe's ``evaluate`` section."""

from __future__ import annotations

from pydantic import Field

from metier.core import Settings
from metier.evaluation.costing.costs import CostsSettings
from metier.evaluation.costing.latency import LOAD_CALLS
from metier.evaluation.graders import GraderSettings


class EvaluateSettings(Settings):
    """What is measured and how sure it must be."""

    metrics: tuple[str | GraderSettings, ...] | None = None
    """Metrics by name; the first is the primary one, by which approaches are compared. Beside the names of the
    catalogue: the path of a Python file of your own (``polite.py``, relative to the recipe, with ``score(target,
    answer)``), or an OpenAI-style grader (``{type: string_check, name: sorry, operation: ilike, reference: sorry}``,
    ``text_similarity`` with ``evaluation_metric`` and ``pass_threshold``, or, never first, a hosted model that grades:
    ``label_model`` with ``model``, ``input``, ``labels`` and ``passing_labels``, or ``score_model`` with ``model``,
    ``input`` and ``range``). None: those of ``data.template``, else those of the kind of task: ``macro_f1`` and
    ``accuracy`` for ``classify``, ``token_f1``, ``exact_match``, ``rouge_l`` and ``chrf`` for ``generate`` and
    ``chat``, ``bits_per_byte`` for ``continue``, and so on; ``metier check`` names them."""
    costs: CostsSettings | None = None
    """What mistakes cost. The metric ``cost`` is then measured too: last, or where ``metrics`` has it; where it is the
    first, approaches are compared by it. None: all mistakes are alike."""
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    """Level of the intervals of metrics and of differences, and 1 minus the level at which a difference counts as
    significant. What is measured while an approach is built or retrieves (oracle runs, passages) has 95% intervals."""
    latency_queries: int = Field(default=24, ge=3, le=1000)
    """How many queries, one at a time after warm-up, latency is measured with."""
    concurrency: int | None = Field(default=None, ge=2, le=256)
    """Queries at the same time with which latency and answers a second are measured once more, for a service that
    answers several people at once. None: one at a time only."""

    @property
    def load_queries(self) -> int:
        """Queries that ``concurrency`` takes, the call that does not count among them; 0: it is not asked for."""
        return (1 + LOAD_CALLS) * (self.concurrency or 0)
