"""The recipe's ``task`` and ``data`` sections."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from metier.core import Settings, TaskKind


class TaskSettings(Settings):
    """What is to be learnt."""

    kind: TaskKind | None = None
    """``classify`` (one label), ``generate`` (a text) or ``chat`` (the next turn). None: decided from the data, and
    said."""
    instruction: str = Field(default="", max_length=4000)
    """What to do, in a sentence. Empty: a plain one for the kind of task."""
    labels: tuple[str, ...] | None = None
    """The allowed labels of ``classify``. None: those that occur in the data. Rows with another label are not used, and
    said."""


class Sources(Settings):
    """A file for each split, for data that comes split. A missing validation is taken from train."""

    train: str
    """Path of the training rows, relative to the recipe."""
    test: str
    """Path of the test rows."""
    validation: str | None = None
    """Path of the validation rows. None: taken from train, by the split's share."""


class SplitSettings(Settings):
    """How rows are divided. Shares are of all usable rows and must sum to 1."""

    train: float = Field(default=0.7, gt=0, lt=1)
    """Share of rows to learn from."""
    validation: float = Field(default=0.1, gt=0, lt=1)
    """Share of rows to choose by (early stopping, calibration)."""
    test: float = Field(default=0.2, gt=0, lt=1)
    """Share of rows in the sealed test set."""
    by: Literal["auto", "stratified", "random", "given"] = "auto"
    """``stratified`` keeps the share of each label; ``random`` does not look at labels; ``given`` follows the files of
    ``data.examples`` or the column ``data.split_column``. ``auto``: given where the data says so, else stratified for
    ``classify`` and random otherwise."""

    @model_validator(mode="after")
    def _sums_to_one(self) -> SplitSettings:
        total = self.train + self.validation + self.test
        if abs(total - 1) > 1e-6:
            raise ValueError(f"shares that sum to 1 (train + validation + test is {total:g})")
        return self


class DataSettings(Settings):
    """Where the rows are and how they are read."""

    examples: str | Sources
    """Path of the rows, or ``{train: ..., test: ...}``; relative to the recipe's folder."""
    format: str | None = None
    """``csv``, ``tsv``, ``json``, ``jsonl`` or ``parquet``. None: detected from the content, and said."""
    encoding: str | None = None
    """Text encoding, such as ``utf-8`` or ``cp1252``. None: UTF-8 (with or without a mark); anything
    else is an error that names a candidate."""
    input: str | None = None
    """Column that is answered. None: detected, and said."""
    target: str | None = None
    """Column with the right answer. None: detected, and said."""
    documents: str | None = None
    """Folder (or file) of documents to retrieve from: md, txt, html, pdf, docx, csv; relative to the recipe's folder.
    None: there are none."""
    readers: str | None = None
    """Where a row or a document says who may see it: the name of a column, of a key in Markdown front matter, or of an
    HTML meta tag; names are separated by commas. Given, a document that says nothing is nobody's. None: everybody may
    see every row and every document that does not say otherwise."""
    group: str | None = None
    """Column whose equal values stay in one split (customer, document). None: each row by itself."""
    split_column: str | None = None
    """Column that says ``train``, ``validation`` or ``test``. None: a column called ``split`` is used where its
    values are such."""
    split: SplitSettings = SplitSettings()
    """How rows are divided."""
    max_rows: int | None = Field(default=None, ge=10)
    """Use at most so many rows of train (chosen by the seed, stratified for ``classify``); the rest stands in the
    ledger as left out. None: all."""
