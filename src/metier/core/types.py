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


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingCurve:
    """What training looked like: one point for each optimiser step or validation.

    Attributes:
        steps: optimiser steps at which the training loss was noted, ascending.
        losses: mean loss of a trained token (or row) since the point before, same length as ``steps``.
        validation_steps: steps at which validation ran.
        validation_losses: mean validation loss there.
        best_step: the step whose weights were kept.
    """

    steps: tuple[int, ...] = ()
    losses: tuple[float, ...] = ()
    validation_steps: tuple[int, ...] = ()
    validation_losses: tuple[float, ...] = ()
    best_step: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """How far an approach's result moves when it is asked in other words that mean the same.

    Attributes:
        metric: what was measured, on validation.
        rows: validation rows that each wording was tried on.
        wordings: the value by wording, the prompt as it is first.
        spread: highest less lowest value.
        by_chance: the spread to expect from so few rows if all wordings were equally good.
        tokens_in: tokens read for this.
        tokens_out: tokens written for this.
        seconds: wall time of this.
    """

    metric: str
    rows: int
    wordings: Mapping[str, float]
    spread: float
    by_chance: float
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        """A sentence for a person."""
        low, high = min(self.wordings.values()), max(self.wordings.values())
        return (
            f"The result depends on the wording by {100 * self.spread:.1f} points: {self.metric} {low:.3f} to "
            f"{high:.3f} over {len(self.wordings)} wordings that mean the same ({self.rows} validation rows each; "
            f"chance alone would give about {100 * self.by_chance:.1f})."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """What training cost on general text: bits a byte that the model needs for it, fewer being better.

    Attributes:
        before: of the base.
        after: of the trained model.
        pieces: held-out pieces that were measured.
        bytes: length of their text.
    """

    before: float
    after: float
    pieces: int
    bytes: int

    def __str__(self) -> str:
        """A sentence for a person."""
        change = 100 * (self.after / self.before - 1) if self.before else 0.0
        return (
            f"General text that was held out ({self.pieces} pieces, {self.bytes:,} bytes) takes {self.before:.3f} bits "
            f"a byte before training and {self.after:.3f} after ({change:+.1f} %)."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptSearch:
    """What a search for a better prompt found on validation, and what it took.

    Attributes:
        metric: what was measured.
        candidates: different prompts that were tried.
        trials: how often a prompt was tried on some rows.
        rows: validation rows that the last round saw.
        chosen: the best prompt in words.
        best: its value on those rows; it was chosen by them, so the test set will show a little less.
        default: the value of the recipe's own prompt on the same rows.
        bootstrapped: demonstrations that the model got right by itself.
        tokens_in: tokens read.
        tokens_out: tokens written.
        seconds: wall time of the trials, those of a killed run included.
        rewriter: the hosted model that rewrote the instruction; empty: none did.
        proposals: instructions that it was asked for.
        refused: of these, how many quoted rows each time it tried.
        rows_sent: different training rows that were sent to it, with their answers.
        rewriter_tokens: tokens that it read and wrote.
    """

    metric: str
    candidates: int
    trials: int
    rows: int
    chosen: str
    best: float
    default: float
    bootstrapped: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    rewriter: str = ""
    proposals: int = 0
    refused: int = 0
    rows_sent: int = 0
    rewriter_tokens: int = 0

    def __str__(self) -> str:
        """A sentence or two for a person."""
        rewriting = (
            f" {self.rewriter} read {self.rows_sent} training rows with their answers and was asked for "
            f"{self.proposals} instructions ({self.refused} refused, as they quoted rows), in "
            f"{self.rewriter_tokens:,} tokens."
            if self.rewriter
            else ""
        )
        spent = f"{self.tokens_in + self.tokens_out:,} tokens and {self.seconds:.0f} s"
        return (
            f"Prompt search tried {self.candidates} prompts in {self.trials} trials on up to {self.rows} validation "
            f"rows and chose: {self.chosen}. There its {self.metric} is {self.best:.3f}, that of the recipe's prompt "
            f"{self.default:.3f}. It took {spent}.{rewriting}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What a sweep over settings found on validation, and what it took.

    Attributes:
        metric: what was measured.
        method: ``random``, ``halving`` or ``tpe``.
        combinations: different combinations that were tried, the recipe's own among them.
        trials: how often one was built and judged (on some training rows, with halving).
        failed: how many of those failed.
        rows: validation rows that each was judged by.
        chosen: path of each setting to the best value; empty for the recipe's own.
        own: what the recipe says there.
        best: the best combination's value; it was chosen by these rows, so the test set will show a little less.
        default: the value of the recipe's own settings; None where they failed.
        tokens_in: tokens read.
        tokens_out: tokens written.
        seconds: wall time of all trials, those of a killed run included.
    """

    metric: str
    method: str
    combinations: int
    trials: int
    failed: int
    rows: int
    chosen: Mapping[str, Any]
    own: Mapping[str, Any]
    best: float
    default: float | None
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        """A sentence for a person."""
        values = ", ".join(f"{path} {value}" for path, value in self.chosen.items()) or "the recipe's own settings"
        default = "failed" if self.default is None else f"{self.default:.3f}"
        return (
            f"A sweep ({self.method}) over {', '.join(self.own)} tried {self.combinations} combinations in "
            f"{self.trials} trials, {self.failed} of which failed, and chose {values}. On {self.rows} validation rows "
            f"its {self.metric} is {self.best:.3f}, that of the recipe's own settings {default}. "
            f"It took {self.seconds:.0f} s."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmentation:
    """Training rows that were made of an approach's own, and what that took.

    Attributes:
        rows: made, all of them learnt from.
        by: how many each edit made, and each way in which a model writes.
        thrown: reason to the number of rows that were not used.
        tokens_in: tokens read, by the name of the model.
        tokens_out: tokens written, likewise.
        sent_to: hosts of services that training rows were sent to.
        seconds: wall time, that before a kill included.
    """

    rows: int
    by: Mapping[str, int] = field(default_factory=lambda: NO_FIELDS)
    thrown: Mapping[str, int] = field(default_factory=lambda: NO_FIELDS)
    tokens_in: Mapping[str, int] = field(default_factory=lambda: NO_FIELDS)
    tokens_out: Mapping[str, int] = field(default_factory=lambda: NO_FIELDS)
    sent_to: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What was done to build a System and what it cost. Written to ``record.json``.

    Attributes:
        approach: its name in the recipe.
        summary: one sentence for a person: what was done.
        seconds: wall time of each part (``load``, ``train``, ``calibrate``, ``index`` ...), in seconds.
        trainable_parameters: numbers that training could change; 0 where nothing was trained.
        total_parameters: numbers that answering needs.
        trained_examples: rows that training saw (an epoch).
        trained_tokens: tokens that carried loss (an epoch).
        skipped: rows that training could not use, by reason; never silent.
        notes: choices made on the way (device, precision, calibration), a sentence each.
        settings: the approach's resolved settings.
        seed: the seed that everything random here came from.
        curve: the course of training; None where nothing was trained.
        rows_in_weights: training rows whose content went into weights.
        rows_in_prompts: training rows that may be shown in a prompt.
        sensitivity: what other wordings of the prompt gave; None where there is no prompt, or it was not asked for.
        search: what the search for a better prompt found and took; None where there was none.
        sweep: what a sweep over settings found and took; None where there was none.
        forgetting: what training cost on general text; None where it was not measured.
        augmentation: rows that were made to learn from; None where none were asked for.
    """

    approach: str
    summary: str
    seconds: Mapping[str, float] = field(default_factory=lambda: NO_FIELDS)
    trainable_parameters: int = 0
    total_parameters: int = 0
    trained_examples: int = 0
    trained_tokens: int = 0
    skipped: Mapping[str, int] = field(default_factory=lambda: NO_FIELDS)
    notes: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=lambda: NO_FIELDS)
    seed: int = 0
    curve: TrainingCurve | None = None
    rows_in_weights: int = 0
    rows_in_prompts: int = 0
    sensitivity: Sensitivity | None = None
    search: PromptSearch | None = None
    sweep: Sweep | None = None
    forgetting: Forgetting | None = None
    augmentation: Augmentation | None = None
