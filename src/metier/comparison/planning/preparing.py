"""The data made ready: read, with the embedder where the recipe asks for it, audited beside the documents, and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from metier import data
from metier.comparison.recipe import Loaded
from metier.comparison.resources import resources_for
from metier.comparison.stages import LAYOUT, Stage
from metier.comparison.wording import plural
from metier.comparison.working.ledger import is_readable
from metier.core import DataError, Example, Problem, Reporter, Silent, UserError, say
from metier.core.artifacts import hash_file
from metier.core.names import listed
from metier.data.reading.sources import example_paths, path_hash
from metier.data.templating import template_file
from metier.prompts import PromptSettings
from metier.retrieval import KEPT, Collected, collect_once, doubtful_column, fingerprint, gold_column

_PLAIN = PromptSettings()
_SHOWN = 5


def prepared_data(loaded: Loaded, folder: Path, reporter: Reporter) -> data.Dataset:
    """The rows of a run: read, accounted for, split and sealed in its folder; skipped where nothing has changed."""
    recipe = loaded.recipe
    inputs = [LAYOUT, recipe.data, recipe.task, recipe.seed, _source_hashes(loaded), *_template_hash(loaded)]
    inputs += beside_rows(loaded)
    stage = Stage(folder, "data", inputs)
    if not (stage.is_done() and is_readable(folder)):
        found = read_data(loaded, reporter)
        documents = documents_of(loaded, reporter, kept=folder / KEPT)
        audit_data(loaded, found, reporter, documents=documents).save(folder)
        names = ("train.parquet", "validation.parquet", "test.parquet", "data.json")  # the ledger grows later
        stage.finish([folder / "data" / name for name in names])
    dataset = data.load(folder)
    for line in ledger_lines(dataset.summary):
        say(reporter, line)
    return dataset


def _source_hashes(loaded: Loaded) -> dict[str, str]:
    """Hashes of the input files; one that cannot be read is told by the data room, in its own words."""
    hashes: dict[str, str] = {}
    for name in example_paths(loaded.recipe.data):
        with suppress(OSError, RuntimeError, ValueError):
            hashes[name] = path_hash(loaded.folder / Path(name).expanduser())
    return hashes


def _template_hash(loaded: Loaded) -> list[str]:
    """Hash of the file that the rows' template stands in; one that is not there is told by the data room."""
    name = loaded.recipe.data.template_name
    with suppress(OSError, UserError):
        return [hash_file(template_file(name, folder=loaded.folder))] if name else []
    return []


def ledger_lines(summary: Mapping[str, Any]) -> list[str]:
    """The ledger's totals as the terminal shows them."""
    totals: dict[str, dict[str, int]] = summary["totals"]
    counts = {status: sum(by_split.values()) for status, by_split in totals.items()}
    kept = counts.pop("kept", 0)
    splits = ", ".join(f"{name} {count}" for name, count in summary["splits"].items())
    lines = [f"  data      {kept + sum(counts.values())} rows read, {kept} kept ({splits})"]
    if rest := ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in counts.items() if count):
        lines.append(f"  ledger    {rest}; each row's fate stands in data/ledger.parquet")
    return lines


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


def audit_data(
    loaded: Loaded, found: data.Prepared, reporter: Reporter | None = None, *, documents: Collected | None = None
) -> data.Prepared:
    """The data set with its findings, those about the recipe's documents and instructions among them.

    Args:
        loaded: the recipe.
        found: the data set.
        reporter: told of the progress. None: nobody.
        documents: as :func:`documents_of` gives them. None: they are read.

    Raises:
        DataError: there are no such documents, no such list of words, or no Presidio.
    """
    documents = documents or documents_of(loaded, reporter)
    texts = tuple((one.id, one.text) for one in documents.documents) if documents else ()
    beside = data.Beside(
        documents=texts,
        instructions=_instructions(loaded),
        watched=_watched(loaded),
        guess=data.guesses(loaded.recipe.data.personal_model, loaded.folder),
    )
    return data.audited(found, beside=beside, reporter=reporter)


def documents_of(loaded: Loaded, reporter: Reporter | None = None, *, kept: Path | None = None) -> Collected | None:
    """The recipe's documents; None where it names none.

    Args:
        loaded: the recipe.
        reporter: told of the progress. None: nobody.
        kept: the file that keeps the documents while a run is made. None: nothing is kept.

    Raises:
        DataError: there are no such documents, or their ``readers.yaml`` cannot be read.
    """
    recipe = loaded.recipe
    if recipe.data.documents is None:
        return None
    folder = _folder(loaded, recipe.data.documents)
    return collect_once(folder, kept=kept, readers_key=recipe.data.readers, reporter=reporter or Silent())


def document_lines(found: Collected, rows: Sequence[Example]) -> list[str]:
    """What the documents are, as a person reads it.

    Args:
        found: as :func:`documents_of` gives them.
        rows: some of the data set: whether they name the right documents.
    """
    characters = sum(len(one.text) for one in found.documents)
    lines = [f"  {plural(len(found.documents), 'document')}, {plural(characters, 'character')}"]
    lines += [f"  ! {left.file} is left out: {left.why}" for left in found.left_out[:_SHOWN]]
    if len(found.left_out) > _SHOWN:
        lines.append(f"  ! and {len(found.left_out) - _SHOWN:,} more files are left out")
    nobodys = [one.id for one in found.documents if one.readers == ()]
    if nobodys:
        lines.append(f"  ! {len(nobodys):,} name no reader, so nobody finds them: {listed(nobodys, limit=4)}")
    lines += [f"  ! readers.yaml: {pattern!r} matches no document" for pattern in found.unmatched]
    names = {one.id for one in found.documents}
    if column := gold_column(rows, names):
        lines.append(f"  the column {column!r} names the right documents of a row")
    elif doubt := doubtful_column(rows, names):
        lines.append(f"  ! {doubt}")
    return lines


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
