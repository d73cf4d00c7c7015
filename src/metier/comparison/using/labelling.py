"""The labelling loop over a finished run: which new rows to label next, with suggestions; corrections as new data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from metier import data
from metier.comparison.using.new_rows import NewRows
from metier.comparison.using.predicting import check_run, choose_approach, load_system, resources_of
from metier.core import Example, Prediction, Problem, Reporter, Silent, UserError
from metier.core.artifacts import read_json, write_text
from metier.core.tasks import form_of
from metier.core.tasks.multilabel import labels_in
from metier.data.labelling import (
    EXPORTS,
    Suggestion,
    disagreement,
    farthest_first,
    ranked,
    read_corrections,
    uncertainty,
)
from metier.data.values import flatten, normalise

By = Literal["auto", "uncertainty", "disagreement", "diversity"]
SHORTLIST = 4
"""``auto`` chooses the most different rows among so many times as many doubtful ones."""
_COMMITTEE = 3
_WEAK = ("majority", "copy")


class Chosen(NamedTuple):
    """Rows that were written out for labelling.

    Attributes:
        rows: in the order in which they should be labelled.
        read: rows of the file.
        known: rows that were passed over, as their text stands in train or validation, or twice in the file.
        by: how they were chosen, in words.
        files: what was written.
    """

    rows: list[Suggestion]
    read: int
    known: int
    by: str
    files: list[Path]


def next_rows(
    run: Path,
    file: Path,
    *,
    out: Path,
    names: Sequence[str] = (),
    count: int | None = None,
    by: By = "auto",
    to: str = "label_studio",
    reporter: Reporter | None = None,
) -> Chosen:
    """Choose the rows that are worth a person's time, and write them with the model's suggestions.

    Args:
        run: folder of a finished run.
        file: rows without answers, in the form of the run's own.
        out: where the tasks go.
        names: approaches; the first one suggests, all of them vote. None: the recommended one suggests; where votes are
            needed, the three best vote.
        count: how many. None: all, ordered.
        by: ``uncertainty`` (small margin between the two most probable labels), ``disagreement`` (approaches differ),
            ``diversity`` (far from labelled rows and from each other), or ``auto``: of the rows that are most doubtful
            by the first two, as far as there is a measure, those that are most different.
        to: name of an export (``label_studio``, ``superannotate``, ``jsonl``).
        reporter: told of the progress.

    Raises:
        UserError: no such run, approach, file or export; rows that cannot be ranked so.
    """
    check_run(run)
    export = EXPORTS.get(to)
    _refuse_structured(run)
    committee = _committee(run, names, votes=by in ("auto", "disagreement"))
    pairs = NewRows(run).with_values(file)
    fresh = _fresh(run, pairs)
    examples = [example for _, example in fresh]
    if not examples:
        got = f"{len(pairs):,} rows, all of them known" if pairs else "no row"
        raise UserError([Problem(where=str(file), expected="new rows", got=got, remedy="give rows without answers")])
    answers = {name: load_system(run, name, reporter=reporter or Silent()).predict(examples) for name in committee}
    order, reasons, said = _order(run, by, examples, answers, count or len(examples), reporter or Silent())
    first = committee[0]
    rows = [
        _suggestion(
            *fresh[place], first, {name: found[place] for name, found in answers.items()}, reasons.get(place, "")
        )
        for place in order
    ]
    files = export(rows, task=data.load(run).task, out=out)
    return Chosen(rows, len(pairs), len(pairs) - len(fresh), said, files)


def _refuse_structured(run: Path) -> None:
    """Refuse tasks whose answers are neither a label nor a text: tools mark those in the text itself.

    Raises:
        UserError: it is one.
    """
    form = form_of(data.load(run).task.kind)
    if form.structured or not form.answered:
        expected, got = "a task answered with one label or a text", f"one answered with {form.title}"
        remedy = "mark such places in your tool; data.examples reads its export"
        if not form.answered:
            got, remedy = f"{form.title}, which is not answered", "give the run's recipe a task with answers"
        raise UserError([Problem(where=str(run), expected=expected, got=got, remedy=remedy)])


def _committee(run: Path, names: Sequence[str], *, votes: bool) -> list[str]:
    """The approach that suggests, and those that vote beside it."""
    chosen = [choose_approach(run, name) for name in dict.fromkeys(names)]
    if chosen:
        return chosen
    first = choose_approach(run, None)
    board = read_json(run / "leaderboard.json")
    others = [
        row["name"] for row in board["approaches"] if row["status"] == "done" and row["name"] not in (first, *_WEAK)
    ]
    return [first, *(others[: _COMMITTEE - 1] if votes else [])]


def _fresh(run: Path, pairs: Sequence[tuple[Mapping[str, Any], Example]]) -> list[tuple[Mapping[str, Any], Example]]:
    """Rows whose text is not labelled already, each text once. The test set stays closed."""
    dataset = data.load(run)
    seen = {normalise(example.input) for example in (*dataset.train, *dataset.validation)}
    fresh: list[tuple[Mapping[str, Any], Example]] = []
    for values, example in pairs:
        text = normalise(example.input)
        if text and text not in seen:
            seen.add(text)
            fresh.append((values, example))
    return fresh


def _order(
    run: Path,
    by: By,
    examples: Sequence[Example],
    answers: Mapping[str, Sequence[Prediction]],
    count: int,
    reporter: Reporter,
) -> tuple[list[int], dict[int, str], str]:
    """Places of the chosen rows, why each was chosen, and how in words."""
    labels = form_of(data.load(run).task.kind).chooses
    scored = [name for name, found in answers.items() if all(one.scores for one in found)]
    doubts: dict[str, Any] = {}
    if by in ("auto", "uncertainty") and scored:
        doubts["uncertainty"] = uncertainty([[*one.scores.values()] for one in answers[scored[0]]])
    if by in ("auto", "disagreement") and len(answers) > 1:
        doubts["disagreement"] = disagreement(
            [[one.text for one in found] for found in answers.values()], labels=labels
        )
    if by in ("uncertainty", "disagreement") and by not in doubts:
        raise UserError([_no_measure(by)])
    told = {place: ", ".join(f"{name} {doubts[name][place]:.2f}" for name in doubts) for place in range(len(examples))}
    measures = " and ".join(f"{name} ({_whose(name, scored, answers)})" for name in doubts)
    if by not in ("auto", "diversity"):
        order = sorted(range(len(examples)), key=lambda place: -doubts[by][place])[:count]
        return order, told, f"by {measures}"
    shortlist = list(range(len(examples)))
    if doubts:
        doubt = ranked(*doubts.values())
        shortlist = sorted(shortlist, key=lambda place: -doubt[place])[: SHORTLIST * count]
    resources = resources_of(run, reporter=reporter)
    vectors = resources.embed([examples[place].input for place in shortlist])
    known = resources.embed([example.input for example in data.load(run).train])
    order = [shortlist[place] for place in farthest_first(vectors, known, count=count)]
    likeness = "those least like labelled rows and each other"
    return order, told, f"of those most in doubt by {measures}, {likeness}" if doubts else likeness


def _whose(measure: str, scored: Sequence[str], answers: Mapping[str, Any]) -> str:
    return scored[0] if measure == "uncertainty" else ", ".join(answers)


def _no_measure(by: str) -> Problem:
    if by == "uncertainty":
        expected, remedy = "an approach that gives probabilities of labels", "choose --by disagreement or diversity"
        return Problem(where="--by", expected=expected, got="answers without probabilities", remedy=remedy)
    expected, remedy = (
        "two approaches or more, to compare their answers",
        "name two approaches, or choose --by diversity",
    )
    return Problem(where="--by", expected=expected, got="one", remedy=remedy)


def _suggestion(
    values: Mapping[str, Any], example: Example, first: str, answers: Mapping[str, Prediction], why: str
) -> Suggestion:
    own = answers[first]
    return Suggestion(
        example=example,
        values=values,
        answer=own.text,
        probability=own.scores.get(own.text) if own.scores else None,
        model=first,
        why=why,
        others={name: one.text for name, one in answers.items() if name != first and one.text != own.text},
    )


class Imported(NamedTuple):
    """What came of labelled rows.

    Attributes:
        rows: rows with an answer, written to ``out``.
        accepted: those whose suggestion stood.
        corrected: the others.
        unanswered: rows that nobody has answered yet; they are not written.
        repeated: rows that came again; the last answer counts.
        new_labels: labels that the run does not know.
        out: the file.
    """

    rows: int
    accepted: int
    corrected: int
    unanswered: int
    repeated: int
    new_labels: tuple[str, ...]
    out: Path


def import_rows(run: Path, labelled: Path, *, out: Path) -> Imported:
    """Turn an annotation tool's export into rows in the form of the run's own data.

    Args:
        run: the run whose suggestions were labelled.
        labelled: Label Studio's JSON, SuperAnnotate's JSONL, or lines of JSON.
        out: a ``.jsonl`` for the recipe's ``data.examples``.

    Raises:
        UserError: no such run or file, no answer in it, or a task whose rows cannot be written so.
    """
    check_run(run)
    _refuse_structured(run)
    found = read_corrections(labelled)
    if not found.rows:
        got = f"{len(found.unanswered):,} rows without an answer"
        raise UserError([Problem(where=str(labelled), expected="answers", got=got, remedy="label some rows first")])
    summary, task = read_json(run / "data" / "data.json"), data.load(run).task
    writer = _Writer(run, summary)
    lines = [json.dumps(writer.row(one.values, one.text, one.answer), ensure_ascii=False) for one in found.rows]
    write_text(out, "".join(line + "\n" for line in lines))
    new = sorted({one.answer for one in found.rows} - set(task.labels)) if form_of(task.kind).chooses else []
    rest = len(found.rows) - found.accepted
    return Imported(len(found.rows), found.accepted, rest, len(found.unanswered), found.repeated, tuple(new), out)


class _Writer:
    """Puts an answer into a row, in the form of the run's own data."""

    def __init__(self, run: Path, summary: Mapping[str, Any]) -> None:
        self._columns, self._shape = summary["columns"], summary["shape"]
        if self._columns.get("template"):
            remedy = "add the answers to the table that the template takes, in its own terms (stars, numbers)"
            got = "a run whose rows a template made: its answers cannot be written back into columns"
            problem = Problem(where=str(run), expected="a run of rows as they are", got=got, remedy=remedy)
            raise UserError([problem])

    def row(self, values: Mapping[str, Any], text: str, answer: str) -> dict[str, Any]:
        if self._shape == "table":
            own = flatten(values) or {self._columns["input"]: text}
            if self._columns["input"] not in own and not self._columns.get("parts"):
                own = {self._columns["input"]: text}
            if flags := self._columns.get("flags"):
                return {**own, **{name: int(name in labels_in(answer)) for name in flags}}
            return {**own, self._columns["target"]: answer}
        if isinstance(values.get("messages"), list):
            turns = [turn for turn in values["messages"] if isinstance(turn, Mapping)]
            while turns and turns[-1].get("role") == "assistant":
                turns.pop()
            return {"messages": [*turns, {"role": "assistant", "content": answer}]}
        return {"messages": [{"role": "user", "content": text}, {"role": "assistant", "content": answer}]}
