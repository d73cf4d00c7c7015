"""What is told of the building of a System: the record, and what its parts found and took.

Written to ``record.json``; small frozen types, no behaviour beyond a sentence for a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from metier.core.said import Said, joined
from metier.core.types import NO_FIELDS


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
        return Said(
            "The result depends on the wording by %(points)s points: %(metric)s %(low)s to %(high)s over %(n)s "
            "wordings that mean the same (%(rows)s validation rows each; chance alone would give about %(chance)s).",
            points=f"{100 * self.spread:.1f}",
            metric=self.metric,
            low=f"{low:.3f}",
            high=f"{high:.3f}",
            n=str(len(self.wordings)),
            rows=str(self.rows),
            chance=f"{100 * self.by_chance:.1f}",
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
        return Said(
            "General text that was held out (%(n)s pieces, %(bytes)s bytes) takes %(before)s bits a byte before "
            "training and %(after)s after (%(change)s %%).",
            n=str(self.pieces),
            bytes=f"{self.bytes:,}",
            before=f"{self.before:.3f}",
            after=f"{self.after:.3f}",
            change=f"{change:+.1f}",
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
        rewriter_tokens_in: those of them that it read.
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
    rewriter_tokens_in: int = 0

    def __str__(self) -> str:
        """A sentence or two for a person."""
        found = Said(
            "Prompt search tried %(n)s prompts in %(trials)s trials on up to %(rows)s validation rows and chose: "
            "%(chosen)s. There its %(metric)s is %(best)s, that of the recipe's prompt %(default)s. It took %(tokens)s "
            "tokens and %(seconds)s s.",
            n=str(self.candidates),
            trials=str(self.trials),
            rows=str(self.rows),
            chosen=self.chosen,
            metric=self.metric,
            best=f"{self.best:.3f}",
            default=f"{self.default:.3f}",
            tokens=f"{self.tokens_in + self.tokens_out:,}",
            seconds=f"{self.seconds:.0f}",
        )
        if not self.rewriter:
            return found
        rewriting = Said(
            "%(model)s read %(rows)s training rows with their answers and was asked for %(n)s instructions "
            "(%(refused)s refused, as they quoted rows), in %(tokens)s tokens.",
            model=self.rewriter,
            rows=str(self.rows_sent),
            n=str(self.proposals),
            refused=str(self.refused),
            tokens=f"{self.rewriter_tokens:,}",
        )
        return joined([found, rewriting])


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
        values = ", ".join(f"{path} {value}" for path, value in self.chosen.items())
        return Said(
            "A sweep (%(method)s) over %(paths)s tried %(n)s combinations in %(trials)s trials, %(failed)s of which "
            "failed, and chose %(chosen)s. On %(rows)s validation rows its %(metric)s is %(best)s, that of the "
            "recipe's own settings %(default)s. It took %(seconds)s s.",
            method=self.method,
            paths=", ".join(self.own),
            n=str(self.combinations),
            trials=str(self.trials),
            failed=str(self.failed),
            chosen=values or Said("the recipe's own settings"),
            rows=str(self.rows),
            metric=self.metric,
            best=f"{self.best:.3f}",
            default=Said("failed") if self.default is None else f"{self.default:.3f}",
            seconds=f"{self.seconds:.0f}",
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
class Teaching:
    """A teacher's answers to the training rows, and what they took.

    Attributes:
        teacher: its name in the recipe.
        rows: that it was asked.
        used: of these, rows that are learnt from with its answer.
        tokens_in: tokens read.
        tokens_out: tokens written.
    """

    teacher: str
    rows: int
    used: int
    tokens_in: int
    tokens_out: int


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
        teaching: answers of a teacher that were learnt from; None where it had none, or taught by logits.
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
    teaching: Teaching | None = None
