"""The byte n-gram floor: some documents are counted and foretold for real."""

from __future__ import annotations

import time

from metier.approaches.estimating import Bench, Estimate
from metier.approaches.floors.byte_ngrams import MOST_BYTES, ORDER, ByteNgrams
from metier.approaches.settings import ApproachSettings

_COUNTED, _ASKED = 200_000, 20_000
"""Bytes of text that are counted, and foretold, to be timed."""
_ARRAYS = 12.0
"""Numbers of 8 bytes for a byte of text: all orders' grams stand side by side, one is being sorted."""


def estimate(settings: ApproachSettings, bench: Bench) -> Estimate:
    """Counting takes as long as there is text, up to a bound; so does foretelling."""
    known = bench.known
    learnt = "\n".join(row.input for row in known.train).encode()[:MOST_BYTES]
    tested = [len(row.input.encode()) for row in known.validation or known.train]
    some = learnt[:_COUNTED]
    begun = time.perf_counter()
    model = ByteNgrams.count([some])
    counting = (time.perf_counter() - begun) / max(1, len(some))
    begun = time.perf_counter()
    model.bits(some[:_ASKED])
    asking = (time.perf_counter() - begun) / max(1, len(some[:_ASKED]))
    return Estimate(
        memory={"process": bench.floor, "counts": 8.0 * _ARRAYS * len(learnt)},
        build={"count bytes": counting * len(learnt)},
        answer={"test rows": asking * known.test * sum(tested) / len(tested)},
        notes=(f"It looks at {ORDER} bytes of context and at most {MOST_BYTES / 1e6:.0f} MB of text.",),
    )
