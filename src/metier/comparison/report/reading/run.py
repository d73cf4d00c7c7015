"""One finished run, as the sections of the report see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from metier.comparison.report.facets import facets
from metier.comparison.report.reading.analysis import Analysis, read_analysis, read_found, read_reliability
from metier.comparison.report.reading.answers import (
    Answer,
    Strain,
    item_metric,
    lower_is_better,
    read_answers,
    read_examples,
    read_strain,
    task_form,
)
from metier.comparison.report.reading.data_room import DataRoom, read_data_room
from metier.comparison.report.reading.folder import RunFolder
from metier.comparison.report.reading.growth import Growth, read_growth
from metier.comparison.report.reading.judged import Judged, read_judged
from metier.comparison.report.reading.leaderboard import Approach, Leaderboard
from metier.comparison.report.reading.leaderboard_file import leaderboard
from metier.comparison.report.reading.provenance import Provenance, read_provenance
from metier.comparison.report.reading.records import read_record
from metier.comparison.report.reading.retrieval import Retrieval, read_retrieval
from metier.comparison.report.reading.values import mappings, text
from metier.comparison.report.slices import Found, find
from metier.core import Example, Problem, Record, Score, UserError
from metier.core.said import sentence
from metier.evaluation import Reliability, TypeScore


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Everything that the report tells.

    Attributes:
        board: the leaderboard.
        finished: approaches that were measured, best first.
        unfinished: those that failed or could not be used here, in the order of the leaderboard.
        subject: the approach that details are shown of: the recommended one, else the best; None where none finished.
        rival: the best of the others; None where there is none.
        records: what was done, by approach.
        strains: cut and unfinished answers, by approach.
        retrievals: what was found in the documents, by approach.
        examples: the test set, by id.
        answers_of: all answers of every approach that finished and left them.
        item_metric: what single answers are scored by.
        analysis: the subject's answers by label, where one label is answered; None otherwise.
        found: how well the subject finds each label, where several may be found; empty otherwise.
        reliabilities: whether approaches are as often right as they are sure, by approach.
        weaknesses: slices where the subject is significantly worse; None where there was nothing to look at.
        judged: what a model as judge said; None where none was asked.
        panel: approaches that were chosen because the recipe says `approaches: auto`, and why.
        growth: learning curves; none where none were asked for.
        data: what happened to the data.
        provenance: how to repeat the run.
        unreadable: files that are damaged and were left out.
    """

    board: Leaderboard
    finished: tuple[Approach, ...]
    unfinished: tuple[Approach, ...]
    subject: Approach | None
    rival: Approach | None
    records: Mapping[str, Record]
    strains: Mapping[str, Strain]
    retrievals: Mapping[str, Retrieval]
    examples: Mapping[str, Example]
    answers_of: Mapping[str, tuple[Answer, ...]]
    item_metric: str
    analysis: Analysis | None
    found: tuple[TypeScore, ...]
    reliabilities: Mapping[str, Reliability]
    weaknesses: Found | None
    judged: Judged | None
    panel: tuple[tuple[str, str], ...]
    growth: tuple[Growth, ...]
    data: DataRoom
    provenance: Provenance
    unreadable: tuple[str, ...]

    @property
    def answers(self) -> tuple[Answer, ...]:
        """The subject's answers."""
        return self.answers_of.get(self.subject.name, ()) if self.subject else ()

    @property
    def rival_answers(self) -> Mapping[str, Answer]:
        """The rival's answers, by id."""
        return {answer.id: answer for answer in self.answers_of.get(self.rival.name, ())} if self.rival else {}

    def quality(self, approach: Approach) -> Score:
        """The primary metric of an approach that finished."""
        return approach.metrics[self.board.primary]

    def is_floor(self, approach: Approach) -> bool:
        """Whether it is one of the simple approaches that others must beat."""
        return approach.name in self.board.floors

    def best_floor(self) -> Approach | None:
        """The best of the floors that finished."""
        return next((approach for approach in self.finished if self.is_floor(approach)), None)


def read_run(path: Path) -> Run:
    """Read a run folder.

    Raises:
        UserError: there is no readable ``leaderboard.json``: the run has not finished.
    """
    folder = RunFolder(path)
    raw = folder.json("leaderboard.json")
    if not raw:
        raise UserError([_no_leaderboard(path)])
    board = leaderboard(raw)
    done = [item for item in board.approaches if item.status == "done" and board.primary in item.metrics]
    sign = 1 if lower_is_better(board.primary, board.lower) else -1
    finished = tuple(sorted(done, key=lambda item: sign * item.metrics[board.primary].value))
    subject = next((item for item in finished if item.name == board.recommended), finished[0] if finished else None)
    rival = next((item for item in finished if item is not subject), None)
    metric, form = item_metric(board.kind, board.primary), task_form(board.kind)
    answered = finished if form.answered else ()
    answers = {item.name: read_answers(folder, item.name, metric, form) for item in answered}
    names = tuple(item.name for item in board.approaches)
    records = {name: read_record(folder, name) for name in names}
    examples = read_examples(folder, form) if any(answers.values()) else {}
    reliabilities = {item.name: read_reliability(folder, item.name) for item in finished}
    strains = {item.name: read_strain(folder, item.name) for item in finished}
    settings = {name: record.settings for name, record in records.items() if record}
    retrievals = {item.name: read_retrieval(folder, item.name, settings.get(item.name, {})) for item in finished}
    return Run(
        board=board,
        finished=finished,
        unfinished=tuple(item for item in board.approaches if item not in done),
        subject=subject,
        rival=rival,
        records={name: record for name, record in records.items() if record},
        strains={name: strain for name, strain in strains.items() if strain},
        retrievals={name: found for name, found in retrievals.items() if found},
        examples=examples,
        answers_of={name: found for name, found in answers.items() if found},
        item_metric=metric.name,
        reliabilities={name: table for name, table in reliabilities.items() if table},
        weaknesses=_weaknesses(board, subject, examples, answers),
        analysis=_analysis(folder, board, subject, answers.get(subject.name, ()) if subject else ()),
        found=read_found(folder, subject.name) if subject else (),
        judged=read_judged(folder),
        panel=_panel(folder),
        growth=read_growth(folder),
        data=read_data_room(folder, names),
        provenance=read_provenance(folder),
        unreadable=tuple(folder.unreadable),
    )


def _panel(folder: RunFolder) -> tuple[tuple[str, str], ...]:
    rows = mappings(folder.json("panel.json").get("chosen"))
    return tuple((text(row.get("name")), sentence(row, "why")) for row in rows if row.get("name"))


def _analysis(
    folder: RunFolder, board: Leaderboard, subject: Approach | None, answers: tuple[Answer, ...]
) -> Analysis | None:
    if subject is None or board.kind != "classify":
        return None
    return read_analysis(folder, subject.name, answers=answers, labels=board.labels, confidence=board.confidence)


def _weaknesses(
    board: Leaderboard,
    subject: Approach | None,
    examples: Mapping[str, Example],
    answers: Mapping[str, tuple[Answer, ...]],
) -> Found | None:
    ids = [answer.id for answer in answers.get(subject.name, ()) if answer.id in examples] if subject else []
    if not ids or subject is None:
        return None
    rows = [examples[name] for name in ids]
    scores = {name: {answer.id: answer.score for answer in found} for name, found in answers.items()}
    # What answers everything alike is better wherever that answer is right, which says nothing.
    alike = {name for name, found in answers.items() if len({answer.given for answer in found}) == 1}
    found = find(
        np.array([scores[subject.name][name] for name in ids]),
        {
            name: np.array([found[row] for row in ids])
            for name, found in scores.items()
            if name != subject.name and name not in alike and all(row in found for row in ids)
        },
        facets(rows, labelled=board.kind == "classify"),
        [row.group for row in rows],
        confidence=board.confidence,
    )
    return found if found.looks_elsewhere else None


def _no_leaderboard(path: Path) -> Problem:
    damaged = (path / "leaderboard.json").exists()
    return Problem(
        where=str(path),
        expected="the folder of a finished run, with leaderboard.json",
        got="a leaderboard.json that cannot be read" if damaged else "no leaderboard.json",
        remedy="run the recipe again into this folder: what is done is not done twice",
    )
