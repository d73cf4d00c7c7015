"""Opens every file that ``data.examples`` names, and reports the faults of all of them together."""

from __future__ import annotations

from pathlib import Path

from metier.core import DataError, Problem, SplitName
from metier.data.reading.formats import recognise
from metier.data.reading.locating import locate
from metier.data.reading.source import Source
from metier.data.settings import DataSettings, Sources


def open_sources(data: DataSettings, *, folder: Path) -> tuple[Source, ...]:
    """The files of the recipe, formats found; train first, then validation, then test.

    Raises:
        DataError: every file that is missing, not readable or named twice.
    """
    wanted = _wanted(data.examples)
    problems: list[Problem] = []
    paths: dict[str, Path] = {}
    for setting, (_, text) in wanted.items():
        try:
            paths[setting] = locate(text, folder, setting=setting)
        except DataError as error:
            problems.extend(error.problems)
    problems.extend(_named_twice(paths))
    names = _names(paths, {setting: text for setting, (_, text) in wanted.items()})
    sources: list[Source] = []
    for setting, path in paths.items():
        try:
            split = wanted[setting][0]
            sources.append(recognise(path, names[setting], split=split, format=data.format, encoding=data.encoding))
        except DataError as error:
            problems.extend(error.problems)
        except OSError as error:
            problems.append(_unreadable(names[setting], setting, error))
    if problems:
        raise DataError(problems)
    return tuple(sources)


def _wanted(examples: str | Sources) -> dict[str, tuple[SplitName | None, str]]:
    """Recipe path of each setting to its split and file."""
    if isinstance(examples, str):
        return {"data.examples": (None, examples)}
    wanted: dict[str, tuple[SplitName | None, str]] = {"data.examples.train": ("train", examples.train)}
    if examples.validation is not None:
        wanted["data.examples.validation"] = ("validation", examples.validation)
    wanted["data.examples.test"] = ("test", examples.test)
    return wanted


def _names(paths: dict[str, Path], texts: dict[str, str]) -> dict[str, str]:
    """File names where they differ, otherwise the paths as the recipe has them: row ids must be unique."""
    short = [path.name for path in paths.values()]
    return {key: path.name if short.count(path.name) == 1 else texts[key] for key, path in paths.items()}


def _named_twice(paths: dict[str, Path]) -> list[Problem]:
    problems: list[Problem] = []
    first: dict[Path, str] = {}
    for setting, path in paths.items():
        other = first.setdefault(path.resolve(), setting)
        if other != setting:
            got = f"the same file as {other}"
            remedy = "name different files; for one file that is to be split, write data.examples: FILE"
            problems.append(
                Problem(where=path.name, path=setting, expected="a file of its own", got=got, remedy=remedy)
            )
    return problems


def _unreadable(name: str, setting: str, error: OSError) -> Problem:
    got = error.strerror or str(error)
    return Problem(
        where=name, path=setting, expected="a file that can be read", got=got, remedy="check its permissions"
    )
