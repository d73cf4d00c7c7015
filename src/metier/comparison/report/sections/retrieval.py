"""What was found in the documents, what answers made of it, and which part holds them back."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from metier.comparison.report.charts import Part, bar
from metier.comparison.report.language import tell
from metier.comparison.report.phrases import metric
from metier.comparison.report.reading import OracleRuns, Retrieval, Run
from metier.core import Score

_COLUMNS = {
    "hit@1": "Right document first",
    "hit@k": "Right document found",
    "recall@k": "Recall",
    "mrr": "MRR",
    "ndcg@k": "nDCG",
    "answer_in_context": "Answer in the passages",
    "citation_precision": "Right among cited",
    "abstained": "“Not in the documents”",
    "abstained_rightly": "Said where it was not found",
    "abstained_wrongly": "Said although it was found",
}
"""Measures in the order of the table, by their names in ``passages.json``."""
PARTS = {"retriever": "the retriever", "context use": "use of the context", "generator": "the generator"}
"""What can hold answers back, as a sentence names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An approach with documents: its name, what it found, and its scores in the order of the columns."""

    name: str
    found: Retrieval
    scores: tuple[Score | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OracleLine:
    """An approach whose parts were told apart.

    Attributes:
        name: of the approach.
        runs: the values.
        picture: what is right, and what each part costs, as a bar.
        holds_back: the part that costs most, in words; empty where nothing is lost.
        worst: what it costs; None where nothing is lost.
    """

    name: str
    runs: OracleRuns
    picture: Markup
    holds_back: str
    worst: Score | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalSection:
    """The section.

    Attributes:
        lead: what was looked in.
        columns: titles of the measures that any approach has.
        lines: approaches with documents, in the order of the leaderboard.
        oracle_lead: how parts were told apart.
        oracle_metric: what that was measured by.
        oracles: approaches whose parts were told apart.
    """

    lead: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    oracle_lead: str
    oracle_metric: str
    oracles: tuple[OracleLine, ...]


def view(run: Run) -> RetrievalSection | None:
    """The tables; None where no approach has documents."""
    found = [(item.name, run.retrievals[item.name]) for item in run.finished if item.name in run.retrievals]
    if not found:
        return None
    present = [name for name in _COLUMNS if any(name in one.scores for _, one in found)]
    oracles = [_oracle_line(name, one.oracles) for name, one in found if one.oracles]
    first = found[0][1]
    return RetrievalSection(
        lead=tell(
            "Passages for the %(rows)s test rows, each found on behalf of its row’s readers. Recall, MRR (the mean of "
            "one over the place of the first right document) and nDCG look at the right documents that the rows name; "
            "a right answer need not stand in its passages word for word.",
            rows=f"{first.questions:,}",
        ),
        columns=tuple(tell(_COLUMNS[name]) for name in present),
        lines=tuple(Line(name=name, found=one, scores=tuple(map(one.scores.get, present))) for name, one in found),
        oracle_lead=tell(
            "The same validation rows (%(rows)s), answered four times: without passages, with those found, with the "
            "right ones first among them, and with the right ones alone. What an answer gains from one to the next is "
            "what the part between them costs; what is then still missing is the generator’s.",
            rows=f"{oracles[0].runs.rows:,}",
        )
        if oracles
        else "",
        oracle_metric=metric(oracles[0].runs.metric) if oracles else "",
        oracles=tuple(oracles),
    )


def _oracle_line(name: str, runs: OracleRuns) -> OracleLine:
    kinds = {"retriever": "lost-retriever", "context use": "lost-context", "generator": "lost-generator"}
    sizes = [max(0.0, runs.values["found"]), *(max(0.0, runs.lost[part].value) for part in kinds)]
    whole = sum(sizes) or 1.0
    pieces = [Part(size / whole, kind) for size, kind in zip(sizes, ("found", *kinds.values()), strict=True)]
    return OracleLine(
        name=name,
        runs=runs,
        picture=bar(pieces),
        holds_back=tell(PARTS[runs.holds_back]) if runs.holds_back in PARTS else "",
        worst=runs.lost.get(runs.holds_back),
    )
