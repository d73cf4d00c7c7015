"""Where the subject errs: the answers it was surest of, or for texts and numbers those furthest from the right ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

from metier.comparison.report.language import tell
from metier.comparison.report.phrases import metric, plural
from metier.comparison.report.reading import Answer, Run
from metier.comparison.report.reading.answers import task_form
from metier.comparison.wording import count, number, percent
from metier.core import Message
from metier.core.tasks.regress import number_of

_SHOWN = 25
_FIRST = 10
_HEAD = 260
_WHOLE = 5000


class Passage(NamedTuple):
    """A text: what is shown at once, the whole where that is longer, and how many characters even that leaves out."""

    head: str
    whole: str = ""
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One wrong answer.

    Attributes:
        id: the example.
        text: what was asked.
        history: the turns before, oldest first.
        right: the right answer.
        given: the answer.
        confidence: the probability given to it; None where unknown.
        score: its score; None for labels and numbers.
        off: for numbers, how far it is off; else empty.
        rival: what the best other approach said; None where unknown.
        rival_right: whether that was right.
        rival_same: whether it was the same wrong answer.
    """

    id: str
    text: Passage
    history: tuple[Message, ...]
    right: Passage
    given: Passage
    confidence: float | None
    score: float | None
    off: str
    rival: Passage | None
    rival_right: bool
    rival_same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistakes:
    """The section: its words, compared with which approach, how many errors, and ``shown`` (``first`` at once)."""

    title: str
    lead: str
    rival: str
    labelled: bool
    metric: str
    wrong: int
    first: int
    shown: tuple[Mistake, ...]


def view(run: Run) -> Mistakes | None:
    """The errors; None where there are no answers."""
    if not run.answers or run.subject is None:
        return None
    labelled, numeric = run.board.kind == "classify", task_form(run.board.kind).numeric
    wrong = [answer for answer in run.answers if answer.score < 1]
    wrong.sort(key=lambda answer: (answer.score, -(answer.confidence or 0)))
    if numeric:
        wrong.sort(key=lambda answer: -abs(_off(answer)))
    rivals = [run.rival_answers.get(answer.id) for answer in wrong]
    shared = sum(rival is not None and rival.score < 1 for rival in rivals)
    return Mistakes(
        title=tell("Where %(name)s errs", name=run.subject.name),
        lead=_lead_of_numbers(wrong) if numeric else _lead(run, len(wrong), shared, labelled=labelled),
        rival=run.rival.name if run.rival and run.rival_answers else "",
        labelled=labelled,
        metric=metric(run.item_metric),
        wrong=len(wrong),
        first=_FIRST,
        shown=tuple(_mistake(run, answer, labelled=labelled, numeric=numeric) for answer in wrong[:_SHOWN]),
    )


def _lead(run: Run, wrong: int, shared: int, *, labelled: bool) -> str:
    total = plural(len(run.answers), "answer")
    if not wrong:
        return tell("Not on this test set: all %(total)s are right.", total=total)
    values = {"wrong": count(wrong), "total": total, "share": percent(wrong / len(run.answers))}
    shown = min(wrong, _SHOWN)
    here = tell("Here are %(n)s", n=shown) if shown < wrong else tell("Here they are")
    if not labelled:
        name = metric(run.item_metric)
        told = tell("%(wrong)s of %(total)s have less than a full %(metric)s (%(share)s).", **values, metric=name)
        return told + " " + here + tell(", the furthest from the right answer first.")
    told = tell("%(wrong)s of %(total)s are wrong (%(share)s)", **values)
    if run.rival and run.rival_answers:
        told += tell("; %(name)s is wrong on %(n)s of them too", name=run.rival.name, n=count(shared))
    return told + tell(".") + " " + here + tell(", the surest first.")


def _lead_of_numbers(wrong: Sequence[Answer]) -> str:
    if not wrong:
        return tell("Not on this test set: all answers are exact.")
    return tell(
        "The %(n)s answers that are furthest from the right number, the furthest first.", n=min(len(wrong), _SHOWN)
    )


def _off(answer: Answer) -> float:
    """How far an answer lies above the right number; infinitely where it is no number."""
    given, right = number_of(answer.given), number_of(answer.target)
    return inf if given is None or right is None else given - right


def _off_in_words(answer: Answer) -> str:
    off = _off(answer)
    if off == inf:
        return tell("no number")
    return tell("%(size)s too high", size=number(off)) if off > 0 else tell("%(size)s too low", size=number(-off))


def passage(text: str) -> Passage:
    """A text cut at a word where it is long."""
    text = text.strip()
    if len(text) <= _HEAD + 40:
        return Passage(text)
    head = text[:_HEAD].rsplit(maxsplit=1)[0] if " " in text[_HEAD // 2 : _HEAD] else text[:_HEAD]
    return Passage(f"{head} …", text[:_WHOLE], max(len(text) - _WHOLE, 0))


def _mistake(run: Run, answer: Answer, *, labelled: bool, numeric: bool) -> Mistake:
    example, rival = run.examples.get(answer.id), run.rival_answers.get(answer.id)
    return Mistake(
        id=answer.id,
        text=passage(example.input if example else ""),
        history=example.history if example else (),
        right=passage(answer.target),
        given=passage(answer.given),
        confidence=answer.confidence,
        score=None if labelled or numeric else answer.score,
        off=_off_in_words(answer) if numeric else "",
        rival=passage(rival.given) if rival else None,
        rival_right=rival is not None and rival.score == 1,
        rival_same=rival is not None and rival.given == answer.given,
    )
