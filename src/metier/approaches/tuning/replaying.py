"""General text for a training: read or written by the base, cut into pieces, a part held out to measure forgetting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from metier.approaches.resources import Resources
from metier.core import Forgetting, IntegrityError, Problem, UserError, derive
from metier.core.artifacts import hash_value, read_json, write_json
from metier.core.said import Said
from metier.data import path_hash, texts_of
from metier.models import Drawing, sample
from metier.training import Plan, ReplaySettings, Row, bits_per_byte, mixed, wanted_pieces

SETTING = "weights.replay.texts"
_MOST_TEXTS = 100_000
"""Texts of a source that are drawn from; what a source has beyond them is not read."""
_SHORTEST = 8
"""Tokens of the shortest piece that is worth reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class General:
    """General text as rows.

    Attributes:
        replayed: pieces that are mixed into training.
        held_out: pieces that are measured before and after, never trained on.
        bytes: length of what is predicted in ``held_out``.
    """

    replayed: list[Row]
    held_out: list[Row]
    bytes: int

    def mixed_into(self, rows: Sequence[Row], settings: ReplaySettings) -> list[Row]:
        """``rows`` and the replayed pieces, by weight."""
        return mixed(rows, self.replayed, share=settings.share) if self.replayed else list(rows)

    def bits(self, module: Any, plan: Plan, resources: Resources) -> float:
        """Bits a byte of the held-out pieces under ``module``."""
        return bits_per_byte(
            module, self.held_out, self.bytes, plan, compute=resources.compute, reporter=resources.reporter
        )

    def forgetting(self, before: float, after: float) -> Forgetting:
        """What training cost."""
        return Forgetting(before=before, after=after, pieces=len(self.held_out), bytes=self.bytes)

    def notes(self, settings: ReplaySettings) -> list[str]:
        """What the record should say of it, a sentence; none where nothing is replayed."""
        if not self.replayed:
            return []
        tokens = sum(row.trained_tokens for row in self.replayed)
        return [
            Said(
                "Each epoch replays %(n)s pieces (%(tokens)s tokens) of %(whose)s, with %(share)s of the loss.",
                n=str(len(self.replayed)),
                tokens=f"{tokens:,}",
                whose=Said("text that the base wrote") if settings.generated else Said("the given text"),
                share=f"{100 * settings.share:.0f} %",
            )
        ]


class Keeping:
    """What one training does against forgetting; nothing at all where the recipe has no ``replay``.

    Args:
        settings: the recipe's.
        tokenizer: of the model that is trained.
        resources: seed, device, reporter and the recipe's folder.
        rows: training rows of the task.
    """

    def __init__(self, settings: ReplaySettings | None, tokenizer: Any, resources: Resources, *, rows: int) -> None:
        self._settings, self._tokenizer, self._resources = settings, tokenizer, resources
        self._general = given(settings, tokenizer, resources, rows=rows)
        self._before = 0.0

    @property
    def facts(self) -> dict[str, str]:
        """What the weights depend on for it, by the name that a user knows it by."""
        return {"what is replayed": hash_value(self._general)} if self._general else {}

    def met(self, base: Any, plan: Plan, cache: Path) -> Any:
        """``base``, before anything is trained: it writes what is to be replayed, and is measured."""
        import torch

        with torch.random.fork_rng():  # whatever is done with the base, adapters start the same
            if self._general is None:
                self._general = written(self._settings, base, self._tokenizer, self._resources, cache)
            if self._general is not None:
                self._before = self._general.bits(base, plan, self._resources)
        return base

    def mixed(self, rows: list[Row]) -> list[Row]:
        """``rows`` and what is replayed."""
        return self._general.mixed_into(rows, self._settings) if self._general and self._settings else rows

    def found(self, module: Any, plan: Plan) -> tuple[Forgetting | None, list[str]]:
        """What training cost on general text, and sentences for the record."""
        if self._general is None or self._settings is None:
            return None, []
        after = self._general.bits(module, plan, self._resources)
        forgetting = self._general.forgetting(self._before, after)
        return forgetting, [*self._general.notes(self._settings), str(forgetting)]


def check(settings: ReplaySettings | None, resources: Resources) -> list[Problem]:
    """Problems of the text that can be known without a model."""
    if settings is None or settings.texts is None:
        return []
    try:
        first = next(texts_of(settings.texts, folder=resources.recipe_folder, setting=SETTING), None)
    except UserError as error:
        return list(error.problems)
    if first is not None:
        return []
    remedy = "name a file or folder with text in it"
    return [Problem(where=settings.texts, path=SETTING, expected="text", got="only blank rows", remedy=remedy)]


def inputs(settings: ReplaySettings | None, folder: Path) -> list[str]:
    """Hashes of what replay reads beside the data."""
    if settings is None or settings.texts is None:
        return []
    return [path_hash(folder / Path(settings.texts).expanduser())]


def given(settings: ReplaySettings | None, tokenizer: Any, resources: Resources, *, rows: int) -> General | None:
    """The recipe's text; None where it names none.

    Args:
        settings: the recipe's.
        tokenizer: of the model that is trained.
        resources: seed and the recipe's folder.
        rows: training rows of the task.
    """
    if settings is None or settings.texts is None:
        return None
    texts: list[str] = []
    for text in texts_of(settings.texts, folder=resources.recipe_folder, setting=SETTING):
        texts.append(text)
        if len(texts) == _MOST_TEXTS:
            break
    Random(derive(resources.seed, "replay")).shuffle(texts)
    wanted = wanted_pieces(settings, rows) if settings.replays else 0
    pieces: list[Row] = []
    for number, text in enumerate(texts):
        pieces += _cut(tokenizer, text, settings.length, name=f"general:{number}")
        if len(pieces) >= wanted + settings.measured:
            break
    return _divided(pieces, settings, tokenizer, wanted)


def written(
    settings: ReplaySettings | None, module: Any, tokenizer: Any, resources: Resources, cache: Path
) -> General | None:
    """Text that the base writes, kept in ``cache`` while training is unfinished; None where the recipe wants none.

    Each piece begins with the token that begins a text and runs on, over end marks too, so that a chat model writes
    conversations.
    """
    if settings is None or not settings.generated:
        return None
    count = settings.generated + min(settings.measured, settings.generated)
    begin = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    key = hash_value([_key(settings), resources.seed, begin, count])
    found = _kept(cache, key)
    if not found:
        found = sample(
            module,
            [[begin]] * count,
            Drawing(max_new_tokens=settings.length, pad=tokenizer.pad_token_id),
            seed=derive(resources.seed, "replay"),
            reporter=resources.reporter,
            label="base writes",
        )
        write_json(cache, {"key": key, "pieces": found})
    pieces = [_piece(f"written:{i}", (begin,), ids) for i, ids in enumerate(found)]
    return _divided(pieces, settings, tokenizer, settings.generated)


def _kept(cache: Path, key: str) -> list[tuple[int, ...]]:
    """What was written before the training was killed; empty where it was something else."""
    try:
        kept = read_json(cache)
        return [tuple(ids) for ids in kept["pieces"]] if kept["key"] == key else []
    except (OSError, IntegrityError, KeyError, TypeError):
        return []


def _key(settings: ReplaySettings) -> list[int]:
    """What the written text depends on."""
    return [settings.generated, settings.length, settings.measured]


def _cut(tokenizer: Any, text: str, length: int, *, name: str) -> list[Row]:
    """A text in pieces of at most ``length`` tokens, each behind the mark that the model expects at a beginning."""
    marked: list[int] = tokenizer("a")["input_ids"]
    begin = (marked[0],) if marked and marked[0] == tokenizer.bos_token_id else ()
    ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    runs = [tuple(ids[start : start + length]) for start in range(0, len(ids), length)]
    return [_piece(f"{name}:{i}", begin, run) for i, run in enumerate(runs) if len(run) >= _SHORTEST]


def _piece(name: str, begin: tuple[int, ...], ids: tuple[int, ...]) -> Row:
    return Row(id=name, ids=(*begin, *ids), weights=(0.0,) * len(begin) + (1.0,) * len(ids), replayed=True)


def _divided(pieces: list[Row], settings: ReplaySettings, tokenizer: Any, wanted: int) -> General | None:
    """The first pieces are held out, at most half of all; no text stands on both sides, unless it is the only one."""
    count = min(settings.measured, max(1, len(pieces) // 2))
    held_out, rest = pieces[:count], pieces[count:]
    if held_out:
        torn = held_out[-1].id.rpartition(":")[0]
        whole = [row for row in rest if row.id.rpartition(":")[0] != torn or torn == "written"]
        rest = whole or rest
    if not held_out:
        return None
    texts = (tokenizer.decode(row.ids[1:], skip_special_tokens=True) for row in held_out)
    size = max(1, sum(len(text.encode()) for text in texts))
    return General(replayed=rest[:wanted] if settings.replays else [], held_out=held_out, bytes=size)
