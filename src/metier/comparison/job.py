"""The work on one approach: build its System, let it answer the sealed test set, measure what that costs."""

from __future__ import annotations

import json
import logging
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from metier import approaches, data, retrieval
from metier.approaches import ApproachSettings, Built, Resources
from metier.comparison import document_changes
from metier.comparison.curves import Point, folder_of, folder_of_heat, part_of, seed_of, unseen
from metier.comparison.stages import Stage
from metier.core import Prediction, Reporter
from metier.core.artifacts import hash_file, read_json, write_bytes, write_json
from metier.core.heap import give_back
from metier.core.said import with_messages
from metier.core.types import Example
from metier.data.templating import template_file
from metier.evaluation import Energy, PeakMemory, measure_latency, measure_load
from metier.models import Precision

# Workers are forked from a process that imports this module first, and PEFT, which imports bitsandbytes, after it: its
# advice to install another package would stand in the middle of the table.
logging.getLogger("bitsandbytes").setLevel(logging.ERROR)

LAYOUT = 3
"""Raise when what is built from the same inputs changes: older results are then made anew."""
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
        model, embedder, documents, readers, device, precision, seed: from the recipe.
        recipe_folder: where the recipe's relative paths start.
        siblings: the recipe's approaches, for one that begins from another.
        latency_queries: how many queries latency is measured with.
        concurrency: queries at the same time with which it is measured once more; None: it is not.
        force: go on with unfinished trainings whose settings or data have changed.
        point: where it is a point of a learning curve or a heat, which one.
        heat: whether it is a heat: it is asked validation rows that it has not seen, not the test set.
    """

    run: Path
    name: str
    settings: ApproachSettings
    model: str
    embedder: str
    documents: str | None = None
    readers: str | None = None
    device: str
    precision: Precision
    seed: int
    recipe_folder: Path
    latency_queries: int
    concurrency: int | None = None
    siblings: Mapping[str, ApproachSettings] = field(default_factory=dict[str, ApproachSettings])
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
    resources = Resources(
        reporter=hushable,
        seed=job.seed if job.point is None else seed_of(job.point, job.seed),
        recipe_folder=job.recipe_folder,
        model=job.model,
        embedder=job.embedder,
        documents=job.documents,
        readers=job.readers,
        device=job.device,
        precision=job.precision,
        siblings=job.siblings,
        built=job.run / "approaches",
        force=job.force,
    )
    dataset = data.load(job.run)
    if job.point is not None:
        _do_point(job, job.point, dataset, resources)
        return
    building = Stage(job.folder, "build", _build_inputs(job, resources))
    if not building.is_done():
        _build(job, building, dataset, resources)
        give_back()
    test = hash_file(job.run / "data/test.parquet")
    loaded = [] if job.concurrency is None else [job.concurrency]
    answering = Stage(job.folder, "answer", [ANSWERS, building.key, test, job.latency_queries, *loaded])
    if not answering.is_done():
        _answer(job, answering, dataset, resources, hushable)


def _do_point(job: Job, point: Point, dataset: data.Dataset, resources: Resources) -> None:
    """A point of a learning curve, or a heat: built on a part of the rows; only its answers are kept."""
    started = time.perf_counter()
    stage = Stage(
        job.folder, "point", [ANSWERS, _build_inputs(job, resources), hash_file(job.run / "data/test.parquet")]
    )
    if stage.is_done():
        return
    built = job.folder / "built"
    shutil.rmtree(built, ignore_errors=True)
    approaches.build(job.name, job.settings, part_of(dataset, point, job.seed), resources, built)
    system = approaches.load(built, dataset.task, resources)
    by = f"{job.name} on {point.rows} rows, seed {point.seed}"
    examples = unseen(dataset, point, job.seed) if job.heat else dataset.open_test(by=by)
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
        job.embedder,
        job.seed,
        [hash_file(job.run / "data" / f"{split}.parquet") for split in ("train", "validation")],
        data.load(job.run).task,
        *_undesirable(job),
        *_documents(job, resources),
        *_wording(job),
        *approaches.outside_inputs(job.settings, folder=job.recipe_folder, model=resources.model),
        *approaches.start_fingerprints(job.settings, resources),
    ]


def _wording(job: Job) -> list[Any]:
    """The file of templates that an approach takes its words from."""
    name = (job.settings.prompt and job.settings.prompt.template) or data.load(job.run).task.template
    return [hash_file(template_file(name, folder=job.recipe_folder))] if name else []


def _undesirable(job: Job) -> list[str]:
    """Answers to avoid, where the approach learns from them."""
    preference = job.settings.weights and job.settings.weights.preference
    path = job.run / "data" / "undesirable.parquet"
    return [hash_file(path)] if preference and preference.loss == "kto" and path.is_file() else []


def _documents(job: Job, resources: Resources) -> list[Any]:
    """What an approach with retrieval depends on besides: every document, who may read it, and a ready reranker."""
    if job.settings.retrieval is None or job.documents is None:
        return []
    ready = job.settings.retrieval.rerank.model if job.settings.retrieval.rerank else None
    models = [resources.source(ready).fingerprint] if ready else []
    return [retrieval.fingerprint(job.recipe_folder / Path(job.documents).expanduser()), job.readers, *models]


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
        queries, asked = job.latency_queries, dataset.validation
        latency = measure_latency(system.predict, asked, queries=queries)
        load = None
        if job.concurrency is not None:
            load = measure_load(system.predict, asked, concurrency=job.concurrency, queries=4 * job.concurrency)
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
    _write_parquet(
        path,
        {
            "id": [count.id for count in built.tokens],
            "trained": [count.trained for count in built.tokens],
            "cut": [count.cut for count in built.tokens],
            "why": [count.why for count in built.tokens],
        },
    )


def write_predictions(path: Path, examples: tuple[Example, ...], predictions: list[Prediction]) -> None:
    """Write answers beside the right ones, so that scoring needs not open the test set again."""
    import pyarrow as pa

    _write_parquet(
        path,
        {
            "id": [p.id for p in predictions],
            "prediction": [p.text for p in predictions],
            "target": pa.array([e.target for e in examples], pa.string()),
            "group": pa.array([e.group for e in examples], pa.string()),
            "scores": [json.dumps(dict(p.scores), ensure_ascii=False) for p in predictions],
            "contexts": [list(p.contexts) for p in predictions],
            "context_ids": [list(p.context_ids) for p in predictions],
            "citations": [list(p.citations) for p in predictions],
            "tokens_in": [p.tokens_in for p in predictions],
            "tokens_out": [p.tokens_out for p in predictions],
            "cut": [p.cut for p in predictions],
            "unfinished": [p.unfinished for p in predictions],
            "dropped": [p.dropped for p in predictions],
            "unparseable": [p.unparseable for p in predictions],
            "bits": pa.array([p.bits for p in predictions], pa.float64()),
            "bytes": [p.bytes for p in predictions],
        },
    )


def _write_parquet(path: Path, columns: dict[str, list[Any]]) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    sink = pa.BufferOutputStream()
    parquet.write_table(pa.table(columns), sink)
    write_bytes(path, sink.getvalue().to_pybytes())


def read_predictions(path: Path) -> list[Prediction]:
    """The predictions that an approach left."""
    from pyarrow import parquet

    return [
        Prediction(
            id=row["id"],
            text=row["prediction"],
            scores=json.loads(row["scores"]),
            contexts=tuple(row["contexts"] or ()),
            context_ids=tuple(row.get("context_ids") or ()),
            citations=tuple(row.get("citations") or ()),
            tokens_in=row["tokens_in"],
            tokens_out=row["tokens_out"],
            cut=row["cut"],
            unfinished=row["unfinished"],
            dropped=row["dropped"],
            unparseable=row["unparseable"],
            bits=row.get("bits"),
            bytes=row.get("bytes") or 0,
        )
        for row in parquet.read_table(path).to_pylist()
    ]


def read_asked(path: Path) -> list[Example]:
    """What scoring needs of the examples that an approach answered: id, target and group."""
    from pyarrow import parquet

    rows = parquet.read_table(path, columns=["id", "target", "group"]).to_pylist()
    return [Example(id=row["id"], input="", target=row["target"], group=row["group"]) for row in rows]
