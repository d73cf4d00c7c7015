"""``metier init``: a commented recipe made by looking at the data."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import yaml

from metier import data
from metier.approaches.heads import HEADS
from metier.comparison.planning.first_instruction import first_instruction
from metier.comparison.planning.preparing import document_lines
from metier.core import DataError, Problem, SplitName, UserError
from metier.core.artifacts import write_text
from metier.core.tasks import form_of
from metier.data import DataSettings, Inspection, Sources, TaskSettings
from metier.retrieval import collect

_WRITTEN = ("answer", "answers", "response", "reply")
"""Columns that hold what is written from documents, however often it is the same."""
_ON_DOCUMENTS = ("  rag:                        # answers from the documents", "    retrieval: {k: 4}")
FEW_ROWS, MANY_ROWS = 200, 5000
"""Below the first, fine-tuning a causal model is left out as a comment; above the second, it gets a row limit."""
FEWEST_GROUPS = 10
"""Values of a column below which it is not proposed as a group: shares could not be kept."""
MUCH_HTML = 0.02
"""Share of texts with HTML from which the recipe takes it off."""
_PREFERENCE_LOSSES = {"preference": "dpo", "openai_preference": "dpo", "kto": "kto"}
"""Row shapes that say which answers are better, to the loss that learns from them."""
MOST_BROKEN = 0.1
"""Share of rows that cannot be read up to which a recipe without them is written."""
_LONGEST = 60
"""Characters of a file's name that a message repeats."""


class Drafted(NamedTuple):
    """A recipe that has been written.

    Attributes:
        path: of the recipe.
        inspections: what was seen.
        lines: what was seen and chosen, as a person reads it.
    """

    path: Path
    inspections: Inspection
    lines: list[str]


def draft_recipe(source: Path, *, out: Path, force: bool = False, documents: Path | None = None) -> Drafted:
    """Look at ``source`` and write a recipe for it.

    Args:
        source: a data file, an archive or a folder of them (``train.csv`` and ``test.csv`` become the split).
        out: where the recipe goes; paths in it are relative to its folder.
        force: replace a recipe that is there.
        documents: a folder or file to answer from, for an approach with retrieval. None: there is none.

    Raises:
        UserError: a recipe is there already, or ``source`` is not what is needed.
        DataError: the data cannot be read, or there are no such documents.
    """
    _look_at(source, "a data file", "correct the path")
    _look_at(out, "a path where the recipe can be written", "give another --out")
    if out.is_dir() or (out.exists() and not force):
        got, remedy = ("a folder", "") if out.is_dir() else ("a file", ", or --force to replace it")
        expected = "a path where no file is"
        raise UserError([Problem(where=str(out), expected=expected, got=got, remedy=f"give another --out{remedy}")])
    examples = _sources(source, out.resolve().parent)
    told = _documents(documents) if documents else []
    beside = _relative(documents, out.resolve().parent) if documents else None
    rows, seen = _inspected(examples, out.resolve().parent)
    if documents and seen.kind == "classify" and (seen.target or "").lower() in _WRITTEN:
        seen = data.inspect_source(rows, task=TaskSettings(kind="generate"), folder=out.resolve().parent)
        told.append(
            f"  {seen.target!r} is taken to be written from the documents; `kind: classify` chooses among its values"
        )
    stem = source.resolve().stem if source.is_file() else source.resolve().name
    name = re.sub(r"[^A-Za-z0-9]+", "-", stem).strip("-")[:64]
    write_text(out, _recipe(name or "run", examples, seen, beside))
    lines = ["What was seen", *(f"  {sentence}" for sentence in seen.evidence), *told]
    group = _group(seen)
    solved = f"{group!r} has " if group else "\n"  # the recipe names it
    lines += [f"  ! {sentence}" for sentence in seen.warnings if not sentence.startswith(solved)]
    lines += [f"  Group: {group!r}, so that rows of one value stay in one split."] if group else []
    lines += [
        f"  ! could not be told: {problem.expected}. Write {problem.path} into the recipe" for problem in seen.problems
    ]
    return Drafted(out, seen, lines)


def _inspected(examples: str | Sources, folder: Path) -> tuple[DataSettings, Inspection]:
    """The data as it is, or, where single rows of it cannot be read, without these.

    Raises:
        DataError: it cannot be read, or a good part of it cannot.
    """
    rows = DataSettings(examples=examples)
    try:
        return rows, data.inspect_source(rows, folder=folder)
    except DataError:
        rows = DataSettings(examples=examples, broken_rows="leave_out")
        with suppress(DataError):
            seen = data.inspect_source(rows, folder=folder)
            if 0 < sum(file.broken for file in seen.files) <= MOST_BROKEN * seen.rows:
                return rows, seen
        raise


def _documents(path: Path) -> list[str]:
    """What a folder of documents holds, as a person reads it.

    Raises:
        DataError: none with text.
    """
    _look_at(path, "a folder or file of documents", "correct the path")
    found = collect(path.expanduser())
    if not found.documents:
        got = "; ".join(f"{left.file}: {left.why}" for left in found.left_out[:3]) or "an empty folder"
        expected, remedy = "documents with text: md, txt, html, pdf, docx or csv", "name the folder with the documents"
        raise DataError([Problem(where=str(path), expected=expected, got=got, remedy=remedy)])
    return document_lines(found, ())


def _look_at(path: Path, expected: str, remedy: str) -> None:
    """Refuse what is no path at all, such as a link to itself; whether something is there is told by who reads it."""
    try:
        path.expanduser().stat()
    except FileNotFoundError:
        return
    except (OSError, RuntimeError, ValueError) as error:
        name = path.name if len(path.name) <= _LONGEST else f"{path.name[:_LONGEST]}…"
        got = getattr(error, "strerror", None) or str(error)
        raise UserError([Problem(where=name, expected=expected, got=got, remedy=remedy)]) from None


def _sources(source: Path, base: Path) -> str | Sources:
    """``data.examples`` for a file, or for a folder with a file for each split."""
    if not source.is_dir():
        return _relative(source, base)
    found: dict[SplitName, list[Path]] = {"train": [], "validation": [], "test": []}
    for path in sorted(item for item in source.iterdir() if item.is_file() and not item.name.startswith(".")):
        if split := data.split_of(path.name):
            found[split].append(path)
    if not found["train"] or not found["test"] or any(len(paths) > 1 for paths in found.values()):
        return _relative(source, base)  # the data room says what a folder of other files is
    return Sources(**{split: _relative(paths[0], base) for split, paths in found.items() if paths})


def _relative(path: Path, base: Path) -> str:
    resolved = path.expanduser().resolve()
    try:
        str(resolved).encode()
    except UnicodeEncodeError:
        got, remedy = repr(str(path)), "rename it, or its folder"
        raise DataError(
            [Problem(where=path.name, expected="a path in UTF-8, which recipes are in", got=got, remedy=remedy)]
        ) from None
    text = str(resolved.relative_to(base)) if resolved.is_relative_to(base) else str(resolved)
    return str(resolved) if text.startswith("~") else text  # a tilde would stand for somebody's home


def _recipe(name: str, examples: str | Sources, seen: Inspection, documents: str | None) -> str:
    lines = [
        "# Written by `metier init` from a look at the data. Change what is wrong; then try `metier check`.",
        f"name: {_plain(name)}",
        "",
        "task:",
        f"  kind: {seen.kind or 'classify'}",
        f"  instruction: {_plain(seen.instruction or first_instruction(seen))}",
        "",
        "data:",
        *_examples(examples),
        *_broken_rows(seen),
        *_html(seen),
        *([f"  documents: {_plain(documents)}    # looked up by approaches with retrieval"] if documents else []),
        *_columns(seen),
        *_split(seen),
        "",
        "model: builtin                # SmolLM2-135M-Instruct; or a folder, or a hub id such as org/name",
        "",
        "approaches:                   # or auto: a panel chosen by itself; floors ("
        + _floors(seen)
        + ") are always added",
        *_approaches(seen),
        *(_ON_DOCUMENTS if documents and seen.kind != "continue" else ()),
        "",
        "limits:                       # what a recommended approach must keep to",
        "  latency_ms: null            # longest answer time (95th percentile)",
        "  memory_gb: null             # largest memory while answering",
    ]
    return "\n".join(lines) + "\n"


def _plain(value: str) -> str:
    """A YAML scalar on one line."""
    style = None if value.isprintable() else '"'
    return yaml.safe_dump(value, allow_unicode=True, width=math.inf, default_style=style).removesuffix("...\n").strip()


def _in_list(value: str) -> str:
    """A YAML scalar that may stand in a list on one line."""
    return json.dumps(value, ensure_ascii=False) if re.search(r"[\[\]{},]", value) else _plain(value)


def _comment(text: str) -> str:
    """Behind a setting, on its line."""
    shown = "".join(character if character.isprintable() else " " for character in text)
    return f"    # {shown}" if shown.strip() else ""


def _examples(examples: str | Sources) -> list[str]:
    if isinstance(examples, str):
        return [f"  examples: {_plain(examples)}"]
    lines = ["  examples:", f"    train: {_plain(examples.train)}", f"    test: {_plain(examples.test)}"]
    if examples.validation:
        lines.append(f"    validation: {_plain(examples.validation)}")
    return lines


def _broken_rows(seen: Inspection) -> list[str]:
    broken = sum(file.broken for file in seen.files)
    told = f"{broken:,} of {seen.rows:,} rows cannot be read; error stops at them"
    return [f"  broken_rows: leave_out{_comment(told)}"] if broken else []


def _html(seen: Inspection) -> list[str]:
    share = max((column.html for column in seen.columns if column.name in (seen.input, *seen.parts)), default=0.0)
    told = f"{share:.0%} of the texts hold HTML, which is read as a person sees it; keep leaves it"
    return [f"  html: text{_comment(told)}"] if share >= MUCH_HTML and seen.kind != "extract" else []


def _columns(seen: Inspection) -> list[str]:
    reasons = {column.name: column.reason for column in seen.columns}
    lines: list[str] = []
    for key, column, several in (("input", seen.input, seen.parts), ("target", seen.target, seen.flags)):
        if several:
            told = _comment(f"each: {reasons.get(several[0], '')}")
            lines.append(f"  {key}: [{', '.join(map(_in_list, several))}]{told}")
        elif column is not None:
            lines.append(f"  {key}: {_plain(column)}{_comment(reasons.get(column, ''))}")
        elif seen.shape == "table" and (key, seen.kind) != ("target", "continue"):
            lines.append(f"  # {key}: NAME      {_comment('could not be told; columns: ' + ', '.join(reasons))}")
    group = _group(seen)
    lines += [f"  group: {_plain(group)}{_comment(reasons[group])}"] if group else []
    dates = [column for column in seen.columns if column.role == "date"]
    return lines + [_comment(f"{c.name} is a date: {c.reason}")[2:] for c in dates[:1]]


def _group(seen: Inspection) -> str | None:
    """The column that the recipe keeps together."""
    groups = [one for one in seen.columns if data.may_hold_together(one, fewest=FEWEST_GROUPS)]
    groups.sort(key=lambda one: one.role != "group")
    return groups[0].name if groups else None


def _split(seen: Inspection) -> list[str]:
    if seen.split == "given":
        column = f"    # the column {seen.split_column!r} says the split" if seen.split_column else ""
        return [f"  split: {{by: given, train: 0.9, validation: 0.09, test: 0.01}}{column}"] if column else []
    return [f"  split: {{train: 0.7, validation: 0.1, test: 0.2, by: {seen.split}}}"]


def _floors(seen: Inspection) -> str:
    return ", ".join(form_of(seen.kind or "classify").floors)


def _approaches(seen: Inspection) -> list[str]:
    """A panel that makes sense for the kind of task and the number of rows."""
    if seen.kind == "continue":
        return [
            "  full:                       # every weight learns: most from much text, and it forgets most",
            "    weights: {method: full}",
            "  lora:",
            "    weights: {method: lora, rank: 64}",
        ]
    lines = [
        "  zero-shot: {}",
        "  few-shot:",
        "    prompt: {demonstrations: 6, choose: nearest}",
    ]
    lora = ["  lora:", "    weights: {method: lora, rank: 16, epochs: 1}"]
    if seen.rows > MANY_ROWS:
        lora[1] = f"    weights: {{method: lora, rank: 16, epochs: 1, max_rows: {MANY_ROWS}}}    # of {seen.rows}: time"
    if seen.rows < FEW_ROWS:
        lora = ["  # Fewer than 200 rows: fine-tuning a language model on so few seldom pays.", *_commented(lora)]
    lines += lora
    if loss := _PREFERENCE_LOSSES.get(seen.shape):
        pairs = [
            f"  {loss}:                        # learns from good and bad answers",
            f"    weights: {{method: lora, rank: 16, learning_rate: 5.0e-5, preference: {{loss: {loss}}}}}",
        ]
        lines += _commented(pairs) if seen.rows < FEW_ROWS else pairs
    if seen.kind in HEADS.names():
        for method in ("head", "lora", "full"):
            lines += [f"  encoder-{method}:", "    model: builtin-encoder", f"    weights: {{method: {method}}}"]
    return lines


def _commented(lines: Sequence[str]) -> list[str]:
    return ["  # " + line[2:] for line in lines]
