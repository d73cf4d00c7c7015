"""Nearest neighbours embed every row once, and compare each new one with all of them."""

from __future__ import annotations

from metier.approaches.estimating import Bench, Estimate, answering_terms, embedding, load_seconds
from metier.approaches.settings import ApproachSettings
from metier.core.tasks import form_of


def estimate(settings: ApproachSettings, bench: Bench) -> Estimate:
    """The time is the embedder's; vectors are kept in float32."""
    known, resources = bench.known, bench.resources
    source = resources.source(resources.embedder)
    asking = embedding(bench)
    each = asking.each
    tried = len(known.validation) if known.task.labels or form_of(known.task.kind).numeric else 0
    return Estimate(
        memory=answering_terms(bench, source, resources.compute, asking),
        build={"load": load_seconds(source), "embed": each * (len(known.train) + tried)},
        answer={"load": load_seconds(source), "test rows": each * (known.test + known.latency_queries)},
    )
