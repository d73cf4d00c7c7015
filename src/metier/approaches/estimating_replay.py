"""What an estimate needs of general text that is replayed or measured, and of a teacher that is asked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Any, NamedTuple

from metier.approaches.estimating import Asking, Bench, answering_terms
from metier.approaches.tuning.replaying import General, given
from metier.approaches.tuning.rows import Prepared
from metier.models.hosting.hosted_settings import is_hosted
from metier.training import ReplaySettings, Row, WeightsSettings


class Beside(NamedTuple):
    """What a training does beside its own rows.

    Attributes:
        rows: its own and what is replayed.
        measured: pieces of general text that are measured before and after.
        notes: what is not in the estimate, in sentences.
    """

    rows: Prepared
    measured: Sequence[Row] = ()
    notes: tuple[str, ...] = ()


def beside(rows: Prepared, settings: WeightsSettings, tokenizer: Any, bench: Bench, *, share: float) -> Beside:
    """The rows with what is replayed.

    Args:
        rows: of the training, or a share of them.
        settings: of the training.
        tokenizer: the model's.
        bench: seed and the recipe's folder.
        share: ``rows``, of all rows.
    """
    notes: tuple[str, ...] = ()
    if settings.distill:
        notes = (f"Asking the teacher ({settings.distill.teacher}) about the training rows is not in it.",)
    replay = settings.replay
    if replay is None or not rows.rows:
        return Beside(rows, (), notes)
    if replay.generated:
        notes += ("Writing the text that is replayed is not in it.",)
        general = _as_if_written(rows.rows, replay)
    else:
        general = given(replay, tokenizer, bench.resources, rows=round(len(rows.rows) / share))
    if general is None:
        return Beside(rows, (), notes)
    some = replace(general, replayed=general.replayed[: math.ceil(share * len(general.replayed))])
    return Beside(replace(rows, rows=some.mixed_into(rows.rows, replay)), general.held_out, notes)


_NOT_ASKED = Asking(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def teaching_terms(settings: WeightsSettings, bench: Bench) -> Mapping[str, float]:
    """Bytes that a teacher of this machine takes at least, while it is asked; empty where none is."""
    distill = settings.distill
    if distill is None or is_hosted(distill.teacher):
        return {}
    return answering_terms(bench, bench.resources.source(distill.teacher), bench.resources.compute, _NOT_ASKED)


def _as_if_written(rows: Sequence[Row], replay: ReplaySettings) -> General:
    """Pieces as long as those that the base will write, of other tokens."""
    known = list(islice(chain.from_iterable(row.ids for row in rows), 100 * replay.length)) or [0]
    count = replay.generated + min(replay.measured, replay.generated)
    pieces = [
        Row(
            id=f"written:{number}",
            ids=tuple(known[(7 * number + place) % len(known)] for place in range(replay.length)),
            weights=(1.0,) * replay.length,
            replayed=True,
        )
        for number in range(count)
    ]
    return General(replayed=pieces[: replay.generated], held_out=pieces[replay.generated :], bytes=1)
