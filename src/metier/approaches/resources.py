"""What building and answering may use: models, an embedder, the reporter, the seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from metier.approaches.settings import ApproachSettings
from metier.core import Reporter
from metier.models import Compute, EncoderModel, ModelSource, Precision, choose, locate, quick_float32

_BATCHES_KEPT = 3  # train, validation and test of a run


@dataclass(slots=True, kw_only=True)
class Resources:
    """Shared by the approaches of a run. Loads nothing before it is asked.

    Attributes:
        reporter: told of progress.
        seed: the run's seed.
        recipe_folder: where relative paths of the recipe start.
        model: name of the default base model.
        embedder: name of the encoder that compares texts (``nearest``).
        documents: folder or file of documents to retrieve from. None: there are none.
        readers: where rows and documents say who may see them: a column, front-matter key or meta tag.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        precision: ``auto``, ``float32`` or ``bfloat16``.
        siblings: the recipe's approaches by name, for those that begin from one another.
        built: the folder below which they are built, each in one of its name. None: not built here.
        force: go on with an unfinished training even where its settings or data have changed.
    """

    reporter: Reporter
    seed: int = 0
    recipe_folder: Path = field(default_factory=Path.cwd)
    model: str = "builtin"
    embedder: str = "builtin-encoder"
    documents: str | None = None
    readers: str | None = None
    device: str = "auto"
    precision: Precision = "auto"
    siblings: Mapping[str, ApproachSettings] = field(default_factory=dict[str, ApproachSettings])
    built: Path | None = None
    force: bool = False
    _compute: Compute | None = None
    _encoder: EncoderModel | None = None
    _batches: dict[tuple[str, ...], Any] = field(default_factory=dict[tuple[str, ...], Any])

    @property
    def compute(self) -> Compute:
        """Device and precision, chosen once."""
        if self._compute is None:
            self._compute = choose(device=self.device, precision=self.precision)
            quick_float32()
        return self._compute

    def source(self, name: str | None) -> ModelSource:
        """The base model of that name; None: the default one."""
        return locate(name or self.model, folder=self.recipe_folder)

    @property
    def encoder(self) -> EncoderModel:
        """The embedder, loaded once."""
        if self._encoder is None:
            self._encoder = EncoderModel(self.source(self.embedder), self.compute)
        return self._encoder

    def embed(self, texts: Sequence[str]) -> Any:
        """Unit vectors of texts, float32 [len(texts), width].

        The last batches are kept, as a pool of examples is compared with again and again; single texts are not, so that
        the time of a query is the time of a query.
        """
        key = tuple(texts)
        if key in self._batches:
            self._batches[key] = self._batches.pop(key)  # used last, forgotten last
            return self._batches[key]
        unique = list(dict.fromkeys(key))
        vectors = self.encoder.embed(unique, reporter=self.reporter)
        place = {text: i for i, text in enumerate(unique)}
        result = vectors[[place[text] for text in key]]
        if len(key) > 1:
            self._batches[key] = result
            while len(self._batches) > _BATCHES_KEPT:
                del self._batches[next(iter(self._batches))]
        return result
