"""What to do, why, how sure that is, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from metier.comparison.report.reading import Approach, Run
from metier.comparison.report.wording import (
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


def view(run: Run) -> Verdict:
    """The verdict; there is always one."""
    chosen = run.subject if run.subject and run.subject.name == run.board.recommended else None
    if chosen is None:
        lead = "No approach can be recommended." if run.finished else "No approach finished."
    elif _trained(chosen) or not any(_trained(item) and not run.is_floor(item) for item in run.finished):
        lead = "Use"
    else:
        lead = "Do not fine-tune. Use"
    return Verdict(
        lead=lead,
        name=chosen.name if chosen else "",
        reason=run.board.reason,
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


def _trained(approach: Approach) -> bool:
    return bool(approach.costs.trainable_parameters)


def _cautions(run: Run) -> list[str]:
    if not run.finished or run.subject is None:
        return []
    best, chosen = run.finished[0], run.subject
    tied = [item.name for item in run.finished if item.name in run.board.ties and item is not best]
    found: list[str] = []
    if tied and chosen is best:
        found.append(f"This test set cannot tell {best.name} apart from {listing(tied)}.")
    elif tied:
        value = percent(run.quality(best).value)
        found.append(
            f"The highest value is {best.name}’s ({value}); this test set cannot tell it from {listing(tied)}."
        )
    floor = run.best_floor()
    if floor and chosen is floor and not all(run.is_floor(item) for item in run.finished):
        found.append(f"{capital(floor.name)} is a floor: a simple method without a language model.")
    if run.unfinished:
        number = plural(len(run.unfinished), "approach was", "approaches were")
        found.append(f"{capital(number)} not measured; the leaderboard says why.")
    return found


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
        return "no language model"
    part = "all" if trained == total else amount(trained) if trained else "none"
    return f"{amount(total)} parameters, {part} trained"


def _gain(run: Run, chosen: Approach) -> list[Fact]:
    floor = run.best_floor()
    if floor is None or floor is chosen:
        return []
    value, against = run.quality(chosen).value, run.quality(floor).value
    note = f"over {floor.name}, the best floor, at {percent(against)}"
    if chosen.vs_best is None and floor.vs_best is not None:
        note += f"; interval {signed(-floor.vs_best.high)} to {signed(-floor.vs_best.low)}"
    return [Fact(name="Gain in points", figure=signed(value - against), note=note)]


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
        note = "or more is a difference that this test set can tell"
        facts.append(Fact(name="Resolvable gap", figure=points(board.resolvable_gap), note=note))
    return facts
