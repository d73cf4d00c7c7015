"""The main job: data, approaches, test, leaderboard, advice, report. Read it top to bottom."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from metier import approaches, data, evaluation
from metier.approaches import ApproachSettings
from metier.comparison.answers import read_asked, read_predictions
from metier.comparison.lock import JOURNAL, refuse_foreign
from metier.comparison.planning.choosing import choose_approaches, panel_lines, write_panel
from metier.comparison.planning.panel import Panel
from metier.comparison.planning.power import foreseen
from metier.comparison.planning.preparing import prepared_data
from metier.comparison.planning.problems import check
from metier.comparison.recipe import Loaded, as_yaml, load_recipe
from metier.comparison.report import build_report
from metier.comparison.resources import resources_for
from metier.comparison.scoring.grading import grade
from metier.comparison.scoring.judging import judge, told
from metier.comparison.scoring.leaderboard import Entry, build_leaderboard
from metier.comparison.scoring.metrics import chosen_metrics
from metier.comparison.working.contest import YARDSTICKS, beaten, hold
from metier.comparison.working.curves import Answers, Point, note_outlook, points_of, write_curves
from metier.comparison.working.hushed import Hushed
from metier.comparison.working.job import Job
from metier.comparison.working.ledger import add_tokens
from metier.comparison.working.provenance import write_run_json
from metier.comparison.working.standing import Standing
from metier.comparison.working.stopping import stopping
from metier.comparison.working.tracking import Tracking
from metier.comparison.working.worker import run_here, run_isolated
from metier.core import Reporter, Task, UserError, say, step, warn
from metier.core.artifacts import sweep, write_text
from metier.core.locking import locked
from metier.core.progress import Journal, terminal_reporter
from metier.core.said import Said
from metier.retrieval import KEPT


class Finished(NamedTuple):
    """What a run leaves.

    Attributes:
        folder: the run's folder.
        leaderboard: the content of ``leaderboard.json``.
        report: path of the report.
    """

    folder: Path
    leaderboard: dict[str, Any]
    report: Path


def run(
    recipe: Path,
    *,
    out: Path | None = None,
    overrides: Sequence[str] = (),
    reporter: Reporter | None = None,
    isolate: bool = True,
    force: bool = False,
) -> Finished:
    """Do what a recipe says, as far as it is not done yet.

    Args:
        recipe: the YAML file.
        out: the run's folder. None: ``runs/NAME`` below the current folder.
        overrides: ``a.b=value`` entries that replace settings of the recipe.
        reporter: told of the progress. None: bars or lines on standard error.
        isolate: build each approach in a process of its own. False: in this one (its memory figures then include
            whatever this process held before).
        force: go on with unfinished trainings even where their settings or data have changed since. False: such a
            training starts anew, said aloud, and what was there is kept until the new one has finished.

    Raises:
        RecipeError: the recipe is wrong; nothing has been done.
        DataError: the data is not as the recipe says; nothing has been trained.
        UserError: the folder holds other things than a run.
        RunInUseError: another process works in the folder.
        Stopped: SIGTERM came; what was done is saved.
    """
    loaded = load_recipe(recipe, overrides)
    folder = out or Path("runs") / loaded.recipe.name
    check(loaded, where=str(recipe))
    refuse_foreign(folder)
    with locked(folder), stopping():
        journal = Journal(folder / JOURNAL, reporter or terminal_reporter())
        tracking = Tracking(journal, loaded.recipe, folder)
        try:
            tracking.event("begun")
            sweep(folder)
            return _run(loaded, folder, tracking, isolate=isolate, force=force)
        finally:
            tracking.close()
            journal.close()


def _run(loaded: Loaded, folder: Path, reporter: Tracking, *, isolate: bool, force: bool) -> Finished:
    started, began = time.monotonic(), datetime.now(UTC)
    say(reporter, f"{loaded.recipe.name}  →  {folder}")
    dataset = prepared_data(loaded, folder, reporter)
    loaded, panel = choose_approaches(loaded, dataset.task, dataset.train, dataset.validation, reporter)
    reporter.recipe = recipe = loaded.recipe
    check(loaded, where="recipe", read=dataset)
    metrics = chosen_metrics(recipe, dataset.task, folder=loaded.folder)
    write_text(folder / "recipe.yaml", as_yaml(recipe))
    size = dataset.summary["splits"]["test"]
    say(reporter, f"  test set  {_test_set(loaded, dataset, metrics[0])}")

    deadline = None if recipe.limits.minutes is None else started + 60 * recipe.limits.minutes
    write_panel(folder, panel)
    for text in panel_lines(panel) if panel else []:
        say(reporter, text)
    stopped: dict[str, str] | None = None
    named = everything(loaded, dataset.task)
    ended: dict[str, Entry] = {}
    standing = Standing(folder, dataset.task, metrics[0])
    for name in approaches.building_order(named):
        if panel and name in panel.costly() and stopped is None:  # the cheap ones are built
            stopped = _contest(panel, loaded, folder, dataset, metrics[0], reporter, isolate, deadline)
        if stopped and name in stopped:
            warn(reporter, f"{name}: {stopped[name]}")
            ended[name] = Entry(name, "not_run", stopped[name])
            continue
        if missing := _missing_start(named[name], ended):
            warn(reporter, f"{name} is not built: {missing}")
            ended[name] = Entry(name, "not_run", missing)
            continue
        job = Job(run=folder, name=name, settings=named[name], loaded=loaded, force=force)
        ended[name] = _one(job, dataset, reporter, isolate, deadline)
        if ended[name].status == "done":
            say(reporter, standing.after(name))
    entries = [ended[name] for name in named]
    entries += [
        Entry(one.name, "not_run", Said("left out: %(why)s", why=one.why)) for one in (panel.left_out if panel else ())
    ]
    done = [entry.name for entry in entries if entry.status == "done"]
    add_tokens(folder, done)
    graders = grade(loaded, folder, dataset, done, reporter)
    board = build_leaderboard(folder, recipe, dataset.task, entries, metrics, test_size=size, graders=graders)
    curves = _grow_curves(loaded, folder, dataset, metrics[0], reporter, isolate=isolate, deadline=deadline)
    board = note_outlook(folder, board, curves)
    if judged := judge(loaded, folder, dataset, board, reporter):
        say(reporter, f"  {told(judged)}")
    reporter.measured(board)
    (folder / KEPT).unlink(missing_ok=True)  # what is deleted from an index later must not stand here
    write_run_json(loaded, folder, dataset, began, time.monotonic() - started)
    report = build_report(folder)
    reporter.event("finished", seconds=round(time.monotonic() - started, 1))
    return Finished(folder, board, report)


def _test_set(loaded: Loaded, dataset: data.Dataset, metric: evaluation.Metric) -> str:
    """How large it is, and what it can tell apart where that is known."""
    compared, confidence = len(everything(loaded, dataset.task)), loaded.recipe.evaluate.confidence
    power = foreseen(dataset.summary, metric, approaches=compared, confidence=confidence)
    return f"{power.rows} rows{power.of_groups}, sealed{'; it ' if power.resolves else ''}{power.resolves}"


def everything(loaded: Loaded, task: Task) -> dict[str, ApproachSettings]:
    """The floors and the recipe's approaches, floors first."""
    asked = loaded.recipe.approaches
    floors = {name: ApproachSettings() for name in approaches.floors_for(task) if name not in asked}
    return floors | asked


def _missing_start(settings: ApproachSettings, ended: Mapping[str, Entry]) -> str:
    """Why an approach cannot begin from what it should; empty where it can."""
    missing = [ended[name] for name in approaches.starts_of(settings) if name in ended and ended[name].status != "done"]
    if not missing:
        return ""
    told = "it begins from %(name)s, which was not built (%(why)s)"
    return Said(told, name=missing[0].name, why=missing[0].why)


def _one(job: Job, dataset: data.Dataset, reporter: Reporter, isolate: bool, deadline: float | None) -> Entry:
    """One approach, whatever happens to it."""
    name = job.name
    try:
        reason = approaches.applies(name, job.settings, dataset.task, resources_for(job.loaded, reporter))
    except UserError as error:
        return Entry(name, "failed", str(error))
    if reason:
        warn(reporter, f"{name} does not apply: {reason}")
        return Entry(name, "not_applicable", reason)
    if deadline is not None and time.monotonic() > deadline:
        told = "not begun: the limit of %(minutes)s minutes was over"
        why = Said(told, minutes=f"{job.loaded.recipe.limits.minutes:g}")
        warn(reporter, f"{name}: {why}")
        return Entry(name, "not_run", why)
    started = time.monotonic()
    say(reporter, name)
    outcome = (run_isolated if isolate else run_here)(job, reporter, deadline)
    if outcome.status != "done":
        told = {"failed": " failed", "not_applicable": " does not apply"}.get(outcome.status, "")
        warn(reporter, f"{name}{told}: {outcome.why}")
    reporter.event("approach", name=name, status=outcome.status, seconds=round(time.monotonic() - started, 1))
    return Entry(name, outcome.status, outcome.why)


def _contest(
    panel: Panel,
    loaded: Loaded,
    folder: Path,
    dataset: data.Dataset,
    metric: evaluation.Metric,
    reporter: Reporter,
    isolate: bool,
    deadline: float | None,
) -> dict[str, str]:
    """Which costly approaches of a panel can no longer win; asked only where the recipe limits the time."""
    if deadline is None:
        return {}
    work = everything(loaded, dataset.task)
    waiting = [name for name in panel.costly() if not (folder / "approaches" / name / "predictions.parquet").is_file()]
    heats = hold(
        [*(name for name in YARDSTICKS if name in work), *waiting],
        dataset,
        metric,
        job_of=lambda name, point: Job(
            run=folder, name=name, settings=work[name], loaded=loaded, point=point, heat=True
        ),
        do=lambda job: (run_isolated if isolate else run_here)(job, reporter, deadline),
        reporter=reporter,
    )
    return beaten(heats, waiting, metric, left=deadline - time.monotonic())


def _grow_curves(
    loaded: Loaded,
    folder: Path,
    dataset: data.Dataset,
    metric: evaluation.Metric,
    reporter: Reporter,
    *,
    isolate: bool,
    deadline: float | None,
) -> list[dict[str, Any]]:
    """Learning curves, after everything else; a point that fails or comes too late is told and left out."""
    recipe = loaded.recipe
    if recipe.curve is None:
        (folder / "curves.json").unlink(missing_ok=True)
        return []
    work = everything(loaded, dataset.task)
    answered: dict[str, dict[Point, Answers]] = {}
    for name in recipe.curve.approaches:
        points = points_of(recipe.curve, dataset) if name in work else []
        with step(reporter, f"{name}: learning curve", len(points), unit="builds") as bar:
            for point in points:
                job = Job(run=folder, name=name, settings=work[name], loaded=loaded, point=point)
                late = deadline is not None and time.monotonic() > deadline
                outcome = None if late else (run_isolated if isolate else run_here)(job, Hushed(reporter), deadline)
                bar.advance(note=f"{point.rows} rows")
                if outcome is None or outcome.status != "done":
                    why = outcome.why if outcome else "the time was over"
                    warn(reporter, f"{name} on {point.rows} rows, seed {point.seed}: {why}")
                    continue
                path = job.folder / "predictions.parquet"
                answered.setdefault(name, {})[point] = Answers(read_asked(path), read_predictions(path))
    confidence = recipe.evaluate.confidence
    curves = write_curves(folder, answered, dataset.task, metric, confidence=confidence, seed=recipe.seed)
    for curve in curves:
        say(reporter, f"  {curve['approach']}: {curve['verdict']}")
    return curves
