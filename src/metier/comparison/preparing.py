"""The recipe's data made ready: with the recipe's embedder where it asks for one, and audited beside its documents."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from metier import data
from metier.comparison.problems import resources_for
from metier.comparison.recipe import Loaded
from metier.core import DataError, Problem, Reporter, Silent, UserError
from metier.prompts import PromptSettings
from metier.retrieval import collect, fingerprint

_PLAIN = PromptSettings()


def read_data(loaded: Loaded, reporter: Reporter | None = None) -> data.Prepared:
    """Rows read, checked, divided and accounted for.

    Args:
        loaded: the recipe.
        reporter: told of the progress. None: nobody.

    Raises:
        DataError: the data is not as the recipe says.
        ModelError: the recipe asks for paraphrases, and its embedder cannot be loaded.
    """
    recipe = loaded.recipe
    embed = _embedder(loaded) if recipe.data.paraphrases else None
    return data.prepare(
        recipe.task, recipe.data, folder=loaded.folder, seed=recipe.seed, reporter=reporter, embed=embed
    )


def audit_data(loaded: Loaded, found: data.Prepared, reporter: Reporter | None = None) -> data.Prepared:
    """The data set with its findings, those about the recipe's documents and instructions among them.

    Raises:
        DataError: there are no such documents, or no such list of words.
    """
    beside = data.Beside(
        documents=_documents(loaded, reporter), instructions=_instructions(loaded), watched=_watched(loaded)
    )
    return data.audited(found, beside=beside, reporter=reporter)


def beside_rows(loaded: Loaded) -> list[Any]:
    """What data and findings depend on beside the rows: instructions, documents, and the embedder where it is asked."""
    recipe, found = loaded.recipe, list[Any](_instructions(loaded))
    with suppress(UserError):  # told where it is read
        found += _watched(loaded)
    if recipe.data.paraphrases:
        found.append(resources_for(loaded, Silent()).source(recipe.embedder).fingerprint)
    if recipe.data.documents is not None:
        with suppress(OSError, UserError):  # told where they are read
            found.append(fingerprint(_folder(loaded, recipe.data.documents)))
    return found


def _embedder(loaded: Loaded) -> Any:
    """Unit vectors of texts by the recipe's embedder, which is loaded when it is first asked."""
    resources = resources_for(loaded, Silent())

    def embed(texts: Sequence[str]) -> Any:
        return resources.encoder.embed(texts, reporter=Silent())

    return embed


def _documents(loaded: Loaded, reporter: Reporter | None) -> tuple[tuple[str, str], ...]:
    recipe = loaded.recipe
    if recipe.data.documents is None:
        return ()
    collected = collect(
        _folder(loaded, recipe.data.documents), readers_key=recipe.data.readers, reporter=reporter or Silent()
    )
    return tuple((document.id, document.text) for document in collected.documents)


def _watched(loaded: Loaded) -> tuple[str, ...]:
    """The user's list of words, without its remarks.

    Raises:
        DataError: there is no such file, or it is no text in UTF-8.
    """
    name = loaded.recipe.data.watch
    if name is None:
        return ()
    path = loaded.folder / Path(name).expanduser()
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        got = "no text in UTF-8" if isinstance(error, UnicodeDecodeError) else "no such file that can be read"
        expected, remedy = "a text file in UTF-8, a word or phrase a line", "name the file, or leave data.watch out"
        problem = Problem(where=str(path), path="data.watch", expected=expected, got=got, remedy=remedy)
        raise DataError([problem]) from None
    return tuple(filter(None, (line.partition("#")[0].strip() for line in lines)))


def _instructions(loaded: Loaded) -> tuple[tuple[str, str], ...]:
    """What approaches tell their models in words of their own."""
    return tuple(
        (f"approaches.{name}.prompt.{part}", text)
        for name, settings in loaded.recipe.approaches.items()
        if settings.prompt is not None
        for part, text in (("instruction", settings.prompt.instruction), ("question", settings.prompt.question))
        if text and text != _PLAIN.question
    )


def _folder(loaded: Loaded, documents: str) -> Path:
    return loaded.folder / Path(documents).expanduser()
