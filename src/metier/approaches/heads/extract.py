"""Extraction as token classification: tags of the scheme BIO on words (or tokens), decoded to spans that are legal.

``B-x`` begins a piece with the label x, ``I-x`` goes on with it, ``O`` is no piece (Ramshaw and Marcus 1995, arXiv
cmp-lg/9505040, in its later form in which every piece begins with B). A word's first token carries its tag. Answers are
the likeliest sequence of tags among those that the scheme allows (Viterbi). Where words are not what pieces are made
of, tokens get the tags: whichever of the two fits the training pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from metier.approaches.heads import Reader, State
from metier.approaches.system import TokenCount
from metier.approaches.tuning.rows import Prepared
from metier.core import Example, Prediction, Task
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

    def outputs(self, task: Task) -> int:
        """``O``, and two tags for each label."""
        return 1 + 2 * len(task.labels)

    def settle(self, reader: Reader, train: Sequence[Example]) -> State:
        """Whether words or tokens get tags."""
        looked_at = train[:_LOOKED_AT]
        pieces = sum(len(spans_in(example.target or "[]")) for example in looked_at)
        words, tokens = (_fitting(reader, looked_at, unit) for unit in ("word", "token"))
        return {"unit": "word" if words >= _ENOUGH * tokens else "token", "fit": max(words, tokens), "pieces": pieces}

    def rows(self, reader: Reader, examples: Sequence[Example], state: State) -> Prepared:
        """Windows of texts with a tag for each unit; nothing is cut."""
        rows: list[Row] = []
        counts: list[TokenCount] = []
        for example in examples:
            spans = without_overlaps(spans_in(example.target or "[]"))
            made = [_row(example.id, window, spans, reader.task.labels) for window in _windows(reader, example, state)]
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
            spans = _decoded(sorted(scored, key=lambda one: one.unit.start), reader.task.labels)
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
        what = "Words" if state["unit"] == "word" else "Tokens"
        lost = f"; {pieces - fit:,} begin or end inside one, or overlap a longer piece" if fit < pieces else ""
        return (f"{what} get tags (BIO): {fit:,} of {pieces:,} training pieces are made of them{lost}.",)


head = ExtractionHead()


class _Scored(NamedTuple):
    """A unit and what the head gives for its tags."""

    unit: Unit
    logits: Any


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


def _row(name: str, window: Window, spans: Sequence[Span], labels: Sequence[str]) -> Row:
    tags = [-1] * len(window.ids)
    for unit in window.units:
        tags[unit.token] = 0
        for span in spans:
            if unit.start < span.end and span.start < unit.end:
                tags[unit.token] = 1 + 2 * labels.index(span.label) + (unit.start > span.start)
    return Row(id=name, ids=window.ids, tags=tuple(tags))


def _decoded(scored: Sequence[_Scored], labels: Sequence[str]) -> list[Span]:
    """The spans of the likeliest legal sequence of tags."""
    if not scored:
        return []
    tags = best_path(np.array([one.logits for one in scored]))
    spans: list[Span] = []
    for (unit, _), tag in zip(scored, tags, strict=True):
        if tag % 2:  # B
            spans.append(Span(unit.start, unit.end, labels[(tag - 1) // 2]))
        elif tag:  # I, always behind a B or an I of its label
            spans[-1] = spans[-1]._replace(end=unit.end)
    return spans


def best_path(logits: Any) -> list[int]:
    """Viterbi over ``logits`` [U, K]: an I follows a B or an I of its own label and nothing else."""
    scores = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    inside = np.arange(2, scores.shape[1], 2)
    best = scores[0].copy()
    best[inside] = -np.inf
    came: list[Any] = []
    for row in scores[1:]:
        before = np.full(len(row), int(best.argmax()))
        before[inside] = np.where(best[inside - 1] >= best[inside], inside - 1, inside)
        came.append(before)
        best = best[before] + row
    path = [int(best.argmax())]
    for before in reversed(came):
        path.append(int(before[path[-1]]))
    return path[::-1]
