"""``approaches: auto``: which approaches are worth comparing here, cheap ones first, and why the others are not.

Rules of thumb about the task, the rows, the model, the machine and the limits. They decide what is tried, never what is
recommended; each says in a sentence why, so that a reader who disagrees can name the approaches instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from metier.approaches import ApproachSettings
from metier.approaches.heads import HEADS
from metier.comparison.settings.limits import LimitsSettings
from metier.core.said import Said

FEW_ROWS = 200
"""With fewer training rows, fine-tuning a language model is left out."""
MANY_ROWS = 5000
"""A language model is fine-tuned on at most so many rows where there is no GPU."""
_ENCODER_ROWS = 50
_SEARCH_ROWS = 20
_CPU_PARAMETERS = 1.5e9
_GPU_FULL_PARAMETERS = 2e9
_TRAINED_WHOLE = 16
"""Bytes a weight while all are trained: itself, its gradient, two moments."""
_IN_FOUR_BITS = 0.6
_ROOM = 0.8
"""Share of the memory that weights may take: the rest is for what is computed with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What the panel depends on.

    Attributes:
        kind: of the task.
        rows: for training.
        validation: rows for choosing.
        documents: whether there are documents to look things up in.
        family: of the recipe's model: ``causal``, ``encoder``, ``seq2seq`` or ``hosted``.
        parameters: of the recipe's model; None where unknown.
        embedder: the recipe's encoder.
        gpu: whether this machine has one.
        memory: bytes that the device has; None where unknown.
        few_bits: whether weights can be kept in 4 bits here.
        limits: of the recipe.
    """

    kind: str
    rows: int
    validation: int
    documents: bool
    family: str
    parameters: float | None
    embedder: str
    gpu: bool
    limits: LimitsSettings
    memory: float | None = None
    few_bits: bool = False


class Choice(NamedTuple):
    """An approach of the panel and why it is there."""

    name: str
    settings: ApproachSettings
    why: str
    costly: bool


class LeftOut(NamedTuple):
    """An approach that is not in the panel, and why."""

    name: str
    why: str


class Panel(NamedTuple):
    """What is compared, cheap ones first, and what is not."""

    chosen: tuple[Choice, ...]
    left_out: tuple[LeftOut, ...]

    def costly(self) -> list[str]:
        """Those whose building takes a search or a training by steps."""
        return [choice.name for choice in self.chosen if choice.costly]

    def settings(self) -> dict[str, ApproachSettings]:
        """The recipe's ``approaches``."""
        return {choice.name: choice.settings for choice in self.chosen}


def choose_panel(given: Circumstances) -> Panel:
    """Choose.

    Args:
        given: what is known before any work.
    """
    chosen: list[Choice] = []
    left_out: list[LeftOut] = []
    for member in _OF_RAW_TEXT if given.kind == "continue" else _MEMBERS:
        if not member.fits(given):
            continue
        if why := member.against(given) or _limited(member, given):
            left_out.append(LeftOut(member.name, why))
        else:
            settings = ApproachSettings.model_validate(member.settings(given))
            chosen.append(Choice(member.name, settings, member.why(given), member.costly))
    return Panel(tuple(chosen), tuple(left_out))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    """One that may be in the panel: its settings, what speaks for it and what against (empty: nothing).

    ``holds_rows``: training rows go into its weights or prompts. ``looks_up``: its answers rest on documents.
    ``costly``: building it takes a search or a training by steps. ``small``: it needs the encoder alone.
    """

    name: str
    settings: Callable[[Circumstances], dict[str, Any]]
    why: Callable[[Circumstances], str]
    fits: Callable[[Circumstances], bool] = lambda given: True
    against: Callable[[Circumstances], str] = lambda given: ""
    holds_rows: bool = False
    looks_up: bool = False
    costly: bool = False
    small: bool = False


def _limited(member: _Member, given: Circumstances) -> str:
    """Which limit of the recipe it would break in any case; empty where none."""
    limits = given.limits
    if limits.readers_differ and member.holds_rows:
        return Said("limits.readers_differ: it holds training rows, and any reader could draw them out")
    if limits.facts_change_daily and not member.looks_up and member.costly:
        return Said("limits.facts_change_daily: only approaches that look facts up can be recommended")
    if member.small or limits.memory_gb is None or given.parameters is None:
        return ""
    weights = _weights(given) / 1e9
    if weights <= limits.memory_gb:
        return ""
    return Said("limits.memory_gb: its weights alone take %(size)s GB", size=f"{weights:.1f}")


def _weights(given: Circumstances) -> float:
    """Bytes of the model as it is loaded: bfloat16 on a GPU, float32 without one."""
    return (given.parameters or 0.0) * (2 if given.gpu else 4)


def _too_large(given: Circumstances, taken: float) -> str:
    """Why so many bytes of weights do not fit; empty where they do, or where it is not known."""
    if given.memory is None or taken <= _ROOM * given.memory:
        return ""
    sizes = {"size": f"{taken / 1e9:.1f}", "room": f"{given.memory / 1e9:.1f}"}
    return Said("its weights alone take %(size)s GB here, of %(room)s GB", **sizes)


def _asked(given: Circumstances) -> str:
    return Said("an encoder cannot be asked") if given.family == "encoder" else _too_large(given, _weights(given))


def _quantised(given: Circumstances) -> bool:
    """Whether the model fits in 4 bits alone."""
    tight = given.family == "causal" and given.gpu and bool(_too_large(given, _weights(given)))
    return tight and given.few_bits and not _too_large(given, _IN_FOUR_BITS * (given.parameters or 0.0))


def _adapted(given: Circumstances) -> str:
    return _untrainable(given) or _few_rows(given) or _too_large(given, _weights(given))


def _encoder(given: Circumstances) -> dict[str, Any]:
    return {} if given.family == "encoder" else {"model": given.embedder}


def _row_limit(given: Circumstances) -> dict[str, Any]:
    return {"max_rows": MANY_ROWS} if given.rows > MANY_ROWS and not given.gpu else {}


def _few_rows(given: Circumstances) -> str:
    if given.rows < FEW_ROWS:
        told = "%(rows)s training rows; fine-tuning a language model on fewer than %(least)s seldom pays"
        return Said(told, rows=f"{given.rows:,}", least=str(FEW_ROWS))
    return ""


def _untrainable(given: Circumstances) -> str:
    if given.family == "hosted":
        return Said("the weights of a hosted model cannot be trained here")
    if given.family == "encoder":
        return Said("the model is an encoder")
    parameters = given.parameters or 0
    if not given.gpu and parameters > _CPU_PARAMETERS:
        told = "%(billions)s billion parameters are too many to train without a GPU"
        return Said(told, billions=f"{parameters / 1e9:.1f}")
    return ""


def _full(given: Circumstances) -> str:
    if reason := _untrainable(given) or _few_rows(given):
        return reason
    if not given.gpu:
        return Said("without a GPU, lora stands for fine-tuning this model: what it trains is a small file")
    parameters = given.parameters or 0
    if parameters > _GPU_FULL_PARAMETERS:
        told = "%(billions)s billion parameters; lora stands for fine-tuning this model"
        return Said(told, billions=f"{parameters / 1e9:.1f}")
    if given.memory is not None and _TRAINED_WHOLE * parameters > _ROOM * given.memory:
        sizes = {"size": f"{_TRAINED_WHOLE * parameters / 1e9:.1f}", "room": f"{given.memory / 1e9:.1f}"}
        return Said("training every weight takes %(size)s GB, of %(room)s GB; lora stands for fine-tuning", **sizes)
    return ""


def _search(given: Circumstances) -> str:
    if given.family == "hosted":
        return Said("each trial of a search is paid for; name it to have it")
    if given.validation < _SEARCH_ROWS:
        return Said("%(rows)s validation rows are too few to choose a prompt by", rows=str(given.validation))
    return _asked(given)


def _documents(given: Circumstances) -> bool:
    return given.documents


def _has_head(given: Circumstances) -> bool:
    return given.kind in HEADS.names()


_MEMBERS = (
    _Member(
        name="encoder-head",
        settings=lambda given: {**_encoder(given), "weights": {"method": "head"}},
        why=lambda given: Said("a layer on a small encoder whose weights stay: the cheapest of the trainings"),
        fits=_has_head,
        holds_rows=True,
        small=True,
    ),
    _Member(
        name="zero-shot",
        settings=lambda given: {},
        why=lambda given: Said("what the model knows without any of the rows"),
        against=_asked,
    ),
    _Member(
        name="few-shot",
        settings=lambda given: {"prompt": {"demonstrations": 6, "choose": "nearest"}},
        why=lambda given: Said(
            "the nearest of %(rows)s rows as examples in the prompt; nothing is trained", rows=f"{given.rows:,}"
        ),
        against=_asked,
        holds_rows=True,
    ),
    _Member(
        name="rag",
        settings=lambda given: {"retrieval": {"k": 4}},
        why=lambda given: Said("there are documents to look things up in"),
        fits=_documents,
        against=_asked,
        looks_up=True,
    ),
    _Member(
        name="encoder-full",
        settings=lambda given: {**_encoder(given), "weights": {"method": "full"}},
        why=lambda given: Said("%(rows)s rows can move all weights of a small encoder", rows=f"{given.rows:,}"),
        fits=_has_head,
        against=lambda given: (
            Said("%(rows)s training rows; %(least)s is the least", rows=str(given.rows), least=str(_ENCODER_ROWS))
            if given.rows < _ENCODER_ROWS
            else ""
        ),
        holds_rows=True,
        costly=True,
        small=True,
    ),
    _Member(
        name="best-prompt",
        settings=lambda given: {"prompt": {"search": {"trials": 16}}},
        why=lambda given: Said("a better prompt, searched on %(rows)s validation rows", rows=f"{given.validation:,}"),
        against=_search,
        holds_rows=True,
        costly=True,
    ),
    _Member(
        name="lora",
        settings=lambda given: {"weights": {"method": "lora", "rank": 16, **_row_limit(given)}},
        why=lambda given: Said(
            "%(rows)s rows are enough to try fine-tuning the language model", rows=f"{given.rows:,}"
        ),
        against=_adapted,
        holds_rows=True,
        costly=True,
    ),
    _Member(
        name="qlora",
        settings=lambda given: {"weights": {"method": "qlora", "rank": 16, **_row_limit(given)}},
        why=lambda given: Said("%(whole)s: in 4 bits it fits", whole=_too_large(given, _weights(given))),
        fits=_quantised,
        against=_few_rows,
        holds_rows=True,
        costly=True,
    ),
    _Member(
        name="rag-lora",
        settings=lambda given: {"retrieval": {"k": 4}, "weights": {"method": "lora", "rank": 16, **_row_limit(given)}},
        why=lambda given: Said("fine-tuned to read the passages that it is given"),
        fits=_documents,
        against=_adapted,
        holds_rows=True,
        looks_up=True,
        costly=True,
    ),
    _Member(
        name="full",
        settings=lambda given: {"weights": {"method": "full"}},
        why=lambda given: Said("a GPU, and a model small enough to train whole"),
        against=_full,
        holds_rows=True,
        costly=True,
    ),
)
"""In the order in which they are built: by what building takes."""

_OF_RAW_TEXT = (
    _Member(
        name="lora",
        settings=lambda given: {"weights": {"method": "lora", "rank": 64, **_row_limit(given)}},
        why=lambda given: Said("%(rows)s documents to read, in a small file beside the model", rows=f"{given.rows:,}"),
        against=lambda given: "" if given.family == "encoder" else _untrainable(given),
        holds_rows=True,
        costly=True,
    ),
    _Member(
        name="full",
        settings=lambda given: {"weights": {"method": "full", **_row_limit(given)}},
        why=lambda given: Said("every weight reads along: learns most from much text, and forgets most"),
        against=lambda given: "" if given.family == "encoder" else _untrainable(given),
        holds_rows=True,
        costly=True,
    ),
)
"""For ``task.kind: continue``."""
