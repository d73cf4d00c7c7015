"""Prompts by successive halving: many candidates on few rows, the better half on more, until all rows.

What the recipe asks for is a candidate itself, is carried to the last round whatever it does, and wins where nothing is
better. Every finished trial is kept in a journal, so that a killed search goes on where it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Generic, NamedTuple, TypeVar

from metier.approaches.halving_rounds import rounds, survivors
from metier.approaches.prompting.asking import PromptedSystem
from metier.approaches.prompting.asking_hosted import HostedSystem
from metier.approaches.prompting.trial_journal import TrialJournal
from metier.approaches.prompting.trials import Trial, attempt, worth
from metier.core import Example, Reporter, derive, step

FIRST_ROWS = 16
"""The first round sees an eighth of the rows, but not fewer than these."""
Asker = TypeVar("Asker", PromptedSystem, HostedSystem)


@dataclass
class Standing(Generic[Asker]):
    """A candidate and what it has done so far.

    Attributes:
        candidate: what is tried; its text names it in the journal.
        system: asks in its way.
    """

    candidate: Hashable
    system: Asker
    trial: Trial = field(default_factory=Trial)
    value: float = 0.0
    loss: float = 0.0

    @property
    def rows(self) -> int:
        """How many rows it was tried on."""
        return max(len(self.trial.scores), len(self.trial.values))


class Halved(NamedTuple, Generic[Asker]):
    """A finished search.

    Attributes:
        best: the candidate that did best on all rows; the first one, where nothing is better.
        trials: how often a candidate was tried on some rows.
        spent: what they took together; without scores and values.
    """

    best: Standing[Asker]
    trials: int
    spent: Trial


def halve(
    standings: Sequence[Standing[Asker]],
    rows: Sequence[Example],
    journal: TrialJournal,
    *,
    reporter: Reporter,
    label: str,
) -> Halved[Asker]:
    """Try candidates on more and more rows.

    Args:
        standings: the candidates, what the recipe asks for first; of equals the earlier one wins. They are written to.
        rows: solved; each round sees the first ones of them.
        journal: keeps finished trials.
        reporter: told of the progress.
        label: what the bar is called.
    """
    default, left, done = standings[0], list(standings), 0
    task = default.system.task
    calibrated = default.system.settings.calibrate != "none"
    spent = Trial()
    plan = rounds(len(standings), len(rows), first=FIRST_ROWS)
    with step(reporter, label, sum(count for count, _ in plan), unit="trials") as bar:
        for number, (_, upto) in enumerate(plan):
            for one in left:
                trial = journal.once(
                    [str(one.candidate), one.system.prompt.hash, done, upto],
                    lambda one=one, a=done, b=upto: attempt(one.system, rows[a:b], task),
                )
                spent = spent + replace(trial, scores=(), values=())
                one.trial = one.trial + trial
                judged = worth(one.trial, rows[:upto], task, calibrated=calibrated)
                one.value, one.loss = judged.value, judged.loss
                bar.advance(note=f"best {max(other.value for other in left if other.trial):.3f}")
            left = sorted(left, key=lambda one: (-one.value, one.loss, one is not default))
            if number + 1 < len(plan):
                left = survivors(left, plan[number + 1][0], default)
            done = upto
    return Halved(left[0], sum(count for count, _ in plan), spent)


def in_even_order(validation: Sequence[Example], count: int, *, seed: int) -> list[Example]:
    """Rows drawn by ``seed`` so that every beginning of the list has the labels about equally often."""
    drawn = Random(derive(seed, "search rows")).sample(list(validation), len(validation))
    seen: defaultdict[str, int] = defaultdict(int)
    turn: dict[str, int] = {}
    for example in drawn:
        turn[example.id] = seen[example.target or ""]
        seen[example.target or ""] += 1
    return sorted(drawn, key=lambda example: turn[example.id])[:count]


def results(standings: Sequence[Standing[Asker]], metric: str, *, called: str) -> list[dict[str, Any]]:
    """Everything that was tried, for a file: those that came furthest first, and of these the best."""
    ordered = sorted(standings, key=lambda one: (-one.rows, -one.value, one.loss))
    return [
        {
            called: str(one.candidate),
            "rows": one.rows,
            metric: round(one.value, 4),
            "loss": round(one.loss, 4),
            "tokens": one.trial.tokens_in + one.trial.tokens_out,
            "seconds": round(one.trial.seconds, 2),
        }
        for one in ordered
    ]
