"""What to do, why, how sure that is, and what it costs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from metier.comparison.report.figures import are_shares, change, figure, figure_span, resolves_nothing, size
from metier.comparison.report.language import is_foreign, tell, translated
from metier.comparison.report.phrases import listing, metric, plural, times
from metier.comparison.report.reading import Approach, Run
from metier.comparison.report.sections.growth import outlook
from metier.comparison.scoring.advice import DO_NOT_TUNE
from metier.comparison.wording import (
    MISSING,
    amount,
    capital,
    count,
    megabytes,
    milliseconds,
    money,
    percent,
    seconds,
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
        warning: what not to do, ahead of the headline; empty where there is nothing.
        lead: the headline, without the name it ends with.
        name: what to use; empty where nothing can be recommended.
        own_words: why, in the page's language, where the reason is of a run that noted it in English alone; else empty.
        reason: why, in the words of the advice.
        what: what is recommended, in a sentence; empty where nothing is or it left none.
        foreign: whether that sentence is in English on a page of another language.
        cautions: what to know beside it, a sentence each.
        facts: the figures.
    """

    warning: str
    lead: str
    name: str
    own_words: str
    reason: str
    what: str
    foreign: bool
    cautions: tuple[str, ...]
    facts: tuple[Fact, ...]


_FLATTERY = 0.0005
"""Less than a tenth of a point of luck is not worth a sentence."""
_GROWN = re.compile(r" on \d+ rows, seed \d+$")
"""How the openings for learning curves are noted."""
_FLOOR = "Floor: "
"""How floors begin to say what they are; that they are floors is told apart."""


def view(run: Run) -> Verdict:
    """The verdict; there is always one."""
    chosen = run.subject if run.subject and run.subject.name == run.board.recommended else None
    without = chosen is not None and not _tuned(run, chosen) and any(_tuned(run, item) for item in run.finished)
    if chosen is None:
        lead = tell("No approach can be recommended.") if run.finished else tell("No approach finished.")
    else:
        lead = tell("Use")
    reason, warning, summary = run.board.reason, tell(DO_NOT_TUNE), chosen.summary if chosen else ""
    return Verdict(
        warning=warning if without else "",
        lead=lead,
        name=chosen.name if chosen else "",
        own_words=_own_words(run, chosen) if is_foreign(reason) else "",
        reason=_without(translated(reason), warning, DO_NOT_TUNE) if without else translated(reason),
        what=capital(_without(translated(summary), tell("Floor: "), _FLOOR)),
        foreign=is_foreign(summary),
        cautions=tuple(_cautions(run)),
        facts=(*_costs(run, chosen), *_certainty(run)),
    )


def _without(text: str, *beginnings: str) -> str:
    """A text without how it begins, where it begins so."""
    for beginning in beginnings:
        text = text.removeprefix(beginning).strip()
    return text


def _own_words(run: Run, chosen: Approach | None) -> str:
    """What the figures say for the choice, of a run that noted its advice in English alone."""
    if chosen is None:
        return ""
    score = run.quality(chosen)
    level = tell(
        "%(metric)s %(value)s, interval %(interval)s",
        metric=metric(run.board.primary),
        value=figure(score.value),
        interval=figure_span(score),
    )
    tied = [item.name for item in run.finished if item.name in run.board.ties and item is not chosen]
    if tied:
        return tell(
            "%(name)s has %(level)s; the test set cannot tell it from %(others)s. The rule takes the cheapest "
            "of these to run.",
            name=chosen.name,
            level=level,
            others=listing(tied),
        )
    return tell(
        "%(name)s has %(level)s; every other approach is significantly worse or breaks a limit.",
        name=chosen.name,
        level=level,
    )


def openings(run: Run) -> str:
    """How often the sealed test set was opened, in words; empty where that was not noted."""
    names = {item.name for item in run.board.approaches}
    by = [name for name in run.data.openings if name in names]
    grown = sum(_GROWN.search(name) is not None for name in run.data.openings)
    others = len(run.data.openings) - len(by) - grown
    parts: list[str] = []
    if len(set(by)) == len(by) and by:
        once = "opened %(times)s, once for each approach" if len(by) > 1 else "opened %(times)s"
        parts.append(tell(once, times=times(len(by))))
    elif by:
        number = plural(len(set(by)), "approach", "approaches")
        parts.append(tell("opened %(times)s, for %(approaches)s", times=times(len(by)), approaches=number))
    if grown:
        parts.append(tell("%(times)s for learning curves, which choose nothing", times=times(grown)))
    if others:
        parts.append(tell("%(times)s for something else", times=times(others)))
    return "; ".join(parts)


def _opened_again(run: Run) -> list[str]:
    """That an approach has been measured on the test set more than once, and what follows."""
    counted = Counter(name for name in run.data.openings if any(item.name == name for item in run.board.approaches))
    again = [name for name, count in counted.items() if count > 1]
    if not again:
        return []
    told = (
        "The test set was opened more than once for %(names)s. Who changes an approach after having seen its figure "
        "here, and looks again, chooses by the test set: such figures flatter, and new test rows would tell by "
        "how much."
    )
    return [tell(told, names=listing(again))]


def _tuned(run: Run, approach: Approach) -> bool:
    """Whether a model was fitted to the rows, as the advice counts it."""
    return approach.rows_in_weights > 0 and not run.is_floor(approach)


def _cautions(run: Run) -> list[str]:
    """What belongs beside the verdict and its reason does not say."""
    found: list[str] = []
    if run.subject is not None:
        found += _ties(run, run.subject)
        if run.is_floor(run.subject) and not all(run.is_floor(item) for item in run.finished):
            told = "%(name)s is a floor: a simple method, in the table for the others to beat."
            found.append(tell(told, name=run.subject.name))
    chance = run.board.selection
    if chance is not None and chance.optimism >= _FLATTERY:
        found.append(
            tell(
                "%(name)s is the best of %(n)s on this test set, and lucky to be so: its figure flatters by about "
                "%(points)s. On new rows expect about %(value)s.",
                name=chance.best,
                n=chance.approaches,
                points=size(chance.optimism),
                value=figure(chance.corrected),
            )
        )
    found += _opened_again(run)
    found += _more_labels(run)
    if names := [item.name for item in run.finished if item.still_learning]:
        told = "Still learning when the training ended: %(names)s. More epochs (weights.epochs) may do better."
        found.append(tell(told, names=listing(names)))
    if run.unfinished:
        one, many = (
            "1 approach was not measured; the leaderboard says why.",
            ("%(n)s approaches were not measured; the leaderboard says why."),
        )
        found.append(tell(one if len(run.unfinished) == 1 else many, n=len(run.unfinished)))
    return found


def _more_labels(run: Run) -> list[str]:
    """What a learning curve says: that of the recommended approach, else of the best one that has a curve."""
    places = {item.name: place for place, item in enumerate(run.finished)}
    places |= {run.board.recommended or "": -1}
    curve = min(run.growth, key=lambda one: places.get(one.approach, len(places)), default=None)
    return [f"{tell('Learning curve of %(name)s', name=curve.approach)}: {outlook(curve)}"] if curve else []


def _ties(run: Run, chosen: Approach) -> list[str]:
    best = run.finished[0]
    tied = [item.name for item in run.finished if item.name in run.board.ties and item is not best]
    if not tied or all(name in run.board.reason for name in (best.name, *tied)):
        return []
    if chosen is best:
        return [tell("This test set cannot tell %(best)s apart from %(others)s.", best=best.name, others=listing(tied))]
    told = "The highest value is %(best)s’s (%(value)s); this test set cannot tell it from %(others)s."
    return [tell(told, best=best.name, value=figure(run.quality(best).value), others=listing(tied))]


def _costs(run: Run, chosen: Approach | None) -> Sequence[Fact]:
    if chosen is None:
        return ()
    score, costs = run.quality(chosen), chosen.costs
    level = percent(run.board.confidence, 0)
    facts = [
        Fact(
            name=capital(metric(run.board.primary)),
            figure=figure(score.value),
            note=tell("%(level)s interval %(interval)s", level=level, interval=figure_span(score)),
        )
    ]
    facts += _gain(run, chosen)
    if costs.latency_p50_ms is not None:
        p95 = costs.latency_p95_ms
        slow = tell("95 of 100 within %(time)s", time=milliseconds(p95)) if p95 is not None else ""
        facts.append(Fact(name=tell("One answer takes"), figure=milliseconds(costs.latency_p50_ms), note=slow))
    if costs.cost_per_1000 is not None:
        facts.append(
            Fact(
                name=tell("1,000 answers cost"),
                figure=money(costs.cost_per_1000, run.board.currency),
                note=tell("at the prices of the recipe"),
            )
        )
    build = costs.build_seconds if costs.build_seconds is not None else costs.train_seconds
    if build is not None:
        paid = (
            tell("of that, training %(time)s", time=seconds(costs.train_seconds))
            if costs.train_seconds
            else tell("nothing was trained")
        )
        spent = None if costs.build_cost is None else money(costs.build_cost, run.board.currency)
        cost = "" if spent is None else tell("; cost %(cost)s", cost=spent)
        facts.append(Fact(name=tell("To build"), figure=seconds(build), note=paid + cost))
    if costs.disk_mb is not None:
        facts.append(Fact(name=tell("On disk"), figure=megabytes(costs.disk_mb), note=_size(chosen)))
    if costs.peak_memory_mb is not None:
        note = tell("at its peak, answering")
        facts.append(Fact(name=tell("Memory in use"), figure=megabytes(costs.peak_memory_mb), note=note))
    return facts


def _size(approach: Approach) -> str:
    total, trained = approach.costs.total_parameters, approach.costs.trainable_parameters
    if not total:
        return tell("no parameters")
    if not trained:
        return tell("%(total)s parameters, none trained", total=amount(total))
    part = tell("all") if trained == total else amount(trained)
    return tell("%(total)s parameters, %(part)s trained", total=amount(total), part=part)


def _gain(run: Run, chosen: Approach) -> list[Fact]:
    """What is won over the best floor; for a floor that leads, over whatever comes next."""
    floor, points = run.best_floor(), are_shares()
    if floor is not None and floor is not chosen:
        name = tell("Gain in points") if points else tell("Difference")  # where lower is better, a gain is negative
        return [_lead(run, chosen, floor, name=name, role=tell("the best floor"))]
    if run.rival is not None and chosen is run.finished[0]:
        name = tell("Lead in points") if points else tell("Difference")
        return [_lead(run, chosen, run.rival, name=name, role=tell("the next best"))]
    return []


def _lead(run: Run, chosen: Approach, other: Approach, *, name: str, role: str) -> Fact:
    value, against = run.quality(chosen).value, run.quality(other).value
    note = tell("over %(name)s, %(role)s, at %(value)s", name=other.name, role=role, value=figure(against))
    if chosen.vs_best is None and other.vs_best is not None:
        low, high = change(-other.vs_best.high), change(-other.vs_best.low)
        note += tell("; interval %(low)s to %(high)s", low=low, high=high)
    return Fact(name=name, figure=change(value - against), note=note)


def _examples(groups: int | None) -> str:
    return tell("examples") if groups is None else tell("examples of %(n)s groups", n=count(groups))


def _certainty(run: Run) -> Sequence[Fact]:
    facts: list[Fact] = []
    board = run.board
    if board.test_size is not None:
        facts.append(
            Fact(
                name=tell("Sealed test set"),
                figure=count(board.test_size),
                note="; ".join(filter(None, [_examples(board.test_groups), openings(run)])),
            )
        )
    if board.resolvable_gap is not None:
        gap, note = size(board.resolvable_gap), tell("or more: differences that this test set can tell apart")
        if resolves_nothing(board.resolvable_gap):
            gap, note = MISSING, tell("too few test rows to tell approaches apart")
        facts.append(Fact(name=tell("Resolvable gap"), figure=gap, note=note))
    return facts
