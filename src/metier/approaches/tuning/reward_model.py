"""A reward that is learnt from pairs of a chosen and a rejected answer before it judges others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

from metier.approaches.resources import Resources
from metier.approaches.system import TokenCount
from metier.approaches.tuning import fine_tuning, formats
from metier.approaches.tuning.beginning import Beginning
from metier.approaches.tuning.reward_settings import LearntRewardSettings
from metier.approaches.tuning.rows import Prepared
from metier.core import DataError, Example, ModelError, Problem
from metier.core.said import Said
from metier.data import DataSettings, TaskSettings, inspect_source, prepare
from metier.models import EncoderModel, load_module
from metier.training import Row, check_method, resolved, text_scores

_AT_ONCE = 16
"""Texts that are scored together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardModel:
    """Scores answers, in standard deviations above the mean answer of its training pairs.

    Attributes:
        model: the encoder's tokenizer and window.
        module: it, with a head of one output.
        mean, spread: of the scores of its training answers.
        device: where it computes.
        note: what the record should say of it, a sentence.
    """

    model: EncoderModel
    module: Any
    device: str
    mean: float = 0.0
    spread: float = 1.0
    note: str = ""

    def scores(self, examples: Sequence[Example], answers: Sequence[str]) -> list[float]:
        """The score of each answer to each example."""
        rows = [_encoded(self.model, example, answer) for example, answer in zip(examples, answers, strict=True)]
        return [(score - self.mean) / self.spread for score in self.raw(rows)]

    def raw(self, rows: Sequence[Sequence[int]]) -> list[float]:
        """Scores of token ids, as the head gives them."""
        import torch

        found: list[float] = []
        pad = self.model.tokenizer.pad_token_id
        with torch.no_grad():
            for start in range(0, len(rows), _AT_ONCE):
                part = rows[start : start + _AT_ONCE]
                found += text_scores(self.module, part, pad=pad, device=self.device).tolist()
        return found


def check(settings: LearntRewardSettings, resources: Resources, *, path: str) -> list[Problem]:
    """What is wrong with a reward model, found without loading it."""
    try:
        source = resources.source(settings.model)
    except ModelError as error:
        return [replace(problem, path=f"{path}.model") for problem in error.problems]
    if source.profile.family != "encoder":
        got = f"{settings.model!r}, which is of the family {source.profile.family}"
        remedy = "leave model out for the bundled encoder"
        return [Problem(where="recipe", path=f"{path}.model", expected="an encoder", got=got, remedy=remedy)]
    try:
        looked = inspect_source(DataSettings(examples=settings.pairs), task=_TASK, folder=resources.recipe_folder)
    except DataError as error:
        return [replace(problem, path=f"{path}.pairs") for problem in error.problems]
    problems = [replace(problem, path=f"{path}.pairs") for problem in looked.problems]
    beside = [name for name in ("start", "distill") if getattr(settings.weights, name)]
    if beside:
        expected, remedy = "weights that learn from the pairs, from the encoder on", "leave it out"
        got = " and ".join(beside)
        problems.append(Problem(where="recipe", path=f"{path}.weights", expected=expected, got=got, remedy=remedy))
    wrong = check_method(settings.weights, source)
    return problems + [replace(problem, path=f"{path}.{problem.path}") for problem in wrong]


def reward_model(settings: LearntRewardSettings, resources: Resources, folder: Path) -> RewardModel:
    """Train it, or take it as it is where that is done; its checkpoints and weights stand in ``folder``.

    Raises:
        DataError: the file has no pairs.
    """
    pairs = prepare(_TASK, DataSettings(examples=settings.pairs), folder=resources.recipe_folder, seed=resources.seed)
    source = resources.source(settings.model)
    weights = resolved(settings.weights, source.profile.family, width=source.width)
    compute = formats.base_compute(weights, resources.compute, "encoder")
    model = EncoderModel(source, compute)
    rows, validation, test = (_rows(model, some) for some in (pairs.train, pairs.validation, pairs.test))
    if not rows.rows or not test.rows:
        got = f"{len(rows.rows)} rows with a rejected answer for training and {len(test.rows)} for measuring"
        remedy = "give rows with prompt, chosen and rejected"
        where = settings.pairs
        raise DataError([Problem(where=where, path="rewards", expected="pairs of answers", got=got, remedy=remedy)])
    fine_tuning.tune(
        lambda: load_module(source, compute, num_labels=1),
        model.tokenizer,
        rows,
        validation,
        Beginning(weights, source),
        resources=resources,
        folder=folder,
    )
    trained = load_module(source, compute, weights=folder / "weights", num_labels=1)
    found = RewardModel(model=model, module=trained, device=compute.device)
    known = found.raw([ids for row in rows.rows for ids in (row.ids, row.rejected)])
    held_out = found.raw([ids for row in test.rows for ids in (row.ids, row.rejected)])
    right = fmean(a > b for a, b in zip(held_out[0::2], held_out[1::2], strict=True))
    note = Said(
        "A reward model (%(model)s, %(method)s) has learnt from %(pairs)s pairs; it scores the chosen answer higher in "
        "%(share)s of %(n)s pairs that it has not seen.",
        model=str(settings.model),
        method=weights.method,
        pairs=str(len(rows.rows)),
        share=f"{100 * right:.1f} %",
        n=str(len(test.rows)),
    )
    return replace(found, mean=fmean(known), spread=pstdev(known) or 1.0, note=note)


_TASK = TaskSettings(kind="generate")


def _rows(model: EncoderModel, examples: Sequence[Example]) -> Prepared:
    rows: list[Row] = []
    counts: list[TokenCount] = []
    for example in examples:
        rejected = example.fields.get("rejected")
        if not isinstance(rejected, str) or rejected == example.target:
            counts.append(TokenCount(example.id, 0, 0, "it has no rejected answer that differs from the chosen one"))
            continue
        chosen, other = (_encoded(model, example, answer) for answer in (example.target or "", rejected))
        rows.append(Row(id=example.id, ids=tuple(chosen), rejected=tuple(other)))
        counts.append(TokenCount(example.id, 1, 0, ""))
    return Prepared(rows, counts, "pairwise")


def _encoded(model: EncoderModel, example: Example, answer: str) -> list[int]:
    """Question and answer as one row; where it is too long, the longer of the two is cut at its end."""
    asked = "\n".join([*(turn.content for turn in example.history), example.input])
    limit = min(model.max_tokens, 512)
    found: list[int] = model.tokenizer(asked, answer, truncation="longest_first", max_length=limit)["input_ids"]
    return found
