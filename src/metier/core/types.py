"""The vocabulary that crosses rooms: small frozen types, no behaviour beyond reading them.

Nothing here knows torch, files or the network. A room that needs more than these keeps it to itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

Role = Literal["system", "user", "assistant", "tool"]
TaskKind = Literal["classify", "multilabel", "regress", "extract", "generate", "chat", "continue"]
"""What each of them is stands in its file of :mod:`metier.core.tasks`."""
SplitName = Literal["train", "validation", "test"]

NO_FIELDS: Mapping[str, Any] = MappingProxyType({})
"""An empty read-only mapping, for defaults."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a conversation.

    Attributes:
        role: who speaks.
        content: what is said, as plain text.
        weight: share of the loss that this turn's tokens carry in training, 0 (read only) to 1.
    """

    role: Role
    content: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of a document that was found for a question.

    Attributes:
        id: of the chunk, stable while its text stays the same (``"code-e05.md:3f2a91c0"``).
        text: its content.
        document: id of the document that it stands in.
        title: the document's title and the headings above the piece, outermost first (``"E05 > False alarms"``).
    """

    id: str
    text: str
    document: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One row of the user's data, understood.

    Attributes:
        id: stable name of the row, unique in a data set (``"train.csv:17"``: the file and its row, from 1).
        input: the text that is answered (a ticket, a question, the last user turn of a chat); for ``continue`` the
            document itself.
        target: the right answer: a label for ``classify``, JSON for ``multilabel`` and ``extract``, a number for
            ``regress`` (see their files in :mod:`metier.core.tasks`), a text otherwise; None where it is unknown, and
            for ``continue``.
        history: the turns before ``input``, oldest first; empty for anything but chats.
        group: rows of one group (a customer, a document) never straddle a split; None: a group of its own.
        readers: names of the people and groups who may see the row, and on whose behalf it is asked; None: nobody in
            particular, who may see only what everybody may see.
        passages: what was found for it in the documents, most relevant first; empty without retrieval.
        thought: what the model wrote before it is asked for the answer alone; None: it answers at once.
        weight: share of the loss that its answer carries in training, above 0 to 1, for models that write.
        fields: further columns of the row, for slices and reports.
    """

    id: str
    input: str
    target: str | None = None
    history: tuple[Message, ...] = ()
    group: str | None = None
    readers: tuple[str, ...] | None = None
    passages: tuple[Passage, ...] = ()
    thought: str | None = None
    weight: float = 1.0
    fields: Mapping[str, Any] = field(default_factory=lambda: NO_FIELDS)


def example_of(stored: Mapping[str, Any]) -> Example:
    """The Example that was written as JSON."""
    readers = stored.get("readers")
    plain: dict[str, Any] = {
        **stored,
        "history": tuple(Message(**turn) for turn in stored["history"]),
        "readers": None if readers is None else tuple(readers),
        "passages": tuple(Passage(**passage) for passage in stored.get("passages", ())),
    }
    return Example(**plain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be learnt, resolved: the recipe's task with what the data says filled in.

    Attributes:
        kind: ``classify`` (one label of ``labels``), ``multilabel`` (any number of them), ``regress`` (a number),
            ``extract`` (pieces of the text, each with one of the labels), ``generate`` (a text), ``chat`` (the next
            turn) or ``continue`` (raw text: how well it is foretold).
        instruction: what to do, in a sentence for a model or a new colleague.
        labels: the label set, sorted; empty where the kind of task has none.
        template: name of the template that made the rows; empty: none did.
    """

    kind: TaskKind
    instruction: str
    labels: tuple[str, ...] = ()
    template: str = ""


def task_of(stored: Mapping[str, Any]) -> Task:
    """The Task that was written as JSON."""
    plain: dict[str, Any] = {**stored, "labels": tuple(stored["labels"])}
    return Task(**plain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """A System's answer to one Example.

    Attributes:
        id: the Example's id.
        text: the answer, as targets of the task are; for ``classify`` one of the task's labels, or ``(no label)`` where
            a text names none; for ``regress`` empty where a text is no number.
        scores: probability of each label, summing to 1 (for ``multilabel`` each label's by itself); empty where the
            System has none.
        contexts: texts of the passages that the answer was given, most relevant first.
        context_ids: their chunk ids, in the same order.
        citations: those chunk ids that the answer names as its source, in the order in which it names them.
        tokens_in: tokens that the model read for this answer; 0 for systems without a tokenizer.
        tokens_out: tokens that it wrote.
        cut: tokens of the input that did not fit the model's window and were left out.
        unfinished: True where the answer was stopped by the length limit and not by the model.
        dropped: demonstrations or passages that did not fit the model's window and were left out.
        unparseable: True where the answer is not of the form that was asked for: it names no label, or does not
            keep to ``prompt.answer``.
        bits: for ``continue``: what the System needs to foretell the whole document, its negative log2 likelihood;
            None for other tasks.
        bytes: length of that document in UTF-8.
        grades: what models that were asked about the answer gave it, 0 to 1, by grader; without those that gave none.
    """

    id: str
    text: str
    scores: Mapping[str, float] = field(default_factory=lambda: NO_FIELDS)
    contexts: tuple[str, ...] = ()
    context_ids: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0
    cut: int = 0
    unfinished: bool = False
    dropped: int = 0
    unparseable: bool = False
    bits: float | None = None
    bytes: int = 0
    grades: Mapping[str, float] = field(default_factory=lambda: NO_FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A measured value with its confidence interval, ``low <= value <= high``."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A text of the user's own to retrieve from.

    Attributes:
        id: stable name, unique in a collection.
        text: the content as plain text.
        title: what a person would call it.
        source: where it came from (a path relative to the collection).
        readers: who may see it; None: everybody.
    """

    id: str
    text: str
    title: str = ""
    source: str = ""
    readers: tuple[str, ...] | None = None
