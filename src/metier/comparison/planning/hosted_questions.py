"""What a run will ask of hosted models, and what that costs where prices are given: counted before anybody is asked.

Approaches count what they ask themselves (:mod:`metier.approaches.estimating_hosted`); graders, the judge and learning
curves are the run's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from metier.approaches import ApproachSettings, Resources
from metier.approaches.estimating import ASKED, Known
from metier.approaches.estimating_hosted import Questions, questions_of
from metier.comparison.recipe import Recipe
from metier.comparison.scoring.grading import REPLY_TOKENS, graders_of, messages_of
from metier.comparison.scoring.judging import ANSWER_TOKENS, question_of
from metier.comparison.scoring.pricing import tokens_cost
from metier.comparison.settings.judge_settings import Pair, read_people
from metier.comparison.working.curves import count_of_points
from metier.core import Example
from metier.core.tasks import form_of
from metier.models import HostedModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a hosted model will be asked for one purpose, at most.

    Attributes:
        by: an approach and the part of it that asks, a grader, or the judge.
        model: ``openai:NAME``.
        questions: how many.
        tokens_in: tokens that it reads.
        tokens_out: tokens that it writes.
        cost: of these, in the currency of the prices; None where the price table does not have the model.
    """

    by: str
    model: str
    questions: int
    tokens_in: int
    tokens_out: int
    cost: float | None


def hosted_questions(
    named: Mapping[str, ApproachSettings], known: Known, recipe: Recipe, resources: Resources, folder: Path
) -> list[Asked]:
    """Everything that a run asks hosted models, in its order; empty where it asks none.

    Args:
        named: the approaches that will run.
        known: of the data.
        recipe: graders, judge and curves.
        resources: as approaches get them.
        folder: of the recipe.
    """
    found: list[Asked] = []
    for name, settings in named.items():
        own = questions_of(settings, known, resources)
        found += [_priced(f"{name}: {one.purpose}", one) for one in own]
        found += [_priced(f"{name}: learning curve", one) for one in _in_curves(name, own, known, recipe)]
    found += [_priced(f"grader {one.purpose}", one) for one in _grading(recipe, known, len(named))]
    return found + [_priced(one.purpose, one) for one in _judging(recipe, known, folder)]


def lines(found: Sequence[Asked], currency: str) -> list[str]:
    """A table of them as a person reads it, with what is uncertain below."""
    if not found:
        return []
    width = max(len(one.by) for one in found) + 2
    wide = max(len(one.model) for one in found) + 2
    rows = [("", "", "questions", "tokens read", "written", "cost")]
    for one in found:
        count, read, written = (f"{number:,}" for number in (one.questions, one.tokens_in, one.tokens_out))
        rows.append((one.by, one.model, count, read, written, _money(one.cost, currency)))
    if len(costs := [one.cost for one in found if one.cost is not None]) > 1:
        rows.append(("in all", "", "", "", "", _money(sum(costs), currency)))
    table = [
        f"  {by:<{width}}{model:<{wide}}{count:>10}{read:>14}{written:>12}{cost:>14}".rstrip()
        for by, model, count, read, written, cost in rows
    ]
    unpriced = sorted({one.model for one in found if one.cost is None})
    notes = ["  Bounds: a token is taken as three bytes, every answer as long as it may be, and none as given before."]
    if unpriced:
        notes.append(f"  No price for {', '.join(unpriced)}: hosted.prices would tell what these cost.")
    return [*table, *notes]


def _priced(by: str, one: Questions) -> Asked:
    cost = tokens_cost(one.hosted, one.model, tokens_in=one.tokens_in, tokens_out=one.tokens_out)
    return Asked(
        by=by,
        model=one.model,
        questions=one.number,
        tokens_in=one.tokens_in,
        tokens_out=one.tokens_out,
        cost=cost,
    )


def _in_curves(name: str, own: Sequence[Questions], known: Known, recipe: Recipe) -> Iterator[Questions]:
    """What an approach asks, once more for each point of its learning curve: parts take no more than all rows."""
    if recipe.curve is None or name not in recipe.curve.approaches:
        return
    points = count_of_points(recipe.curve, rows=len(known.train), labels=len(known.task.labels))
    for model in dict.fromkeys(one.model for one in own):
        parts = [one for one in own if one.model == model]
        count, tokens_in, tokens_out = (
            points * sum(part) for part in zip(*((p.number, p.tokens_in, p.tokens_out) for p in parts), strict=True)
        )
        yield parts[0]._replace(number=count, tokens_in=tokens_in, tokens_out=tokens_out)


def _grading(recipe: Recipe, known: Known, approaches: int) -> Iterator[Questions]:
    """Graders are asked about every different answer to a test row; of labels there are no more than labels."""
    labels = len(known.task.labels) if form_of(known.task.kind).chooses else approaches
    answers = known.test * min(approaches, labels or approaches)
    for grader in graders_of(recipe):
        hosted = grader.hosted or recipe.hosted
        assert hosted is not None, "checked before"
        model = HostedModel(grader.model or "", hosted)
        reading = _mean([model.count(messages_of(grader, row, row.target or "")) for row in _some(known)])
        yield Questions(
            grader.name, model.source.name, hosted, answers, round(answers * reading), answers * REPLY_TOKENS
        )


def _judging(recipe: Recipe, known: Known, folder: Path) -> Iterator[Questions]:
    """The judge is asked twice about each pair, those of people among them."""
    settings = recipe.judge
    hosted = (settings.hosted or recipe.hosted) if settings else None
    if settings is None or hosted is None:
        return
    model, pairs = HostedModel(settings.model, hosted), [_pair(row) for row in _some(known)]
    people = read_people(settings, folder)
    count = 2 * (min(settings.rows, known.test) + len(people))
    reading = _mean([model.count(question_of(pair, settings, swapped=False)) for pair in (*pairs, *people)])
    yield Questions("judge", settings.model, hosted, count, round(count * reading), count * ANSWER_TOKENS)


def _pair(row: Example) -> Pair:
    """A row with two answers that are as long as the right one."""
    target = row.target or ""
    return Pair(id=row.id, question=row.input, target=target, first=target, second=target)


def _some(known: Known) -> Sequence[Example]:
    return list(known.validation or known.train)[:ASKED]


def _money(cost: float | None, currency: str) -> str:
    return "?" if cost is None else f"{cost:.3g} {currency}".strip()


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(1, len(values))
