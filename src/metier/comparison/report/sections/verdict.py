"""What to do, why, how sure that is, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from metier.comparison.report.reading import Approach, Run
from metier.comparison.wording import (
    amount,
    capital,
    count,
    listing,
    megabytes,
    metric,
    milliseconds,
    money,
    percent,
    plural,
    points,
    seconds,
    signed,
    span,
    times,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A figure with its name above and its meaning below."""

    name: str
    figure: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The first thing to be read.

    Attributes:
        lead: the headline, without the name it ends with.
        name: what to use; empty where nothing can be recommended.
        reason: why, in a sentence.
        cautions: what to know beside it, a sentence each.
        facts: the figures.
    """

    lead: str
    name: str
    reason: str
    cautions: tuple[str, ...]
    facts: tuple[Fact, ...]


_WITHOUT = "Do not fine-tune."


def view(run: Run) -> Verdict:
    """The verdict; there is always one."""
    chosen = run.subject if run.subject and run.subject.name == run.board.recommended else None
    if chosen is None:
        lead = "No approach can be recommended." if run.finished else "No approach finished."
    elif any(_tuned(run, item) for item in run.finished) and not _tuned(run, chosen):
        lead = f"{_WITHOUT} Use"
    else:
        lead = "Use"
    return Verdict(
        lead=lead,
        name=chosen.name if chosen else "",
        reason=run.board.reason.removeprefix(_WITHOUT).strip() if lead.startswith(_WITHOUT) else run.board.reason,
        cautions=tuple(_cautions(run)),
        facts=(*_costs(run, chosen), *_certainty(run)),
    )


def openings(run: Run) -> str:
    """How often the sealed test set was opened, in words; empty where that was not noted."""
    by = run.data.openings
    if not by:
        return ""
    if len(set(by)) == len(by):
        return f"opened {times(len(by))}" + (", once for each approach" if len(by) > 1 else "")
    return f"opened {times(len(by))}, for {plural(len(set(by)), 'approach', 'approaches')}"


def _tuned(run: Run, approach: Approach) -> bool:
    """Whether a model was fitted to the rows, as the advice counts it."""
    return approach.rows_in_weights > 0 and not run.is_floor(approach)


def _cautions(run: Run) -> list[str]:
    """What belongs beside the verdict and its reason does not say."""
    found: list[str] = []
    if run.subject is not None:
        found += _ties(run, run.subject)
        if run.is_floor(run.subject) and not all(run.is_floor(item) for item in run.finished):
            found.append(f"{run.subject.name} is a floor: a simple method, in the table for the others to beat.")
    if run.unfinished:
        number = plural(len(run.unfinished), "approach was", "approaches were")
        found.append(f"{number} not measured; the leaderboard says why.")
    return found


def _ties(run: Run, chosen: Approach) -> list[str]:
    best = run.finished[0]
    tied = [item.name for item in run.finished if item.name in run.board.ties and item is not best]
    if not tied or all(name in run.board.reason for name in (best.name, *tied)):
        return []
    if chosen is best:
        return [f"This test set cannot tell {best.name} apart from {listing(tied)}."]
    value = percent(run.quality(best).value)
    return [f"The highest value is {best.name}’s ({value}); this test set cannot tell it from {listing(tied)}."]


def _costs(run: Run, chosen: Approach | None) -> Sequence[Fact]:
    if chosen is None:
        return ()
    score, costs = run.quality(chosen), chosen.costs
    level = percent(run.board.confidence, 0)
    facts = [
        Fact(
            name=capital(metric(run.board.primary)), figure=percent(score.value), note=f"{level} interval {span(score)}"
        )
    ]
    facts += _gain(run, chosen)
    if costs.latency_p50_ms is not None:
        slow = f"95 of 100 within {milliseconds(costs.latency_p95_ms)}" if costs.latency_p95_ms is not None else ""
        facts.append(Fact(name="One answer takes", figure=milliseconds(costs.latency_p50_ms), note=slow))
    if costs.cost_per_1000 is not None:
        facts.append(
            Fact(name="1,000 answers cost", figure=money(costs.cost_per_1000), note="at the prices of the recipe")
        )
    build = costs.build_seconds if costs.build_seconds is not None else costs.train_seconds
    if build is not None:
        paid = f"of that, training {seconds(costs.train_seconds)}" if costs.train_seconds else "nothing was trained"
        cost = f"; cost {money(costs.build_cost)}" if costs.build_cost is not None else ""
        facts.append(Fact(name="To build", figure=seconds(build), note=paid + cost))
    if costs.disk_mb is not None:
        facts.append(Fact(name="On disk", figure=megabytes(costs.disk_mb), note=_size(chosen)))
    if costs.peak_memory_mb is not None:
        facts.append(Fact(name="Memory in use", figure=megabytes(costs.peak_memory_mb), note="at its peak, answering"))
    return facts


def _size(approach: Approach) -> str:
    total, trained = approach.costs.total_parameters, approach.costs.trainable_parameters
    if not total:
        return "no parameters"
    part = "all" if trained == total else amount(trained) if trained else "none"
    return f"{amount(total)} parameters, {part} trained"


def _gain(run: Run, chosen: Approach) -> list[Fact]:
    """What is won over the best floor; for a floor that leads, over whatever comes next."""
    floor = run.best_floor()
    if floor is not None and floor is not chosen:
        return [_lead(run, chosen, floor, name="Gain in points", role="the best floor")]
    if run.rival is not None and chosen is run.finished[0]:
        return [_lead(run, chosen, run.rival, name="Lead in points", role="the next best")]
    return []


def _lead(run: Run, chosen: Approach, other: Approach, *, name: str, role: str) -> Fact:
    value, against = run.quality(chosen).value, run.quality(other).value
    note = f"over {other.name}, {role}, at {percent(against)}"
    if chosen.vs_best is None and other.vs_best is not None:
        note += f"; interval {signed(-other.vs_best.high)} to {signed(-other.vs_best.low)}"
    return Fact(name=name, figure=signed(value - against), note=note)


def _certainty(run: Run) -> Sequence[Fact]:
    facts: list[Fact] = []
    board = run.board
    if board.test_size is not None:
        facts.append(
            Fact(
                name="Sealed test set",
                figure=count(board.test_size),
                note=f"examples; {openings(run)}".removesuffix("; "),
            )
        )
    if board.resolvable_gap is not None:
        note = "or more: differences that this test set can tell apart"
        facts.append(Fact(name="Resolvable gap", figure=points(board.resolvable_gap), note=note))
    return facts
