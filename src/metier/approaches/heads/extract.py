"""Extraction as token classification: tags of a scheme (BIO, BIOES) on words (or tokens), decoded to legal spans.

The schemes stand in :mod:`metier.approaches.tags`. A word's first token carries its tag. Answers are the likeliest
sequence of tags among those that the scheme allows. Where words are not what pieces are made of, tokens get the tags:
whichever of the two fits the training pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from metier.approaches.heads import Reader, State
from metier.approaches.system import TokenCount
from metier.approaches.tags import SCHEMES, Scheme, best_path
from metier.approaches.tuning.rows import Prepared
from metier.core import Example, Prediction, Task
from metier.core.said import Said
from metier.core.tasks.extract import Span, spans_in, target_of, without_overlaps
from metier.data import Dataset
from metier.models.windows import Unit, UnitKind, Window, windows
from metier.training import Row

_LOOKED_AT = 2000
"""Training rows by which it is decided whether words or tokens get tags."""
_ENOUGH = 0.99
"""Words get the tags where they fit at least this share of the pieces that tokens fit."""


class ExtractionHead:
    """One number a tag, on every token."""

    tokens = True
    summary = "a head on every token"

    def outputs(self, task: Task, state: State) -> int:
        """``O``, and the scheme's tags for each label."""
        return _scheme(state).count(len(task.labels))

    def settle(self, reader: Reader, train: Sequence[Example]) -> State:
        """Whether words or tokens get tags, and of which scheme."""
        looked_at = train[:_LOOKED_AT]
        pieces = sum(len(spans_in(example.target or "[]")) for example in looked_at)
        words, tokens = (_fitting(reader, looked_at, unit) for unit in ("word", "token"))
        unit = "word" if words >= _ENOUGH * tokens else "token"
        return {"unit": unit, "fit": max(words, tokens), "pieces": pieces, "scheme": reader.tagging}

    def rows(self, reader: Reader, examples: Sequence[Example], state: State) -> Prepared:
        """Windows of texts with a tag for each unit; nothing is cut."""
        rows: list[Row] = []
        counts: list[TokenCount] = []
        for example in examples:
            spans = without_overlaps(spans_in(example.target or "[]"))
            cut = _windows(reader, example, state)
            made = [_row(example.id, window, spans, reader.task.labels, _scheme(state)) for window in cut]
            rows += made
            why = "" if made else "there is no word in it"
            counts.append(TokenCount(example.id, sum(row.trained_tokens for row in made), 0, why))
        return Prepared(rows, counts, "tagging")

    def fit(self, reader: Reader, dataset: Dataset, state: State) -> State:
        """Nothing: the likeliest legal sequence is taken."""
        return state

    def predict(self, reader: Reader, examples: Sequence[Example], state: State) -> list[Prediction]:
        """Pieces of each text."""
        cut = [_windows(reader, example, state) for example in examples]
        flat = [window for found in cut for window in found]
        logits = iter(reader.model.token_logits([w.ids for w in flat], reporter=reader.reporter, label="answer"))
        predictions: list[Prediction] = []
        for example, found in zip(examples, cut, strict=True):
            scored = [
                _Scored(unit, row)
                for window in found
                for unit, row in zip(window.units, next(logits)[[unit.token for unit in window.units]], strict=True)
            ]
            spans = _decoded(sorted(scored, key=lambda one: one.unit.start), reader.task.labels, _scheme(state))
            predictions.append(
                Prediction(
                    id=example.id,
                    text=target_of(example.input, spans),
                    tokens_in=sum(len(window.ids) for window in found),
                )
            )
        return predictions

    def notes(self, state: State) -> tuple[str, ...]:
        """What gets tags, and how many pieces that cannot reproduce."""
        pieces, fit = state["pieces"], state["fit"]
        what = Said("Words") if state["unit"] == "word" else Said("Tokens")
        values = {"what": what, "scheme": _scheme(state).name, "fit": f"{fit:,}", "all": f"{pieces:,}"}
        told = Said("%(what)s get tags (%(scheme)s): %(fit)s of %(all)s training pieces are made of them.", **values)
        if fit == pieces:
            return (told,)
        lost = "%(n)s begin or end inside one, or overlap a longer piece."
        return told, Said(lost, n=f"{pieces - fit:,}")


head = ExtractionHead()


class _Scored(NamedTuple):
    """A unit and what the head gives for its tags."""

    unit: Unit
    logits: Any


def _scheme(state: State) -> Scheme:
    return SCHEMES[state.get("scheme", "bio")]


def _windows(reader: Reader, example: Example, state: State) -> list[Window]:
    """The windows of a text that answer for something."""
    unit: UnitKind = state["unit"]
    found = windows(reader.model.tokenizer, example.input, max_length=reader.max_length, unit=unit)
    return [window for window in found if window.units]


def _fitting(reader: Reader, examples: Sequence[Example], unit: UnitKind) -> int:
    """How many pieces begin where a unit begins and end where one ends."""
    fitting = 0
    for example in examples:
        units = [one for window in _windows(reader, example, {"unit": unit}) for one in window.units]
        starts, ends = {one.start for one in units}, {one.end for one in units}
        spans = without_overlaps(spans_in(example.target or "[]"))
        fitting += sum(span.start in starts and span.end in ends for span in spans)
    return fitting


def _row(name: str, window: Window, spans: Sequence[Span], labels: Sequence[str], scheme: Scheme) -> Row:
    tags = [-1] * len(window.ids)
    for unit in window.units:
        tags[unit.token] = 0
        for span in spans:
            if unit.start < span.end and span.start < unit.end:
                tags[unit.token] = scheme.tag(unit.start, unit.end, span, labels.index(span.label))
    return Row(id=name, ids=window.ids, tags=tuple(tags))


def _decoded(scored: Sequence[_Scored], labels: Sequence[str], scheme: Scheme) -> list[Span]:
    """The spans of the likeliest legal sequence of tags."""
    if not scored:
        return []
    tags = best_path(np.array([one.logits for one in scored]), scheme)
    spans: list[Span] = []
    for (unit, _), tag in zip(scored, tags, strict=True):
        if scheme.part(tag) in "BS":
            spans.append(Span(unit.start, unit.end, labels[scheme.label(tag)]))
        elif tag:  # I or E, always behind a B or an I of its label
            spans[-1] = spans[-1]._replace(end=unit.end)
    return spans
