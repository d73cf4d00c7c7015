"""What happened to the data: ``data.json``, the ledger, and the openings of the sealed test set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from metier.comparison.report.reading.folder import RunFolder
from metier.comparison.report.reading.values import counts, mapping, mappings, number, text, texts, whole
from metier.core.said import sentence, sentences

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file that rows came from, and how it was read."""

    file: str
    sha256: str
    rows: int | None
    format: str
    encoding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What the audit found: how grave, what, in how many rows, the first of them, samples, what to do."""

    id: str
    severity: str
    title: str
    count: int
    rows: tuple[str, ...]
    samples: tuple[str, ...]
    remedy: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataRoom:
    """What was read, what was kept, and where it went.

    Attributes:
        evidence: what was detected and why, a sentence each.
        columns: which column was taken for what.
        totals: rows by status and split (the empty name: in no split).
        splits: rows by split.
        labels: rows by split and label.
        lengths: length in characters by part (``input``) and quantile (``median``).
        warnings: what deserves attention, a sentence each.
        near_groups: groups of nearly equal rows; None where this was not looked for.
        near_rows: rows in such groups.
        near_share: the same as a share of the kept rows.
        paraphrase_groups: groups of rows that say the same in other words; None where this was not looked for.
        paraphrase_rows: rows in such groups.
        sources: the files.
        findings: what the audit found; None where there was none of it.
        openings: who opened the test set, in order.
        cut_rows: rows of which an approach could not use everything, and the tokens it left out, by approach.
    """

    evidence: tuple[str, ...]
    columns: Mapping[str, str]
    totals: Mapping[str, Mapping[str, int]]
    splits: Mapping[str, int]
    labels: Mapping[str, Mapping[str, int]]
    lengths: Mapping[str, Mapping[str, float]]
    warnings: tuple[str, ...]
    near_groups: int | None
    near_rows: int
    near_share: float | None
    paraphrase_groups: int | None
    paraphrase_rows: int
    sources: tuple[Source, ...]
    findings: tuple[Finding, ...] | None
    openings: tuple[str, ...]
    cut_rows: Mapping[str, tuple[int, int]]


def read_data_room(folder: RunFolder, approaches: tuple[str, ...]) -> DataRoom:
    """Everything below ``data/`` except the rows themselves."""
    raw = folder.json("data/data.json")
    near = mapping(raw.get("near_duplicates"))
    alike = mapping(raw.get("paraphrases"))
    groups, meanings = number(near.get("clusters")), number(alike.get("clusters"))
    return DataRoom(
        evidence=sentences(raw, "evidence"),
        columns={name: _flat(value) for name, value in mapping(raw.get("columns")).items() if value},
        totals={status: counts(row) for status, row in mapping(raw.get("totals")).items()},
        splits=counts(raw.get("splits")),
        labels={split: counts(row) for split, row in mapping(raw.get("labels")).items()},
        lengths={part: _numbers(row) for part, row in mapping(raw.get("lengths")).items()},
        warnings=sentences(raw, "warnings"),
        near_groups=None if groups is None else int(groups),
        near_rows=whole(near.get("rows")),
        near_share=number(near.get("share")),
        paraphrase_groups=None if meanings is None else int(meanings),
        paraphrase_rows=whole(alike.get("rows")),
        sources=tuple(_source(item) for item in mappings(raw.get("sources"))),
        findings=tuple(_finding(item) for item in mappings(raw["findings"])) if "findings" in raw else None,
        openings=tuple(text(line.get("by")) for line in folder.lines("data/openings.jsonl")),
        cut_rows=_cut_rows(folder, approaches),
    )


def _source(raw: Mapping[str, Any]) -> Source:
    rows = number(raw.get("rows"))
    return Source(
        file=text(raw.get("file")),
        sha256=text(raw.get("sha256")),
        rows=None if rows is None else int(rows),
        format=text(raw.get("format")),
        encoding=text(raw.get("encoding")),
    )


def _finding(raw: Mapping[str, Any]) -> Finding:
    return Finding(
        id=text(raw.get("id")),
        severity=text(raw.get("severity")),
        title=sentence(raw, "title"),
        count=whole(raw.get("count")),
        rows=texts(raw.get("rows")),
        samples=texts(raw.get("samples")),
        remedy=sentence(raw, "remedy"),
        fix=text(raw.get("fix")),
    )


def _numbers(raw: Any) -> dict[str, float]:
    found = {name: number(value) for name, value in mapping(raw).items()}
    return {name: value for name, value in found.items() if value is not None}


def _cut_rows(folder: RunFolder, approaches: tuple[str, ...]) -> dict[str, tuple[int, int]]:
    """From the ledger's columns ``NAME.cut_tokens``."""
    columns = tuple(f"{name}.cut_tokens" for name in approaches)
    rows = folder.rows("data/ledger.parquet", columns)
    found: dict[str, tuple[int, int]] = {}
    for name, column in zip(approaches, columns, strict=True):
        cut = [whole(row.get(column)) for row in rows]
        if any(cut):
            found[name] = (sum(tokens > 0 for tokens in cut), sum(cut))
    return found


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {text(item)}" for name, item in mapping(value).items())
    return ", ".join(texts(value)) if isinstance(value, list | tuple) else text(value)
