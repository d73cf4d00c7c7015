"""Graders that ask a model: every answer of every approach is shown to it, and what it says becomes a metric.

What a grader says of a text is asked once, whichever approach wrote it, and kept in ``grades/GRADER.jsonl`` as it
comes: a run that is stopped, or goes on, pays for nothing twice. Nothing is chosen by it, so it is never first.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from metier.approaches.journal import OnceJournal
from metier.comparison.answers import read_predictions
from metier.comparison.recipe import Loaded, Recipe
from metier.comparison.scoring.pricing import tokens_cost
from metier.comparison.stages import Stage
from metier.core import Example, Message, Prediction, Problem, Reporter, ServiceError, TaskKind, say, warn
from metier.core.artifacts import hash_file, hash_value, read_json, write_json
from metier.core.tasks import form_of
from metier.data import Dataset
from metier.evaluation import Metric
from metier.evaluation.graders import GraderSettings, asked, grade_of
from metier.models import HostedModel, check_hosted, is_hosted

FOLDER = "grades"
_FORM = 1
"""Raise when what a grader is asked changes."""
REPLY_TOKENS = 32
"""Tokens that a grader's model may write about an answer."""
_SHOWN = 200


class Said(NamedTuple):
    """A reply: its text, and the tokens that it took."""

    text: str
    tokens_in: int
    tokens_out: int


def graders_of(recipe: Recipe) -> list[GraderSettings]:
    """The recipe's graders that ask a model."""
    return [one for one in recipe.evaluate.metrics or () if isinstance(one, GraderSettings) and one.asks]


def check_graders(recipe: Recipe, kind: TaskKind | None) -> list[Problem]:
    """What is wrong with graders that ask a model, found without asking one."""
    found: list[Problem] = []
    for place, grader in enumerate(recipe.evaluate.metrics or ()):
        if not isinstance(grader, GraderSettings) or not grader.asks:
            continue
        path = f"evaluate.metrics.{place}"
        if kind is not None and not form_of(kind).answered:
            remedy = "leave the grader out"
            found.append(_problem(path, "no grader: raw text is not answered", repr(grader.name), remedy))
        if not is_hosted(grader.model or ""):
            remedy = "write openai:NAME and where it lives under hosted"
            found.append(_problem(f"{path}.model", "a hosted model", repr(grader.model), remedy))
            continue
        problems = check_hosted(grader.model or "", grader.hosted or recipe.hosted, os.environ)
        found += [replace(problem, path=f"{path}.{problem.path}") for problem in problems]
    return found


def grade(
    loaded: Loaded, run: Path, dataset: Dataset, names: Sequence[str], reporter: Reporter
) -> list[dict[str, Any]]:
    """Let the recipe's graders judge the answers of approaches, as far as they have not.

    Args:
        loaded: the recipe.
        run: the run's folder; gets ``grades/GRADER/APPROACH.json``, of which :func:`with_grades` makes a metric.
        dataset: the run's; the test set is opened once for each grader that has something new to judge.
        names: approaches that have answered.
        reporter: told of it.

    Returns:
        for each grader what it was asked, what it could not judge and what that took, for the leaderboard.
    """
    return [_grade(one, loaded.recipe, run, dataset, names, reporter) for one in graders_of(loaded.recipe)]


def with_grades(
    run: Path, name: str, predictions: Sequence[Prediction], metrics: Iterable[str | Metric]
) -> list[Prediction]:
    """An approach's predictions with the grades that graders gave them; those of other answers do not count."""
    grades: dict[str, dict[str, float]] = {}
    for metric in metrics:
        if isinstance(metric, Metric) and metric.of_grades is not None:
            for id, value in _grades(run, metric.name, name).items():
                grades.setdefault(id, {})[metric.name] = value
    return [replace(one, grades=grades[one.id]) if one.id in grades else one for one in predictions]


def _grades(run: Path, grader: str, name: str) -> dict[str, float]:
    path = run / FOLDER / grader / f"{name}.json"
    if not path.is_file():
        return {}
    found = read_json(path)
    if found["answers"] != hash_file(_answers(run, name)):
        return {}
    return {id: value for id, value in found["grades"].items() if value is not None}


def _grade(
    grader: GraderSettings, recipe: Recipe, run: Path, dataset: Dataset, names: Sequence[str], reporter: Reporter
) -> dict[str, Any]:
    hosted = grader.hosted or recipe.hosted
    assert hosted is not None
    folder = run / FOLDER / grader.name
    settings = grader.model_dump(exclude={"hosted"})
    stages = {
        name: Stage(folder, name, [_FORM, settings, hosted.asked(), hash_file(_answers(run, name))]) for name in names
    }
    if waiting := [name for name, stage in stages.items() if not stage.is_done()]:
        model = HostedModel(grader.model or "", hosted)
        journal = OnceJournal(run / FOLDER / f"{grader.name}.jsonl", _FORM)
        questions = _questions(grader, model, dataset.open_test(by=f"grader {grader.name}"), run, waiting)
        refused = _ask(grader, model, questions, journal, reporter)
        for name in waiting:
            found = _judged(grader, questions[name], journal, refused)
            write_json(folder / f"{name}.json", {"answers": hash_file(_answers(run, name)), **found})
            if not found["failed"]:
                stages[name].finish([folder / f"{name}.json"])
    board = _summed(grader, {name: read_json(folder / f"{name}.json") for name in names})
    board["cost"] = tokens_cost(
        hosted, grader.model or "", tokens_in=board["tokens_in"], tokens_out=board["tokens_out"]
    )
    say(reporter, f"  {told(board, recipe.prices.currency)}")
    return board


def _questions(
    grader: GraderSettings, model: HostedModel, examples: Sequence[Example], run: Path, names: Sequence[str]
) -> dict[str, dict[str, _Question]]:
    """For each approach and example what the model is asked; equal questions have equal keys."""
    found: dict[str, dict[str, _Question]] = {}
    for name in names:
        answers = {answer.id: answer.text for answer in read_predictions(_answers(run, name))}
        found[name] = {}
        for example in examples:
            filled = _turns(grader, example, answers[example.id])
            found[name][example.id] = _Question(hash_value([_FORM, model.source.fingerprint, filled]), filled)
    return found


def messages_of(grader: GraderSettings, example: Example, answer: str) -> list[Message]:
    """What a grader's model is asked about an answer."""
    return [Message(role=role, content=text) for role, text in _turns(grader, example, answer)]


def _turns(grader: GraderSettings, example: Example, answer: str) -> list[tuple[Any, str]]:
    turns = [*(f"{turn.role}: {turn.content}" for turn in example.history), example.input]
    return [*asked(grader, question="\n".join(turns), target=example.target or "", answer=answer.strip())]


class _Question(NamedTuple):
    """What a model is asked about an answer."""

    key: str
    turns: list[tuple[Any, str]]

    def messages(self) -> list[Message]:
        return [Message(role=role, content=text) for role, text in self.turns]


def _ask(
    grader: GraderSettings,
    model: HostedModel,
    questions: Mapping[str, Mapping[str, _Question]],
    journal: OnceJournal,
    reporter: Reporter,
) -> dict[str, str]:
    """Ask what has not been asked; by key, why the service would not answer."""
    waiting = {one.key: one for asked in questions.values() for one in asked.values() if not journal.knows(one.key)}
    refused: dict[str, str] = {}
    if not waiting:
        return refused
    say(reporter, f"grader {grader.name}: {grader.model} judges {len(waiting)} answers, which are sent to it")
    conversations = [one.messages() for one in waiting.values()]
    replies = model.attempts(
        conversations, max_new_tokens=REPLY_TOKENS, reporter=reporter, label=f"grade {grader.name}"
    )
    left = dict.fromkeys(waiting, "not asked: the service was given up")
    try:
        for reply, key in zip(replies, list(waiting), strict=False):
            del left[key]
            if isinstance(reply, ServiceError):
                refused[key] = str(reply)
            else:
                journal.keep(key, Said(reply.text, reply.tokens_in, reply.tokens_out)._asdict())
    except ServiceError as error:
        warn(reporter, f"grader {grader.name}: {error}")
    return refused | left


def _judged(
    grader: GraderSettings,
    questions: Mapping[str, _Question],
    journal: OnceJournal,
    refused: Mapping[str, str],
) -> dict[str, Any]:
    """Grades by example, None where there is none, and what was said or went wrong there."""
    replies = {id: Said(**journal.result(one.key)) if journal.knows(one.key) else None for id, one in questions.items()}
    grades = {id: grade_of(grader, reply.text) if reply else None for id, reply in replies.items()}
    distinct = {questions[id].key: reply for id, reply in replies.items() if reply}
    return {
        "grades": grades,
        "failed": {id: refused[questions[id].key][:_SHOWN] for id, reply in replies.items() if reply is None},
        "not_understood": {id: reply.text[:_SHOWN] for id, reply in replies.items() if reply and grades[id] is None},
        "asked": {key: [reply.tokens_in, reply.tokens_out] for key, reply in distinct.items()},
    }


def _summed(grader: GraderSettings, judged: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What a grader did over all approaches; a question that several asked took its tokens once."""
    took = {key: tokens for found in judged.values() for key, tokens in found["asked"].items()}
    return {
        "name": grader.name,
        "type": grader.type,
        "model": grader.model,
        "labels": grader.labels,
        "passing_labels": grader.passing_labels,
        "range": None if grader.labels else grader.scores,
        "pass_threshold": grader.pass_threshold,
        "answers": sum(len(found["grades"]) for found in judged.values()),
        "asked": len(took),
        "failed": {name: len(found["failed"]) for name, found in judged.items() if found["failed"]},
        "not_understood": {
            name: len(found["not_understood"]) for name, found in judged.items() if found["not_understood"]
        },
        "tokens_in": sum(tokens[0] for tokens in took.values()),
        "tokens_out": sum(tokens[1] for tokens in took.values()),
    }


def told(board: Mapping[str, Any], currency: str) -> str:
    """What a grader did, in a sentence or two."""
    cost = "" if board["cost"] is None else f", {board['cost']:.4g} {currency}".rstrip()
    tokens = board["tokens_in"] + board["tokens_out"]
    text = (
        f"grader {board['name']}: {board['model']} judged {board['answers']:,} answers, {board['asked']:,} of them "
        f"different ({tokens:,} tokens{cost})."
    )
    failed, puzzled = (sum(board[kind].values()) for kind in ("failed", "not_understood"))
    if failed:
        text += f" It gave no answer about {failed:,}; the same command asks again."
    if puzzled:
        text += f" About {puzzled:,} it said something else than was asked for."
    return text + (" These are left out of its measure." if failed or puzzled else "")


def _answers(run: Path, name: str) -> Path:
    return run / "approaches" / name / "predictions.parquet"


def _problem(path: str, expected: str, got: str, remedy: str) -> Problem:
    return Problem(where="recipe", path=path, expected=expected, got=got, remedy=remedy)
