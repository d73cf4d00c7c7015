"""The recipe's ``task`` and ``data`` sections."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from metier.core import Role, Settings, SplitName, TaskKind

PersonalPolicy = Literal["report", "mask", "pseudonym", "drop"]
SPLIT_WORDS: dict[str, SplitName] = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "devel": "validation",
    "development": "validation",
    "test": "test",
    "testing": "test",
}
"""Spellings of split names, in lower case."""


class TaskSettings(Settings):
    """What is to be learnt."""

    kind: TaskKind | None = None
    """``classify`` (one label), ``multilabel`` (any number of labels), ``regress`` (a number), ``extract`` (pieces of
    the text with labels: entities, slots), ``generate`` (a text), ``chat`` (the next turn) or ``continue`` (raw text,
    without answers). None: decided from the data, and said."""
    instruction: str = Field(default="", max_length=4000)
    """What to do, in a sentence; ``{labels}`` stands for the labels. Empty: a plain one for the kind of task."""
    labels: tuple[str, ...] | None = None
    """The labels of ``classify``, ``multilabel`` and ``extract``. None: those that occur in the data. Rows with another
    label are not used, and said; of ``extract``, pieces with another label are not looked for, and said."""
    rename_labels: dict[str, str] = Field(default_factory=lambda: {})
    """Labels of the data to the labels that they are taken for, before anything else looks at them:
    ``{invoice: Invoice, parking: other}`` joins spellings and rare ones. Said, with the numbers of rows."""


class Sources(Settings):
    """A file for each split, for data that comes split. A missing validation is taken from train."""

    train: str
    """Path of the training rows, relative to the recipe."""
    test: str
    """Path of the test rows."""
    validation: str | None = None
    """Path of the validation rows. None: taken from train, by the split's share."""


class Part(Settings):
    """One source of several that are mixed; a bare path stands for ``{path: PATH}``."""

    path: str
    """Path of the rows, relative to the recipe."""
    weight: float | None = Field(default=None, gt=0)
    """Share of this source among the training rows, against the other weights; rows beyond it are left out, drawn by
    the seed. None: all its rows."""
    split: SplitName | None = None
    """The split that all its rows belong to. None: divided like the rest."""
    format: str | None = None
    """As ``data.format``, for this source alone."""
    encoding: str | None = None
    """As ``data.encoding``, for this source alone."""
    rename: dict[str, str] = Field(default_factory=lambda: {})
    """Columns of this source that are called otherwise in the others: its name, to theirs."""

    @model_validator(mode="before")
    @classmethod
    def _bare_path(cls, value: Any) -> Any:
        return {"path": value} if isinstance(value, str) else value


class SplitSettings(Settings):
    """How rows are divided. Shares are of all usable rows and must sum to 1."""

    train: float = Field(default=0.7, gt=0, lt=1)
    """Share of rows to learn from. Left out where another share is given: what the others leave."""
    validation: float = Field(default=0.1, gt=0, lt=1)
    """Share of rows to choose by (early stopping, calibration)."""
    test: float = Field(default=0.2, gt=0, lt=1)
    """Share of rows in the sealed test set."""
    by: Literal["auto", "stratified", "random", "given", "time", "hash"] = "auto"
    """``stratified`` keeps the share of each label; ``random`` does not look at labels; ``given`` follows the files of
    ``data.examples`` or the column ``data.split_column``; ``time`` learns from the oldest rows and measures with the
    newest, by the column ``data.time``; ``hash`` decides by the group (or the text) alone, so that rows never move when
    others are added. ``auto``: given where the data says so, else stratified for ``classify``, ``multilabel`` and
    ``regress`` (by size), and random otherwise."""

    folds: int | None = Field(default=None, ge=2, le=50)
    """Cross-validation: what is not test falls into so many parts of equal size, labels, groups and near copies as in
    the split itself, and one of them is the validation set (whose share is then not looked at). The sealed test set is
    the same in all of them. None: validation is a share."""
    fold: int = Field(default=1, ge=1)
    """Which part, from 1: ``metier run RECIPE --set data.split.fold=2 --out runs/NAME-2`` is the next one."""

    @model_validator(mode="after")
    def _has_that_fold(self) -> SplitSettings:
        if self.folds is None:
            if self.fold != 1:
                raise ValueError("folds beside fold")
            return self
        if self.fold > self.folds:
            raise ValueError(f"fold from 1 to {self.folds}")
        if self.by in ("time", "hash"):
            raise ValueError(f"no folds beside by: {self.by}, which says itself where each row stands")
        return self

    @model_validator(mode="before")
    @classmethod
    def _train_takes_the_rest(cls, given: Any) -> Any:
        if not isinstance(given, dict) or "train" in given or not {"validation", "test"} & given.keys():
            return given
        fields = cls.model_fields
        others = [given.get(name, fields[name].default) for name in ("validation", "test")]
        if not all(isinstance(share, int | float) for share in others) or sum(others) >= 1:
            return given
        return {"train": round(1 - sum(others), 12), **given}

    @model_validator(mode="after")
    def _sums_to_one(self) -> SplitSettings:
        total = self.train + self.validation + self.test
        if abs(total - 1) > 1e-6:
            raise ValueError(f"shares that sum to 1 (train + validation + test is {total:g})")
        return self


class TemplateSettings(Settings):
    """A template, and which columns it takes."""

    name: str
    """``TASK`` or ``TASK.WORDING`` (``metier data templates`` lists them), or ``FILE.yaml#NAME`` for one of your own or
    of promptsource's."""
    columns: dict[str, str] = Field(default_factory=lambda: {})
    """Variables of the template to columns of the data, where their names do not tell."""


class ParaphraseSettings(Settings):
    """Rows that say the same in other words, as the recipe's ``embedder`` sees it; see ``docs/guides/data.md``."""

    likeness: float = Field(default=0.95, ge=0.5, le=1)
    """Cosine similarity from which two texts say the same. Lower joins more, and what merely shares a subject."""
    together: bool = True
    """Whether such rows stay on one side of the split. A given split stays as it is, and the audit says who stands on
    both sides."""


class DataSettings(Settings):
    """Where the rows are and how they are read."""

    examples: str | Sources | tuple[Part, ...]
    """Path of the rows (a file, packed or not, a folder, a zip archive, or ``hf://NAME``), or ``{train: ..., test:
    ...}``, or a list of sources ``{path: ..., weight: ...}`` that are mixed; relative to the recipe's folder."""
    temperature: float | None = Field(default=None, ge=1, le=100)
    """Of a list of sources without weights: each gets the weight rows^(1 / temperature), so that small ones are not
    drowned (Raffel et al. 2020 take 2). 1: as many rows as each has. None: all rows of all."""
    format: str | None = None
    """``csv``, ``tsv``, ``json``, ``jsonl``, ``parquet``, ``arrow``, ``xlsx``, ``conll``, ``fasttext``, ``lines`` (each
    line a text), ``documents`` (each file a text) or ``brat`` (with marks beside it). None: detected from the content,
    and said."""
    encoding: str | None = None
    """Text encoding, such as ``utf-8`` or ``cp1252``. None: UTF-8, or else guessed from the words that it makes, and
    said."""
    header: bool | None = None
    """Whether csv and tsv files begin with a line of column names; without one, columns are called ``column 1``,
    ``column 2`` ... None: found by whether the first line is like the others, and said."""
    broken_rows: Literal["error", "leave_out"] = "error"
    """What becomes of rows that cannot be read: lines of csv and tsv with more or fewer fields than the header, lines
    of jsonl that are no JSON object, rows of another form than the others. ``error`` names them and stops;
    ``leave_out`` goes on without them, says so, and notes each with its reason in the ledger. A quote that is never
    closed is always an error: it hides the rows behind it."""
    html: Literal["keep", "text"] = "keep"
    """What becomes of HTML in texts, as mail programs and web editors write it: ``keep`` it, or take the ``text`` that
    a person sees, without tags, styles and scripts. ``metier predict`` does the same with new texts."""
    input: str | tuple[str, ...] | None = None
    """Column that is answered; several are put under each other, each with its name. None: detected, and said."""
    target: str | tuple[str, ...] | None = None
    """Column with the right answer; of several columns of yes and no (1 and 0), the names of those that say yes are the
    labels of a ``multilabel`` task. None: detected, and said."""
    template: str | TemplateSettings | None = None
    """Makes rows of a table into a task: ``review-stars`` turns reviews with stars into texts to be rated. Its wording
    becomes that of every approach that has none of its own. ``{name: ..., columns: {stars: overall}}`` where column
    names do not tell. None: input and target are columns as they are."""
    documents: str | None = None
    """Folder (or file) of documents to retrieve from: md, txt, html, pdf, docx, csv; relative to the recipe's folder.
    None: there are none."""
    readers: str | None = None
    """Where a row or a document says who may see it: the name of a column, of a key in Markdown front matter, or of an
    HTML meta tag; names are separated by commas. Given, a document that says nothing is nobody's. None: everybody may
    see every row and every document that does not say otherwise."""
    group: str | None = None
    """Column whose equal values stay in one split (customer, document). None: each row by itself."""
    time: str | None = None
    """Column with the moment of each row (an ISO date, or a number), for ``data.split.by: time``."""
    roles: dict[str, Role] = Field(default_factory=lambda: {})
    """Speakers of conversations to ``system``, ``user``, ``assistant`` or ``tool``, where the data has names of its
    own (``{Ann: user, Desk: assistant}``)."""
    split_column: str | None = None
    """Column that says ``train``, ``validation`` or ``test``. None: a column called ``split`` is used where its
    values are such."""
    split: SplitSettings = SplitSettings()
    """How rows are divided."""
    paraphrases: ParaphraseSettings | None = None
    """Whether rows that say the same in other words are looked for, by the recipe's ``embedder`` (``{}``: with the
    defaults): they stay on one side of the split, and the audit names them. Takes a vector of every text, so that
    ``metier check`` takes longer. None: near copies are found by their letters alone."""
    personal: PersonalPolicy = "report"
    """What is done about e-mail addresses, telephone, account and card numbers, network addresses and keys in the
    texts: ``report`` them, ``mask`` them, replace each by a steady ``pseudonym`` (keyed by the environment's
    ``METIER_PSEUDONYM_KEY``), or ``drop`` the rows."""
    personal_guesses: bool = False
    """Whether that also reaches what is personal only by the words around it: names behind titles and greetings, street
    addresses, postcodes, places after "I live in". The audit shows them all the same."""
    personal_model: str | None = None
    """A spaCy pipeline, installed or a folder, with which Presidio (extra ``presidio``) looks for names and places
    besides; the audit shows what it finds, and ``personal_guesses`` lets it be treated. None: without Presidio."""
    watch: str | None = None
    """File with words and phrases of your own, one a line (``#`` begins a remark), relative to the recipe's folder: the
    audit names the texts that hold any. None: there is none."""
    max_rows: int | None = Field(default=None, ge=10)
    """Use at most so many rows of train (chosen by the seed, with the labels' shares where a task has them); the rest
    stands in the ledger as left out. None: all."""

    @model_validator(mode="after")
    def _sources_are_weighed_once(self) -> DataSettings:
        if self.temperature is None:
            return self
        if not isinstance(self.examples, tuple) or len(self.examples) < 2:
            raise ValueError("several sources in data.examples beside data.temperature, which mixes them")
        if any(part.weight for part in self.examples):
            raise ValueError("weights of sources or data.temperature (not both)")
        return self

    @model_validator(mode="after")
    def _template_takes_one_input(self) -> DataSettings:
        for name, columns in (("input", self.input), ("target", self.target)):
            if self.template is not None and isinstance(columns, tuple):
                raise ValueError(f"one column as data.{name} beside data.template, which puts columns together itself")
        return self

    @property
    def template_name(self) -> str | None:
        """The template's name; None: there is none."""
        return self.template.name if isinstance(self.template, TemplateSettings) else self.template
