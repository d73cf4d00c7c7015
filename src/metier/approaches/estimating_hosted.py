"""What hosted models will be asked while an approach is built and answers, counted before anybody is asked.

Prompts are made by the approaches' own code on a few of the user's rows. All counts are bounds: a token is taken as
three bytes, and an answer as long as its limit lets it be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from metier.approaches.estimating import ASKED, Known, grounded
from metier.approaches.grounding.choosing import candidates
from metier.approaches.grounding.oracles import WAYS as ORACLE_RUNS
from metier.approaches.grounding.oracles import rows_asked
from metier.approaches.grounding.rewriting import conversation
from metier.approaches.halving_rounds import rounds
from metier.approaches.prompting.asking_hosted import HostedSystem
from metier.approaches.prompting.halving import FIRST_ROWS
from metier.approaches.prompting.rewriting import ATTEMPTS, POOL, shown_to_rewriter
from metier.approaches.prompting.searching import trials_and_rows
from metier.approaches.prompting.sensitivity import OTHER_WORDINGS, rows_tried
from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.approaches.tuning.distilling import asked_model
from metier.approaches.tuning.rows import drawn
from metier.approaches.tuning.writing import PARAPHRASE, TRANSLATE, examples_shown, told
from metier.core import Example, Message, Task
from metier.core.tasks import form_of
from metier.data.augmenting import AugmentSettings, most_asked
from metier.evaluation.costing.latency import WARMUPS
from metier.models import HostedModel, HostedSettings, is_hosted
from metier.prompts import PromptSettings
from metier.retrieval import RetrievalSettings


class Questions(NamedTuple):
    """What a hosted model will be asked for one purpose, at most.

    Attributes:
        purpose: what asks: ``"answers"``, ``"prompt.search.rewrite"``.
        model: ``openai:NAME``.
        hosted: where it lives, and its prices.
        number: of questions.
        tokens_in: tokens that it reads for all of them.
        tokens_out: tokens that it writes, likewise.
    """

    purpose: str
    model: str
    hosted: HostedSettings
    number: int
    tokens_in: int
    tokens_out: int


class Each(NamedTuple):
    """What answering a row takes, on average: questions, tokens read, tokens written."""

    questions: float
    tokens_in: float
    tokens_out: float


class Own(NamedTuple):
    """What an approach asks its own hosted model.

    Attributes:
        each: what a row takes.
        building: rows that are answered while it is built: other wordings, search, choice of retrieval, oracle runs.
        answering: rows that are answered then: the test rows, and those that latency is measured with.
    """

    each: Each
    building: int
    answering: int


def own_questions(settings: ApproachSettings, known: Known, resources: Resources) -> Own:
    """What an approach asks its own hosted model, its thoughts and passages included."""
    name, asked = settings.model or resources.model, settings.prompting
    drawn_at_random = asked.model_copy(update={"choose": "random"})
    system = _system(name, settings.hosted, drawn_at_random, known, resources, retrieval=settings.retrieval)
    each = each_answer(system, known.validation or known.train, settings.retrieval)
    return Own(each, _building(settings, known), _answered(known))


def _answered(known: Known) -> int:
    """Rows that are answered once the approach stands: the test rows, and those that are timed."""
    return known.test + known.latency_queries + WARMUPS + known.load_queries


def each_answer(system: HostedSystem, rows: Sequence[Example], retrieval: RetrievalSettings | None = None) -> Each:
    """What answering a row takes: the question that a search reads, thoughts, the answer."""
    some = grounded(list(rows)[:ASKED], retrieval)
    reason, most = system.settings.reason, system.settings.max_new_tokens
    count = system.model.count
    reading = _mean([count(one.messages) for one in system.ask(some)])
    found = Each(1, reading, most)
    if reason is not None:  # first the thought, then the answer with the thought in sight
        thought = "x" * (3 * reason.tokens)
        again = _mean([count(one.messages) for one in system.ask([replace(row, thought=thought) for row in some])])
        found = Each(2 * reason.samples, reason.samples * (reading + again), reason.samples * (reason.tokens + most))
    if retrieval is None or retrieval.rewrite is None:
        return found
    open_ = [count(conversation(row)) for row in some if row.history]
    share = len(open_) / max(1, len(some))
    return Each(
        found.questions + share,
        found.tokens_in + share * _mean(open_),
        found.tokens_out + share * retrieval.rewrite,
    )


def questions_of(settings: ApproachSettings, known: Known, resources: Resources) -> list[Questions]:
    """Everything that an approach asks hosted models, by purpose; empty where it asks none."""
    found: list[Questions] = []
    name = settings.model or resources.model
    if is_hosted(name) and settings.hosted is not None:
        own = own_questions(settings, known, resources)
        found.append(_of_rows("building", name, settings.hosted, own.building, own.each))
        found.append(_of_rows("answers", name, settings.hosted, own.answering, own.each))
    found += _rewriting(settings, known)
    found += _distilling(settings, known, resources)
    found += _making_rows(settings, known, resources)
    return [one for one in found if one.number]


def _system(
    name: str,
    hosted: HostedSettings | None,
    asked: PromptSettings,
    known: Known,
    resources: Resources,
    *,
    retrieval: RetrievalSettings | None = None,
) -> HostedSystem:
    system = asked_model(name, hosted, asked, known.task, resources, pool=known.train, retrieval=retrieval)
    assert isinstance(system, HostedSystem), "the caller looked"
    return system


def _building(settings: ApproachSettings, known: Known) -> int:
    """Rows that are answered before the approach stands."""
    asked, validation = settings.prompting, len(known.validation)
    rows = sum(trials_and_rows(asked.search, len(known.train), validation)) if asked.search else 0
    if retrieval := settings.retrieval:
        if retrieval.choose:
            tried, most = len(candidates(retrieval, retrieval.choose)), min(retrieval.choose.rows, validation)
            rows += _halved(tried, most)
        rows += len(ORACLE_RUNS) * min(rows_asked(retrieval, known.task), validation)
    if settings.sweep:
        rows += settings.sweep.trials * (rows + validation)
    return rows + (1 + OTHER_WORDINGS) * rows_tried(asked, known.task, validation)


def _halved(tried: int, most: int) -> int:
    """Rows that successive halving asks about, each candidate about each row once."""
    done, rows = 0, 0
    for count, upto in rounds(tried, most, first=FIRST_ROWS):
        rows, done = rows + count * (upto - done), upto
    return rows


def _rewriting(settings: ApproachSettings, known: Known) -> Iterator[Questions]:
    """The strong model that rewrites the instruction; it is asked again where it quotes rows."""
    search = settings.prompt.search if settings.prompt else None
    if search is None or search.rewrite is None or settings.hosted is None:
        return
    rewrite = search.rewrite
    model = HostedModel(rewrite.model, settings.hosted)
    instruction = (settings.prompt and settings.prompt.instruction) or known.task.instruction
    some = list(known.train)[:POOL]
    usual = sorted(some, key=lambda row: len(row.input))[len(some) // 2 :][: rewrite.shown]
    each = Each(1, model.count(shown_to_rewriter(known.task, instruction, usual)), rewrite.max_new_tokens)
    yield _of_rows("prompt.search.rewrite", rewrite.model, settings.hosted, ATTEMPTS * rewrite.proposals, each)


def _distilling(settings: ApproachSettings, known: Known, resources: Resources) -> Iterator[Questions]:
    """A hosted teacher answers every training row once; the trials of a sweep share its answers."""
    weights = settings.weights
    distill = weights.distill if weights else None
    if weights is None or distill is None or distill.hosted is None or not is_hosted(distill.teacher):
        return
    rows = drawn(known.train, weights.max_rows, seed=resources.seed)[0]
    asked = settings.prompting.model_copy(update={"choose": "random"})
    system = _system(distill.teacher, distill.hosted, asked, known, resources, retrieval=settings.retrieval)
    each = each_answer(system, rows, settings.retrieval)
    yield _of_rows("weights.distill", distill.teacher, distill.hosted, len(rows), each)


def _making_rows(settings: ApproachSettings, known: Known, resources: Resources) -> Iterator[Questions]:
    """Models that write rows, and the teacher that must agree with them."""
    augment = settings.augment
    if augment is None or augment.hosted is None:
        return
    max_rows = settings.weights.max_rows if settings.weights else None
    rows = drawn(known.train, max_rows, seed=resources.seed)[0]
    asked = most_asked(augment, len(rows))
    for way, names in augment.writers.items():
        for name in (one or resources.model for one in names):
            if is_hosted(name):
                messages = _written(way, augment, known.task, rows)
                each = Each(1, _mean(_counts(name, augment.hosted, messages, rows)), augment.max_new_tokens)
                yield _of_rows(f"augment.{way}", name, augment.hosted, asked[way], each)
    if augment.teacher is not None and is_hosted(augment.teacher):
        each = each_answer(_system(augment.teacher, augment.hosted, PromptSettings(), known, resources), rows)
        yield _of_rows("augment.teacher", augment.teacher, augment.hosted, sum(asked.values()), each)


def _written(
    way: str, augment: AugmentSettings, task: Task, rows: Sequence[Example]
) -> Callable[[Example], Sequence[Message]]:
    """What a model that writes rows is asked about one."""
    if way == "self_instruct" and augment.self_instruct is not None:
        shown, labels = list(rows[: augment.self_instruct.shown]), form_of(task.kind).has_labels
        return lambda row: examples_shown(shown, row, task, labels=labels)
    if way == "back_translate" and augment.back_translate is not None:
        instruction = TRANSLATE.format(language=augment.back_translate.through)
        return lambda row: told(instruction, row.input)
    return lambda row: told(PARAPHRASE, row.input)


def _counts(
    name: str, hosted: HostedSettings, messages: Callable[[Example], Sequence[Message]], rows: Sequence[Example]
) -> list[int]:
    model = HostedModel(name, hosted)
    return [model.count(messages(row)) for row in rows[:ASKED]]


def _of_rows(purpose: str, model: str, hosted: HostedSettings, rows: int, each: Each) -> Questions:
    count, tokens_in, tokens_out = (round(rows * part) for part in each)
    return Questions(purpose, model, hosted, count, tokens_in, tokens_out)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(1, len(values))
