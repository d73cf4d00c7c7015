"""A floor for extraction: the pieces marked in train, found again by longest match.

A word may be a piece in one sentence and none in the next, so a piece counts only if it was marked in a large enough
share of the places where it stands in train; validation decides how large.
"""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.approaches.system import Built, Floor
from metier.core import Example, Prediction, Record, Task
from metier.core.artifacts import read_json, write_json
from metier.core.said import Said
from metier.core.tasks.extract import CHUNK, Span, spans_in, target_of
from metier.data import Dataset
from metier.evaluation import METRICS

SHARES = (0.0, 0.25, 0.5, 0.75)
"""Least share of a piece's places that must be marked, of which validation chooses."""
Words = tuple[str, ...]


@dataclass(frozen=True)
class DictionarySystem:
    """Known pieces, lower case, by their words, with the label that each had most often."""

    pieces: dict[Words, str]

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """The longest known pieces of each text, from its beginning to its end."""
        longest = max(map(len, self.pieces), default=0)
        return [
            Prediction(id=example.id, text=target_of(example.input, self._find(example.input, longest)))
            for example in examples
        ]

    def _find(self, text: str, longest: int) -> list[Span]:
        places = _places(text)
        spans: list[Span] = []
        at = 0
        while at < len(places):
            sizes = range(min(longest, len(places) - at), 0, -1)
            size = next((n for n in sizes if tuple(place.word for place in places[at : at + n]) in self.pieces), 0)
            if size:
                words = tuple(place.word for place in places[at : at + size])
                spans.append(Span(places[at].start, places[at + size - 1].end, self.pieces[words]))
            at += size or 1
        return spans


class Dictionary(Floor):
    """Collects what is marked in train."""

    def applies(self, task: Task) -> str:
        """Works for ``extract``."""
        return "" if task.kind == "extract" else Said("It finds pieces of texts, and this task is answered otherwise.")

    def build(
        self, name: str, settings: ApproachSettings, dataset: Dataset, resources: Resources, folder: Path
    ) -> Built:
        """Choose the share on validation, then collect from train and validation together."""
        started = time.perf_counter()
        metric, targets = METRICS.get("span_f1"), [example.target or "[]" for example in dataset.validation]
        learnt = _Counts(dataset.train)
        worth = {
            share: metric.point(targets, [a.text for a in learnt.system(share).predict(dataset.validation)])
            for share in SHARES
        }
        best = max(SHARES, key=lambda share: (worth[share], share))
        known = [*dataset.train, *dataset.validation]
        system = _Counts(known).system(best)
        write_json(folder / "dictionary.json", [[*words, label] for words, label in sorted(system.pieces.items())])
        tried = ", ".join(f"{share:g}" for share in SHARES)
        told = "A piece counts if %(share)s of its places in train are marked, chosen on validation among %(tried)s."
        note = Said(told, share=f"{best:.0%}", tried=tried)
        summary = "Floor: %(n)s pieces that are marked in train, found by longest match."
        return Built(
            Record(
                approach=name,
                summary=Said(summary, n=f"{len(system.pieces):,}"),
                seconds={"train": time.perf_counter() - started},
                trained_examples=len(known),
                notes=(note,),
                seed=resources.seed,
                rows_in_weights=len(known),
            )
        )

    def load(self, folder: Path, task: Task, resources: Resources) -> DictionarySystem:
        """Read the pieces."""
        return DictionarySystem({tuple(words): label for *words, label in read_json(folder / "dictionary.json")})


@dataclass(frozen=True, slots=True)
class _Place:
    """A word of a text, lower case, and where it stands."""

    word: str
    start: int
    end: int


class _Counts:
    """How often each piece is marked, with which label, and how often its words stand in the texts."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self._marked: defaultdict[Words, Counter[str]] = defaultdict(Counter)
        self._standing: Counter[Words] = Counter()
        texts = [_places(example.input) for example in examples]
        for example, places in zip(examples, texts, strict=True):
            for span in spans_in(example.target or "[]"):
                words = tuple(place.word for place in places if span.start <= place.start and place.end <= span.end)
                if words:
                    self._marked[words][span.label] += 1
        sizes = sorted({len(words) for words in self._marked})
        for places in texts:
            plain = [place.word for place in places]
            for size in sizes:
                for at in range(len(plain) - size + 1):
                    if (words := tuple(plain[at : at + size])) in self._marked:
                        self._standing[words] += 1

    def system(self, share: float) -> DictionarySystem:
        """The pieces of which at least ``share`` of the places are marked."""
        return DictionarySystem(
            {
                words: labels.most_common(1)[0][0]
                for words, labels in self._marked.items()
                if labels.total() >= share * self._standing[words]
            }
        )


def _places(text: str) -> list[_Place]:
    return [
        _Place(found[0].lower(), found.start(), found.end())
        for found in re.finditer(CHUNK, text)
        if not found[0].isspace()
    ]


kind = Dictionary()
