"""What an approach will take in memory and time, before anything is built: the contract, and what all kinds share.

A kind is estimated by its own code on a few of the user's rows, with slices of its model in place of the model
(:mod:`metier.models.slicing.slices`). ``estimates/KIND.py`` has a function ``estimate``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeVar

from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.core import Example, Passage, Registry, Task
from metier.evaluation.costing.latency import LEAST_QUERIES, MOST_SECONDS, WARMUPS
from metier.models import Compute, EncoderModel, ModelSource
from metier.models.slicing.measuring import compiled_bytes, peak_bytes_of, products_of, seconds_of, sizes_read
from metier.models.slicing.sizing import stored_bytes, weight_bytes
from metier.models.slicing.slices import Outputs, Quantities, over_layers, skeleton
from metier.retrieval import RetrievalSettings
from metier.training.estimating.estimates import HEAP, kept_of

T = TypeVar("T")
MOST_ROWS = 1000
"""Rows of a split that are tokenized for an estimate, at most; more are taken to be like them."""
_BLOCK = 25  # rows that stand together: those of one document do
ASKED = 24
"""Rows that a slice answers to be measured, beside one alone."""
_LETTERS_A_TOKEN = 4
LOAD_SECONDS, LOAD_BYTES_A_SECOND = 1.0, 0.6e9
"""A model is loaded in a second and at this pace."""


class Known(NamedTuple):
    """What is known of the data before a run.

    Attributes:
        task: resolved.
        train, validation: the rows.
        test: how many test rows there are; nothing else of them is looked at.
        latency_queries: single queries that are timed.
        load_queries: queries several at a time that are timed besides.
    """

    task: Task
    train: Sequence[Example]
    validation: Sequence[Example]
    test: int
    latency_queries: int
    load_queries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What an approach will take on this machine.

    Attributes:
        memory: bytes at the peak, by what holds them.
        build: seconds of building, by part.
        answer: seconds of latency measurement and test answers.
        tokens: what is counted, by name: ``given`` and ``computed`` in an epoch, ``trained``, ``a_query``.
        tokens_per_micro_batch: bound of a micro-batch; None where nothing is trained.
        trained: numbers that are trained.
        notes: what is uncertain, in sentences.
    """

    memory: Mapping[str, float]
    build: Mapping[str, float]
    answer: Mapping[str, float]
    tokens: Mapping[str, int] = field(default_factory=dict[str, int])
    tokens_per_micro_batch: int | None = None
    trained: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What estimates are made with.

    Attributes:
        resources: as approaches get them.
        known: of the data.
        floor: bytes of a process that has loaded everything but a model.
        room: bytes that are free on the device.
    """

    resources: Resources
    known: Known
    floor: float
    room: float
    _found: dict[Any, Any] = field(default_factory=dict[Any, Any])

    def once(self, key: Any, make: Callable[[], T]) -> T:
        """What ``make`` gives, measured once for all approaches that ask for it by ``key``."""
        if key not in self._found:
            self._found[key] = make()
        return self._found[key]


Estimator = Callable[[ApproachSettings, Bench], Estimate]
ESTIMATES: Registry[Estimator] = Registry("metier.approaches.estimates", kind="estimate", attribute="estimate")
"""How each kind of System is estimated, by its name."""


class Asking(NamedTuple):
    """What answering takes, measured.

    Attributes:
        one: seconds of a query by itself.
        each: seconds of each further row of many.
        tensors: the most bytes beside weights.
        products: how many a CPU compiles for an input of a new size.
        sizes_one: how many sizes of input the model reads for a query by itself.
        sizes_each: likewise for each row of many.
    """

    one: float
    each: float
    tensors: float
    products: float
    sizes_one: float
    sizes_each: float

    def rows(self, count: float) -> float:
        """Seconds of so many rows together."""
        return self.one + self.each * (count - 1) if count > 0 else 0.0


def asked(
    predict: Callable[[Any, Sequence[Example]], object],
    bench: Bench,
    source: ModelSource,
    compute: Compute,
    *,
    prepare: Callable[[Any], Any] = lambda module: module,
    outputs: Outputs | None = None,
) -> Asking:
    """Measure how a System answers, with slices of its model.

    Args:
        predict: answers rows with a module.
        bench: rows and room.
        source: the base model.
        compute: as it answers.
        prepare: from the bare module to the one that answers: adapters, say.
        outputs: for encoders with a head.
    """
    rows = list(bench.known.validation or bench.known.train)[:ASKED]
    sorts: list[Mapping[Any, int]] = []

    def measure(module: Any) -> Quantities:
        module = prepare(module).eval()
        sizes = {
            "sizes one": sizes_read(module, lambda: predict(module, rows[:1])),
            "sizes many": sizes_read(module, lambda: sorts.append(products_of(lambda: predict(module, rows)))),
            "products": sum(sorts[-1].values()),
        }
        growing = {
            "tensors": peak_bytes_of(lambda: predict(module, rows), device=compute.device),
            "one": seconds_of(lambda: predict(module, rows[:1]), device=compute.device),
            "many": seconds_of(lambda: predict(module, rows), device=compute.device, warm=True),
        }
        return Quantities(growing, sizes)

    found = over_layers(measure, source, compute, outputs=outputs, room=bench.room / 4)
    further = len(rows) - 1
    return Asking(
        one=found["one"],
        each=max(0.0, found["many"] - found["one"]) / further if further else found["one"],
        tensors=found["tensors"],
        products=found["products"] / max(1.0, found["sizes many"]),
        sizes_one=found["sizes one"],
        sizes_each=found["sizes many"] / len(rows),
    )


def answering_terms(
    bench: Bench, source: ModelSource, compute: Compute, asking: Asking, *, outputs: Outputs | None = None
) -> dict[str, float]:
    """Bytes while answering: the weights, what a batch holds and what the process keeps around it.

    Or, where that is more, the model's file that is being read beside the weights.
    """
    weights = bench.once(
        ("weights", source.fingerprint, compute, outputs),
        lambda: weight_bytes(skeleton(source, compute, outputs=outputs), compute),
    )
    terms = {"process": bench.floor, "weights": weights}
    answers = {"answers": asking.tensors}
    if compute.device == "cpu":
        singles, many = bench.known.latency_queries + WARMUPS, len(bench.known.validation) + bench.known.test
        sizes = singles * asking.sizes_one + many * asking.sizes_each
        compiled = compiled_bytes(compute) * kept_of(asking.products * sizes)
        answers |= {"heap": HEAP * asking.tensors, "compiled products": compiled}
    reading = stored_bytes(source)
    return terms | (answers if sum(answers.values()) > reading else {"file being read": reading})


def answer_seconds(asking: Asking, bench: Bench, source: ModelSource) -> dict[str, float]:
    """Loading, the queries that latency and load are measured with, and the test rows."""
    queries, together = bench.known.latency_queries, asking.rows(bench.known.load_queries)
    timed = min(queries * asking.one, max(MOST_SECONDS, min(queries, LEAST_QUERIES) * asking.one))
    return {
        "load": load_seconds(source),
        "latency": timed + min(WARMUPS * asking.one, max(MOST_SECONDS, asking.one)),
        "test rows": asking.rows(bench.known.test),
        **({"several at a time": min(together, MOST_SECONDS + together / 5)} if together else {}),
    }


def load_seconds(source: ModelSource) -> float:
    """Loading a model once."""
    return LOAD_SECONDS + stored_bytes(source) / LOAD_BYTES_A_SECOND


def embedding(bench: Bench) -> Asking:
    """What the run's embedder takes for a row's input, rows being many."""
    resources = bench.resources
    source, compute = resources.source(resources.embedder), resources.compute

    def embed(module: Any, rows: Sequence[Example]) -> object:
        encoder = EncoderModel(source, compute)
        encoder.module = module
        return encoder.embed([row.input for row in rows], reporter=resources.reporter)

    return bench.once("embed", lambda: asked(embed, bench, source, compute))


def grounded(examples: Sequence[Example], retrieval: RetrievalSettings | None) -> list[Example]:
    """Examples with passages of the longest size, in words of other examples."""
    if retrieval is None:
        return list(examples)
    words = " ".join(example.input for example in examples[:200]).split() or ["word"]
    text = " ".join(words * (1 + retrieval.chunk_tokens // len(words)))[: _LETTERS_A_TOKEN * retrieval.chunk_tokens]
    passages = tuple(Passage(id=str(i), text=text) for i in range(retrieval.k))
    return [replace(example, passages=passages) for example in examples]


def some_of(rows: Sequence[Example], most: int = MOST_ROWS) -> tuple[list[Example], float]:
    """At most ``most`` rows, in blocks from the whole length, and the share that they are of all."""
    if len(rows) <= most:
        return list(rows), 1.0
    blocks, long = max(1, most // _BLOCK), min(most, _BLOCK)
    starts = [round(i * (len(rows) - long) / max(1, blocks - 1)) for i in range(blocks)]
    places = sorted({place for start in starts for place in range(start, start + long)})
    return [rows[place] for place in places], len(places) / len(rows)
