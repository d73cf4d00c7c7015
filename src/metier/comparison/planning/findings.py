"""Every row of the audit's findings, with its text, to be looked through and corrected."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from metier.comparison.planning.preparing import audit_data, read_data
from metier.comparison.planning.problems import check
from metier.comparison.recipe import load_recipe
from metier.core import Example, Problem, Reporter, UserError
from metier.core.artifacts import write_text
from metier.core.names import suggestion

SEALED = "(a test row: its text stays sealed; the id says where it stands)"


class FoundRow(NamedTuple):
    """A row that a finding names.

    Attributes:
        finding: the finding's id.
        severity: ``error``, ``warning`` or ``note``.
        id: of the row: its file and its number in it.
        split: where the row went; empty for one that is not used.
        input: its text; of a test row that it is sealed.
        target: its answer; empty for a test row.
    """

    finding: str
    severity: str
    id: str
    split: str
    input: str
    target: str


class Findings(NamedTuple):
    """Findings with all their rows.

    Attributes:
        findings: as an audit has them, those that were asked for.
        rows: of all of them, in their order.
    """

    findings: list[dict[str, Any]]
    rows: list[FoundRow]


def find(
    recipe: Path,
    *,
    names: Sequence[str] = (),
    out: Path | None = None,
    overrides: Sequence[str] = (),
    reporter: Reporter | None = None,
) -> Findings:
    """Audit a recipe's data and list the rows.

    Args:
        recipe: the YAML file.
        names: ids of findings, or their beginnings (``personal`` for ``personal.email`` and the others); none: all.
        out: a ``.csv`` or ``.jsonl`` for the rows. None: nothing is written.
        overrides: ``a.b=value`` entries that replace settings of the recipe.
        reporter: told of the progress.

    Raises:
        RecipeError: the recipe is wrong.
        DataError: the data is not as it says.
        UserError: nothing of that name was found, or ``out`` ends otherwise.
    """
    if out is not None and out.suffix not in FORMS:
        remedy = f"name it {out.with_suffix('.csv').name}"
        raise UserError([Problem(where="--out", expected="a .csv or .jsonl", got=str(out), remedy=remedy)])
    loaded = load_recipe(recipe, overrides)
    check(loaded, where=str(recipe))
    prepared = audit_data(loaded, read_data(loaded, reporter), reporter)
    every: list[dict[str, Any]] = [dict(finding) for finding in prepared.findings]
    chosen = [finding for finding in every if not names or any(_is(finding["id"], name) for name in names)]
    for name in names:
        if not any(_is(finding["id"], name) for finding in every):
            raise _nothing(name, [str(finding["id"]) for finding in every])
    named = {row for finding in chosen for row in finding["rows"]}
    readable = {
        example.id: (split, example)
        for split, examples in (("train", prepared.train), ("validation", prepared.validation))
        for example in examples
        if example.id in named
    }
    splits = {line.id: line.split or "" for line in prepared.ledger if line.id in named}
    rows = [_row(finding, row, readable.get(row), splits) for finding in chosen for row in finding["rows"]]
    if out is not None:
        write_text(out, FORMS[out.suffix](rows))
    return Findings(chosen, rows)


def _is(finding: str, name: str) -> bool:
    return finding == name or finding.startswith(f"{name}.")


def _row(finding: dict[str, Any], row: str, found: tuple[str, Example] | None, splits: dict[str, str]) -> FoundRow:
    split = splits.get(row, "")
    if found is not None:
        return FoundRow(finding["id"], finding["severity"], row, split, found[1].input, found[1].target or "")
    return FoundRow(finding["id"], finding["severity"], row, split, SEALED if split == "test" else "", "")


def _as_csv(rows: Sequence[FoundRow]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(FoundRow._fields)
    writer.writerows(rows)
    return text.getvalue()


def _as_jsonl(rows: Sequence[FoundRow]) -> str:
    return "".join(json.dumps(row._asdict(), ensure_ascii=False) + "\n" for row in rows)


FORMS = {".csv": _as_csv, ".jsonl": _as_jsonl}
"""How the rows are written, by the end of a file's name."""


def _nothing(name: str, known: list[str]) -> UserError:
    expected = "a finding of this data"
    remedy = suggestion(name, known) if known else "nothing was found in this data"
    return UserError([Problem(where="metier data findings", expected=expected, got=repr(name), remedy=remedy)])
