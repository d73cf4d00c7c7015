"""The work on one approach: build its System, let it answer the sealed test set, measure what that costs."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from metier import approaches, data, retrieval
from metier.approaches import ApproachSettings, Built, Resources
from metier.comparison import document_changes
from metier.comparison.answers import write_predictions, write_table
from metier.comparison.recipe import Loaded
from metier.comparison.resources import resources_for
from metier.comparison.stages import LAYOUT, Stage
from metier.comparison.working.curves import Point, folder_of, folder_of_heat, part_of, seed_of, unseen
from metier.core import Prediction, Reporter
from metier.core.artifacts import hash_file, read_json, write_json
from metier.core.heap import give_back
from metier.core.said import with_messages
from metier.core.types import Example
from metier.data.templating import template_file
from metier.evaluation import Energy, PeakMemory, measure_latency, measure_load
from metier.evaluation.costing.latency import LOAD_CALLS

# Workers are forked from a process that imports this module first, and PEFT, which imports bitsandbytes, after it: its
# advice to install another package would stand in the middle of the table.
logging.getLogger("bitsandbytes").setLevel(logging.ERROR)

ANSWERS = 2
"""Raise when what is written of the answers changes."""
PASSAGES = "passages.json"
"""How good the passages of the test set were, and what the answers made of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Everything that building and measuring one approach needs; goes to a worker process.

    Attributes:
        run: the run's folder.
        name: of the approach.
        settings: of the approach.
        loaded: the recipe, with the folder that its paths are relative to.
        force: go on with unfinished trainings whose settings or data have changed.
        point: where it is a point of a learning curve or a heat, which one.
        heat: whether it is a heat: it is asked validation rows that it has not seen, not the test set.
    """

    run: Path
    name: str
    settings: ApproachSettings
    loaded: Loaded
    force: bool = False
    point: Point | None = None
    heat: bool = False

    @property
    def folder(self) -> Path:
        """The approach's folder, or that of the point."""
        if self.point is not None:
            return (folder_of_heat if self.heat else folder_of)(self.run, self.name, self.point)
        return self.run / "approaches" / self.name


class Hushable:
    """A reporter that can be silenced while something is timed."""

    def __init__(self, then: Reporter) -> None:
        self._then = then
        self.silent = False

    def event(self, kind: str, **data: Any) -> None:
        """Pass the event on, unless silent."""
        if not self.silent:
            self._then.event(kind, **data)


def do(job: Job, reporter: Reporter) -> None:
    """Do what is not done yet. Everything it finds out stands in the approach's folder afterwards."""
    hushable = Hushable(reporter)
    dataset, recipe = data.load(job.run), job.loaded.recipe
    resources = replace(resources_for(job.loaded, hushable), built=job.run / "approaches", force=job.force)
    if job.point is not None:
        resources = replace(resources, seed=seed_of(job.point, recipe.seed))
        _do_point(job, job.point, dataset, resources)
        return
    building = Stage(job.folder, "build", _build_inputs(job, resources))
    if not building.is_done():
        _build(job, building, dataset, resources)
        give_back()
    test = hash_file(job.run / "data/test.parquet")
    together = [] if recipe.evaluate.concurrency is None else [recipe.evaluate.concurrency]
    asked = [ANSWERS, building.key, test, recipe.evaluate.latency_queries, *together]
    answering = Stage(job.folder, "answer", asked)
    if not answering.is_done():
        _answer(job, answering, dataset, resources, hushable)


def _do_point(job: Job, point: Point, dataset: data.Dataset, resources: Resources) -> None:
    """A point of a learning curve, or a heat: built on a part of the rows; only its answers are kept."""
    started, seed = time.perf_counter(), job.loaded.recipe.seed
    stage = Stage(
        job.folder, "point", [ANSWERS, _build_inputs(job, resources), hash_file(job.run / "data/test.parquet")]
    )
    if stage.is_done():
        return
    built = job.folder / "built"
    shutil.rmtree(built, ignore_errors=True)
    approaches.build(job.name, job.settings, part_of(dataset, point, seed), resources, built)
    system = approaches.load(built, dataset.task, resources)
    by = f"{job.name} on {point.rows} rows, seed {point.seed}"
    examples = unseen(dataset, point, seed) if job.heat else dataset.open_test(by=by)
    write_predictions(job.folder / "predictions.parquet", examples, system.predict(examples))
    write_json(job.folder / "seconds.json", {"seconds": time.perf_counter() - started})
    shutil.rmtree(built)
    stage.finish([job.folder / "predictions.parquet", job.folder / "seconds.json"])


def _build_inputs(job: Job, resources: Resources) -> Any:
    floor = job.name in approaches.FLOORS and job.name != approaches.UNCHANGED
    return [
        LAYOUT,
        job.settings.model_dump(exclude={"hosted": True, "weights": {"distill": {"hosted"}}, "augment": {"hosted"}}),
        job.settings.hosted and job.settings.hosted.asked(),  # another price or timeout changes no answer
        None if floor and job.name != "nearest" else resources.compute,
        None if floor else resources.source(job.settings.model).fingerprint,
        job.loaded.recipe.embedder,
        job.loaded.recipe.seed,
        [hash_file(job.run / "data" / f"{split}.parquet") for split in ("train", "validation")],
        data.load(job.run).task,
        *_undesirable(job),
        *_documents(job, resources),
        *_wording(job),
        *approaches.outside_inputs(job.settings, folder=job.loaded.folder, model=resources.model),
        *approaches.start_fingerprints(job.settings, resources),
    ]


def _wording(job: Job) -> list[Any]:
    """The file of templates that an approach takes its words from."""
    name = (job.settings.prompt and job.settings.prompt.template) or data.load(job.run).task.template
    return [hash_file(template_file(name, folder=job.loaded.folder))] if name else []


def _undesirable(job: Job) -> list[str]:
    """Answers to avoid, where the approach learns from them."""
    preference = job.settings.weights and job.settings.weights.preference
    path = job.run / "data" / "undesirable.parquet"
    return [hash_file(path)] if preference and preference.loss == "kto" and path.is_file() else []


def _documents(job: Job, resources: Resources) -> list[Any]:
    """What an approach with retrieval depends on besides: every document, who may read it, and a ready reranker."""
    asked = job.loaded.recipe.data
    if job.settings.retrieval is None or asked.documents is None:
        return []
    ready = job.settings.retrieval.rerank.model if job.settings.retrieval.rerank else None
    models = [resources.source(ready).fingerprint] if ready else []
    return [retrieval.fingerprint(job.loaded.folder / Path(asked.documents).expanduser()), asked.readers, *models]


def _build(job: Job, stage: Stage, dataset: data.Dataset, resources: Resources) -> None:
    started = time.perf_counter()
    document_changes.forget(job.folder)
    with PeakMemory() as memory, Energy() as energy:
        built = approaches.build(job.name, job.settings, dataset, resources, job.folder)
    write_json(job.folder / "record.json", with_messages(built.record))
    _write_tokens(job.folder / "tokens.parquet", built)
    # Parts count what was done before a kill too.
    seconds, parts = time.perf_counter() - started, sum(built.record.seconds.values())
    continued = parts > 1.01 * seconds + 1  # what a part before a kill took is not known
    found = {
        "seconds": max(seconds, parts),
        "peak_memory_mb": memory.peak_mb,
        "energy_wh": None if continued else energy.watt_hours,
        "energy_how": energy.how,
    }
    write_json(job.folder / "building.json", found)
    store = job.settings.retrieval and retrieval.STORES.get(job.settings.retrieval.store)
    beside = {job.folder / name for name in store.beside} if store else set[Path]()
    files = [path for path in _files_of(job.folder) if path not in beside]
    stage.finish(files, living=[job.folder / store.file] if store else [])  # documents come and go
    shutil.rmtree(job.folder / "checkpoints", ignore_errors=True)  # the weights are whole and hashed now


def _files_of(folder: Path) -> list[Path]:
    """What building wrote: no logs, nothing half written, and not what answering writes later."""
    others = {"predictions.parquet", "costs.json", PASSAGES, "analysis.json", "checkpoints", "output.log", "crash.txt"}
    others.add(document_changes.CHANGES)
    return [
        path
        for path in folder.rglob("*")
        if path.is_file()
        and (parts := path.relative_to(folder).parts)[0] not in others
        and not any(part.startswith(".") for part in parts)
    ]


def _answer(job: Job, stage: Stage, dataset: data.Dataset, resources: Resources, hushable: Hushable) -> None:
    with PeakMemory() as memory:
        system = approaches.load(job.folder, dataset.task, resources)
        hushable.silent = True
        settings, asked = job.loaded.recipe.evaluate, dataset.validation
        latency = measure_latency(system.predict, asked, queries=settings.latency_queries)
        load = None
        if (together := settings.concurrency) is not None:
            load = measure_load(system.predict, asked, concurrency=together, queries=LOAD_CALLS * together)
        hushable.silent = False
        examples = dataset.open_test(by=job.name)
        started = time.perf_counter()
        with Energy() as energy:
            predictions = system.predict(examples)
        seconds = time.perf_counter() - started
    write_predictions(job.folder / "predictions.parquet", examples, predictions)
    count = max(1, len(predictions))
    costs = {
        "latency_p50_ms": latency.p50_ms,
        "latency_p95_ms": latency.p95_ms,
        "latency_p99_ms": latency.p99_ms,
        "latency_queries": latency.queries,
        "load": load,
        "answer_seconds": seconds,
        "answers_per_second": count / max(seconds, 1e-9),
        "tokens_per_query": sum(p.tokens_in + p.tokens_out for p in predictions) / count,
        "tokens_in_per_query": sum(p.tokens_in for p in predictions) / count,
        "tokens_out_per_query": sum(p.tokens_out for p in predictions) / count,
        "given_passages": sum(bool(p.contexts) for p in predictions),
        "energy_per_1000_wh": None if energy.watt_hours is None else 1000 * energy.watt_hours / count,
        "gpu_memory_mb": memory.gpu_peak_mb,
        "peak_memory_mb": memory.peak_mb,
        "peak_memory_how": memory.how,
        "disk_mb": sum(path.stat().st_size for path in _files_of(job.folder)) / 1e6,
        "cut_answers": sum(p.cut > 0 for p in predictions),
        "unfinished_answers": sum(p.unfinished for p in predictions),
        "unparseable_answers": sum(p.unparseable for p in predictions),
        "answers_with_less_shown": sum(p.dropped > 0 for p in predictions),
    }
    write_json(job.folder / "costs.json", costs)
    document_changes.settle(job.folder)
    stage.finish(
        [job.folder / "predictions.parquet", job.folder / "costs.json", *_note_passages(job, examples, predictions)]
    )


def _note_passages(job: Job, examples: Sequence[Example], predictions: Sequence[Prediction]) -> list[Path]:
    """Measures of passages and of what answers make of them, for approaches with retrieval."""
    settings = job.settings.retrieval
    if settings is None:
        return []
    column = read_json(job.folder / "retrieval.json")["validation"]["column"]
    abstain = None if any(answer.scores for answer in predictions) else settings.abstain
    found = retrieval.measured_answers(examples, predictions, column=column, abstain=abstain)
    write_json(job.folder / PASSAGES, found)
    return [job.folder / PASSAGES]


def _write_tokens(path: Path, built: Built) -> None:
    write_table(
        path,
        {
            "id": [count.id for count in built.tokens],
            "trained": [count.trained for count in built.tokens],
            "cut": [count.cut for count in built.tokens],
            "why": [count.why for count in built.tokens],
        },
    )
