"""Opens everything that ``data.examples`` names, and reports the faults of all of it together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from metier.core import DataError, Problem, SplitName
from metier.core.artifacts import hash_file, hash_value
from metier.core.names import listed
from metier.data.reading.formats import recognise
from metier.data.reading.gathering import Gathered, gather
from metier.data.reading.locating import is_archive, locate
from metier.data.reading.packing import Content, packing_of
from metier.data.reading.readers import READERS
from metier.data.reading.source import Source
from metier.data.settings import DataSettings, Part, Sources

HUB = "hf://"
"""What begins the name of a data set that is read through ``datasets``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """A path of the recipe with what the recipe says about it."""

    text: str
    split: SplitName | None = None
    format: str | None = None
    encoding: str | None = None
    header: bool | None = None
    joins: bool = True
    leaves_out: bool = False
    rename: Mapping[str, str]
    weight: float | None = None


def open_sources(data: DataSettings, *, folder: Path) -> tuple[Source, ...]:
    """The sources of the recipe, formats found, in the recipe's order (train, validation, test).

    Raises:
        DataError: everything that is missing, not readable or named twice.
    """
    wanted = _wanted(data)
    problems: list[Problem] = []
    paths: dict[str, Path] = {}
    for setting, item in wanted.items():
        try:
            hub = item.text.startswith(HUB)
            paths[setting] = Path(item.text) if hub else locate(item.text, folder, setting=setting)
        except DataError as error:
            problems.extend(error.problems)
    problems.extend(_named_twice(paths))
    names = _names(paths, {setting: item.text for setting, item in wanted.items()})
    sources: list[Source] = []
    for setting, path in paths.items():
        try:
            found = _opened(path, names[setting], wanted[setting], setting)
            sources += [replace(s, rename=wanted[setting].rename, weight=wanted[setting].weight) for s in found]
        except DataError as error:
            problems.extend(error.problems)
        except OSError as error:
            problems.append(_unreadable(names[setting], setting, error))
    if problems:
        raise DataError(problems)
    return tuple(sources)


def source_hash(source: Source) -> str:
    """SHA-256 of what a source is read from: a file, a folder's names and contents, or a hub's name."""
    if source.format == "hf":
        return hash_value(source.member)
    return path_hash(source.path)


def path_hash(path: Path) -> str:
    """SHA-256 of a file, or of the names and contents of a folder's files, hidden ones left out."""
    if not path.is_dir():
        return hash_file(path)
    files = sorted(item for item in path.rglob("*") if item.is_file())
    return hash_value([(item.relative_to(path).as_posix(), hash_file(item)) for item in files])


def example_paths(data: DataSettings) -> tuple[str, ...]:
    """Every path that ``data.examples`` names, as the recipe has them; names of the hub are none."""
    return tuple(item.text for item in _wanted(data).values() if not item.text.startswith(HUB))


def _wanted(data: DataSettings) -> dict[str, _Wanted]:
    """Recipe path of each setting to what it names."""

    def plain(text: str, split: SplitName | None = None) -> _Wanted:
        return _Wanted(
            text=text,
            split=split,
            format=data.format,
            encoding=data.encoding,
            header=data.header,
            joins=_joins(data),
            leaves_out=data.broken_rows == "leave_out",
            rename={},
        )

    match data.examples:
        case str() as text:
            return {"data.examples": plain(text)}
        case Sources() as files:
            named: tuple[tuple[SplitName, str | None], ...] = (
                ("train", files.train),
                ("validation", files.validation),
                ("test", files.test),
            )
            return {f"data.examples.{split}": plain(text, split) for split, text in named if text is not None}
        case parts:
            return {f"data.examples.{place}": _part(part, data) for place, part in enumerate(parts)}


def _part(part: Part, data: DataSettings) -> _Wanted:
    return _Wanted(
        text=part.path,
        split=part.split,
        format=part.format or data.format,
        encoding=part.encoding or data.encoding,
        header=data.header,
        joins=_joins(data),
        leaves_out=data.broken_rows == "leave_out",
        rename=part.rename,
        weight=part.weight,
    )


def _opened(path: Path, name: str, wanted: _Wanted, setting: str) -> list[Source]:
    """One source for a file, one for each file of a folder or archive."""
    if wanted.text.startswith(HUB):
        READERS.get("hf")  # a missing package is said before anything is read
        said = f"{name}: a data set of the hub, read by datasets."
        member = wanted.text.removeprefix(HUB)
        return [Source(path=path, name=name, format="hf", member=member, split=wanted.split, evidence=(said,))]
    if not path.is_dir() and (wanted.format == "xlsx" or not is_archive(path)):
        content = Content(path, packing_of(path))
        return [_recognised(content, name, wanted, wanted.split)]
    gathered = gather(path, wanted.text, setting=setting, format=wanted.format)
    said = _gathered_evidence(name, gathered)
    if gathered.documents or gathered.marked:
        source = Source(
            path=path,
            name=name,
            format="brat" if gathered.marked else "documents",
            split=wanted.split,
            encoding=wanted.encoding or "",
            evidence=(said,),
        )
        return [source]
    sources: list[Source] = []
    problems: list[Problem] = []
    for inner, content in gathered.files.items():
        packing = content.packing or packing_of(content.path)
        try:
            source = _recognised(
                Content(content.path, packing, content.member),
                f"{name}/{inner}" if len(gathered.files) > 1 else name,
                wanted,
                wanted.split or gathered.splits.get(inner),
            )
        except DataError as error:
            problems.extend(error.problems)
            continue
        adds = {"label": gathered.labels[inner]} if inner in gathered.labels else {}
        sources.append(replace(source, adds=adds))
    if problems:
        raise DataError(problems)
    return [replace(sources[0], evidence=(said, *sources[0].evidence)), *sources[1:]]


def _recognised(content: Content, name: str, wanted: _Wanted, split: SplitName | None) -> Source:
    return recognise(
        content,
        name,
        split=split,
        format=wanted.format,
        encoding=wanted.encoding,
        header=wanted.header,
        joins=wanted.joins,
        leaves_out=wanted.leaves_out,
    )


def _joins(data: DataSettings) -> bool:
    """Whether turns may become conversations: not where the recipe names columns of single rows."""
    return data.input is None and data.target is None and data.template is None


def _gathered_evidence(name: str, gathered: Gathered) -> str:
    kind = "documents, a row each" if gathered.documents else "files of rows"
    kind = "documents with marks beside them (brat), a row each" if gathered.marked else kind
    said = f"{name}: {len(gathered.files):,} {kind}"
    if gathered.labels:
        said += f", told apart by {listed(sorted(set(gathered.labels.values())), limit=4)}"
    if gathered.splits:
        said += "; their names say train and test"
    if gathered.passed_over:
        said += f"; not read: {listed(gathered.passed_over, limit=3)}"
    return said + "."


def _names(paths: dict[str, Path], texts: dict[str, str]) -> dict[str, str]:
    """File names where they differ, otherwise the paths as the recipe has them: row ids must be unique."""
    short = [path.name for path in paths.values()]
    return {
        key: path.name if short.count(path.name) == 1 and not texts[key].startswith(HUB) else texts[key]
        for key, path in paths.items()
    }


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
