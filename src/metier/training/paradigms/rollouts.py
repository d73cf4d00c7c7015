"""Answers drawn from the model under training, judged, and made into rows: the first half of a reinforcement step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from metier.core import Reporter, Silent, derive
from metier.models import Drawing, sample
from metier.training.batching.batches import Layout, micro_batches
from metier.training.computing.log_probs import Answered, token_log_probs
from metier.training.paradigms.reinforcement import ReinforceSettings, advantages
from metier.training.paradigms.start import Start
from metier.training.rows import Row

Judge = Callable[[Sequence[str], Sequence[tuple[int, ...]]], list[float]]
"""``(ids of rows, tokens of an answer to each) -> rewards``, higher being better."""


class Rollouts:
    """Draws answers to prompts and makes rows of them; see :class:`~metier.training.paradigms.preparation.Preparation`.

    Args:
        settings: of the training.
        drawing: how answers are drawn.
        judge: gives their rewards.
        start: the model at the start; None where ``settings.kl`` is 0.
        seed: of the training; a step's draw follows from it and from the step's number.
        tokens: of a micro-batch.
        reporter: told of validation.
    """

    def __init__(
        self,
        settings: ReinforceSettings,
        drawing: Drawing,
        judge: Judge,
        *,
        start: Start | None,
        seed: int,
        tokens: int,
        reporter: Reporter,
    ) -> None:
        self._settings, self._drawing, self._judge = settings, drawing, judge
        self._start, self._seed, self._tokens, self._reporter = start, seed, tokens, reporter

    def prepare(self, module: Any, rows: Sequence[Row], *, step: int, layout: Layout) -> list[Row]:
        """``settings.answers`` rows for each prompt of ``rows``, each with its advantage.

        Where all answers to a prompt are worth the same they teach nothing; without a divergence to the start they are
        left out, and the other advantages scaled, so that the mean over rows is that over all answers.
        """
        import torch

        count = self._settings.answers
        prompts = [row for row in rows for _ in range(count)]
        seed = derive(self._seed, "rollout", step)
        tokens = sample(module, [row.ids for row in prompts], self._drawing, seed=seed, reporter=Silent())
        rewards = torch.tensor(self._judge([row.id for row in prompts], tokens), dtype=torch.float64).view(-1, count)
        drawn = [_drawn(row, ids, number) for number, (row, ids) in enumerate(zip(prompts, tokens, strict=True))]
        mean = float(rewards.mean())
        if self._settings.kl or self._settings.updates > 1:
            drawn = self._with_log_probs(module, drawn, layout)
        if self._settings.kl and self._settings.loss == "rloo":
            rewards = rewards - self._settings.kl * _apart(drawn).view(-1, count)
        worth = advantages(self._settings.loss, rewards).flatten().tolist()
        useful = [i for i, value in enumerate(worth) if value or self._settings.kl] or [0]
        scale = len(useful) / len(worth)
        return [replace(drawn[i], advantage=worth[i] * scale, reward=mean) for i in useful]

    def value(self, module: Any, rows: Sequence[Row]) -> float:
        """Minus the mean reward of the likeliest answer to each prompt."""
        greedy = self._drawing._replace(temperature=0.0)
        tokens = sample(module, [row.ids for row in rows], greedy, seed=0, reporter=self._reporter, label="rewards")
        rewards = self._judge([row.id for row in rows], tokens)
        return -sum(rewards) / len(rewards)

    def _with_log_probs(self, module: Any, rows: Sequence[Row], layout: Layout) -> list[Row]:
        """The rows with their tokens' log-probabilities under the model as it is, and as it was at the start."""
        module.eval()
        rows = self._noted(module, rows, layout, "drawn")
        if self._start is None:
            return rows
        with self._start.opened() as start:
            return self._noted(start, rows, layout, "start")

    def _noted(self, module: Any, rows: Sequence[Row], layout: Layout, field: str) -> list[Row]:
        import torch

        device = str(next(module.parameters()).device)
        found: dict[str, tuple[float, ...]] = {}
        for micro in micro_batches(rows, max_tokens=self._tokens, layout=layout):
            with torch.no_grad():
                each, owner = token_log_probs(
                    module,
                    [Answered(row.ids, row.weights) for row in micro],
                    pad=self._drawing.pad,
                    device=device,
                    layout=layout,
                    temperature=self._settings.temperature,
                )
            for number, row in enumerate(micro):
                found[row.id] = tuple(each[owner == number].tolist())
        return [replace(row, **{field: found[row.id]}) for row in rows]


def _drawn(prompt: Row, answer: tuple[int, ...], number: int) -> Row:
    return Row(
        id=f"{prompt.id}#{number}",
        ids=(*prompt.ids, *answer),
        weights=(0.0,) * len(prompt.ids) + (1.0,) * len(answer),
        sampled=True,
    )


def _apart(rows: Sequence[Row]) -> Any:
    """Each answer's log-ratio of the model that drew it to the model at the start, float64 [N]."""
    import torch

    return torch.tensor([sum(row.drawn) - sum(row.start) for row in rows], dtype=torch.float64)
