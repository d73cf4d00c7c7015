"""Names and places as Presidio finds them with a spaCy pipeline of the user's (extra ``presidio``), beside our guesses.

Of Presidio's recognisers only that of named entities is asked: what has a form of its own is found by ours, and some of
Presidio's look things up on the network.
"""

from __future__ import annotations

from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from metier.core import DataError, Problem
from metier.data.auditing.likely_personal import Guess, likely_places
from metier.data.auditing.personal import Personal, apart

_KINDS = {"PERSON": "names (probably)", "LOCATION": "places (probably)"}
_AT_ONCE = 100_000
"""Characters that the model reads at once."""


def guesses(model: str | None, folder: Path) -> Guess:
    """What guesses at personal data: the words around it, and Presidio where the recipe names a model for it.

    Args:
        model: an installed spaCy pipeline, or a folder with one, relative to ``folder``. None: without Presidio.
        folder: the recipe's.

    Raises:
        DataError: Presidio is not installed, or there is no such pipeline.
    """
    if model is None:
        return likely_places
    place = folder / Path(model).expanduser()
    found = str(place) if (place / "meta.json").is_file() else model if _is_installed(model) else ""
    if problem := _problem(model, found):
        raise DataError([problem])
    finder = _Presidio(found)
    return lambda text: apart([*likely_places(text), *finder.places(text)])


def _is_installed(model: str) -> bool:
    return model.isidentifier() and find_spec(model) is not None


def _problem(model: str, found: str) -> Problem | None:
    """What is missing; Presidio would fetch a pipeline by itself."""
    if not _is_installed("presidio_analyzer"):
        expected, got, remedy = "Presidio", "it is not installed", "pip install 'metier[presidio]', or leave it out"
    elif not found:
        expected, got = "an installed spaCy pipeline, or a folder with one", repr(model)
        remedy = "python -m spacy download en_core_web_sm, or give the folder"
    else:
        return None
    return Problem(where="recipe", path="data.personal_model", expected=expected, got=got, remedy=remedy)


class _Presidio:
    """Asks Presidio; nothing is loaded before the first text.

    Args:
        model: name of an installed pipeline, or its folder.
    """

    def __init__(self, model: str) -> None:
        self._model = model

    def places(self, text: str) -> list[Personal]:
        """Names and places in order."""
        found: list[Personal] = []
        for start in range(0, len(text), _AT_ONCE):
            some = text[start : start + _AT_ONCE]
            engine, language = self._engine
            for one in engine.analyze(text=some, language=language, entities=list(_KINDS)):
                found.append(Personal(_KINDS[one.entity_type], start + one.start, start + one.end))
        return sorted(found, key=lambda place: place.start)

    @cached_property
    def _engine(self) -> tuple[Any, str]:
        """Presidio's analyser and the language of its pipeline."""
        import spacy  # pyright: ignore[reportMissingImports]
        from presidio_analyzer import AnalyzerEngine, RecognizerRegistry  # pyright: ignore[reportMissingImports]
        from presidio_analyzer.nlp_engine import SpacyNlpEngine  # pyright: ignore[reportMissingImports]
        from presidio_analyzer.predefined_recognizers import SpacyRecognizer  # pyright: ignore[reportMissingImports]

        pipeline = spacy.load(self._model)
        engine = SpacyNlpEngine(models=[{"lang_code": pipeline.lang, "model_name": self._model}])
        engine.nlp = {pipeline.lang: pipeline}
        recognizer = SpacyRecognizer(supported_language=pipeline.lang, supported_entities=list(_KINDS))
        registry = RecognizerRegistry(recognizers=[recognizer], supported_languages=[pipeline.lang])
        return AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=[pipeline.lang]), pipeline.lang
