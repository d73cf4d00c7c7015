"""Search for a better prompt on validation: many candidates on few rows, the better half on more, until all rows.

Successive halving (Jamieson and Talwalkar 2016, arXiv 1502.07943) over a drawn grid. The prompt of the recipe is a
candidate, is carried to the last round whatever it does, and wins where nothing is better. Every finished trial is
kept in a journal, so that a killed search goes on where it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Generic, NamedTuple, TypeVar

from metier.approaches.asking import PromptedSystem
from metier.approaches.asking_hosted import HostedSystem
from metier.approaches.trial_journal import TrialJournal
from metier.approaches.trials import Trial, attempt, metric_of, worth
from metier.core import Example, PromptSearch, Silent, derive, step
from metier.core.artifacts import write_json
from metier.core.tasks import form_of
from metier.data import Dataset
from metier.prompts import (
    PHRASINGS,
    Calibration,
    Candidate,
    SearchSettings,
    compose,
    draw_candidates,
    styled_label_words,
)

FIRST_ROWS = 16
"""The first round sees an eighth of the rows, but not fewer than these."""
BOOTSTRAP_ROWS = 100
"""Training rows that the model is asked, at most, to find demonstrations that it gets right by itself."""
_SHOWN = (0, 1, 2, 4, 8, 16)


Asker = TypeVar("Asker", PromptedSystem, HostedSystem)


class Found(NamedTuple, Generic[Asker]):
    """A finished search: the System with the best prompt, not calibrated yet, and what it took."""

    system: Asker
    search: PromptSearch


@dataclass
class _Standing(Generic[Asker]):
    """A candidate and what it has done so far."""

    candidate: Candidate
    system: Asker
    trial: Trial = field(default_factory=Trial)
    value: float = 0.0
    loss: float = 0.0


def search(system: Asker, dataset: Dataset, settings: SearchSettings, *, folder: Path) -> Found[Asker]:
    """Find the best prompt for a System whose weights stay as they are.

    Args:
        system: with the prompt of the recipe, not calibrated.
        dataset: candidates are judged on validation; demonstrations come from train.
        settings: how much to try.
        folder: the approach's; gets ``search.json``, and the journal below ``checkpoints``.
    """
    rows = _in_even_order(dataset.validation, settings.rows, seed=system.resources.seed)
    quiet = replace(
        system,
        resources=replace(system.resources, reporter=Silent()),
        calibration=Calibration.identity(len(system.task.labels)),
    )
    journal = TrialJournal(folder / "checkpoints" / "search.jsonl", _inputs(system, dataset, rows))
    own, bootstrap = _bootstrap(quiet, dataset, settings, journal)
    standings = [
        _Standing(candidate, _variant(quiet, candidate, dataset.train, own))
        for candidate in _candidates(system, settings, bootstrapped=len(own) > 1)
    ]
    default = standings[0]
    spent = bootstrap
    plan = _rounds(len(standings), len(rows))
    with step(system.resources.reporter, "prompt search", sum(count for count, _ in plan), unit="trials") as bar:
        done, left = 0, standings
        for number, (_, upto) in enumerate(plan):
            for standing in left:
                trial = journal.once(
                    [str(standing.candidate), standing.system.prompt.hash, done, upto],
                    lambda s=standing, a=done, b=upto: attempt(s.system, rows[a:b], system.task),
                )
                spent = spent + replace(trial, scores=(), values=())
                standing.trial = standing.trial + trial
                judged = worth(standing.trial, rows[:upto], system.task, calibrated=_calibrated(system))
                standing.value, standing.loss = judged.value, judged.loss
                bar.advance(note=f"best {max(one.value for one in left if one.trial):.3f}")
            left = sorted(left, key=lambda one: (-one.value, one.loss, one is not default))
            if number + 1 < len(plan):
                kept = left[: plan[number + 1][0]]
                left = kept if default in kept else [*kept[:-1], default]
            done = upto
    best = left[0]
    found = PromptSearch(
        metric=metric_of(system.task),
        candidates=len(standings),
        trials=sum(count for count, _ in plan),
        rows=len(rows),
        chosen="the prompt of the recipe" if best is default else str(best.candidate),
        best=round(best.value, 4),
        default=round(default.value, 4),
        bootstrapped=len(own),
        tokens_in=spent.tokens_in,
        tokens_out=spent.tokens_out,
        seconds=round(spent.seconds, 2),
    )
    _write(folder, standings, best, default, found)
    return Found(replace(best.system, resources=system.resources), found)


def _inputs(system: PromptedSystem | HostedSystem, dataset: Dataset, rows: Sequence[Example]) -> list[object]:
    """What a trial's result depends on, besides its candidate and rows."""
    return [
        system.model.source.fingerprint,
        system.resources.compute,
        system.task,
        system.settings.model_copy(update={"search": None}),
        [dataset.train, rows],
        system.resources.embedder,
        system.resources.seed,
    ]


def _calibrated(system: PromptedSystem | HostedSystem) -> bool:
    return system.settings.calibrate != "none"


def _in_even_order(validation: Sequence[Example], count: int, *, seed: int) -> list[Example]:
    """Rows drawn by ``seed`` so that every beginning of the list has the labels about equally often."""
    drawn = Random(derive(seed, "search rows")).sample(list(validation), len(validation))
    seen: defaultdict[str, int] = defaultdict(int)
    turn: dict[str, int] = {}
    for example in drawn:
        turn[example.id] = seen[example.target or ""]
        seen[example.target or ""] += 1
    return sorted(drawn, key=lambda example: turn[example.id])[:count]


def _rounds(candidates: int, rows: int) -> list[tuple[int, int]]:
    """For each round: how many candidates it tries, and up to which row.

    >>> _rounds(40, 200)
    [(40, 25), (20, 50), (10, 100), (5, 200)]
    """
    plan = [(candidates, min(rows, max(FIRST_ROWS, rows // 8)))]
    while plan[-1][1] < rows:
        count, upto = plan[-1]
        plan.append((max(min(2, count), (count + 1) // 2), min(rows, 2 * upto)))
    return plan


def trials_and_rows(settings: SearchSettings, train: int, validation: int) -> list[int]:
    """For each call of the model that a search makes, how many rows it asks: known before it begins.

    Args:
        settings: of the search.
        train: training rows.
        validation: validation rows.
    """
    calls = [min(BOOTSTRAP_ROWS, train)] if settings.demonstrations else []
    done = 0
    for candidates, upto in _rounds(settings.trials, min(settings.rows, validation)):
        calls += [upto - done] * candidates
        done = upto
    return calls


def _bootstrap(
    system: PromptedSystem | HostedSystem, dataset: Dataset, settings: SearchSettings, journal: TrialJournal
) -> tuple[tuple[Example, ...], Trial]:
    """Training rows that the model gets right when it is asked without demonstrations, and what asking took."""
    if not settings.demonstrations or not dataset.train:
        return (), Trial()
    plain = replace(system, settings=system.settings.model_copy(update={"demonstrations": 0}), pool=())
    asked = _in_even_order(dataset.train, BOOTSTRAP_ROWS, seed=derive(system.resources.seed, "bootstrap"))
    trial = journal.once(["bootstrap"], lambda: attempt(plain, asked, system.task))
    items = worth(trial, asked, system.task, calibrated=_calibrated(system)).items
    best_quarter = max(0.1, sorted(items)[3 * len(items) // 4])
    least = 1.0 if form_of(system.task.kind).chooses else best_quarter
    return tuple(e for e, item in zip(asked, items, strict=True) if item >= least), trial


def _candidates(
    system: PromptedSystem | HostedSystem, settings: SearchSettings, *, bootstrapped: bool
) -> list[Candidate]:
    asked, task = system.settings, system.task
    most, chooses = settings.demonstrations, form_of(task.kind).chooses
    return draw_candidates(
        settings.trials,
        default=Candidate(demonstrations=asked.demonstrations, choose=asked.choose, order=asked.order),
        phrasings=[phrasing.name for phrasing in PHRASINGS],
        words=[*styled_label_words(task.labels)] if chooses else ["plain"],
        demonstrations=[count for count in _SHOWN if count <= most],
        choose=["balanced" if chooses else "random", "nearest", "diverse"],
        bootstrapped=bootstrapped,
        seed=system.resources.seed,
    )


def _variant(system: Asker, candidate: Candidate, train: Sequence[Example], own: tuple[Example, ...]) -> Asker:
    """The System asked in the candidate's way; wordings that the recipe sets are never replaced."""
    asked, task = system.settings, system.task
    words = styled_label_words(task.labels)[candidate.words] if form_of(task.kind).chooses else {}
    prompt = compose(
        task,
        instruction=asked.instruction,
        list_labels=asked.list_labels,
        label_words={**words, **asked.label_words},
        trained=False,
        question=asked.question,
        phrasing=next(phrasing for phrasing in PHRASINGS if phrasing.name == candidate.phrasing),
    )
    shown = {"demonstrations": candidate.demonstrations, "choose": candidate.choose, "order": candidate.order}
    pool = () if not candidate.demonstrations else own if candidate.own else tuple(train)
    return replace(system, prompt=prompt, settings=asked.model_copy(update=shown), pool=pool)


def _write(
    folder: Path,
    standings: Sequence[_Standing[Asker]],
    best: _Standing[Asker],
    default: _Standing[Asker],
    found: PromptSearch,
) -> None:
    """Everything that was tried, best first, and what the best prompt says differently."""
    ordered = sorted(standings, key=lambda one: (-_seen(one), -one.value, one.loss))
    write_json(
        folder / "search.json",
        {
            "search": found,
            "prompt": str(best.system.prompt),
            "difference": default.system.prompt.diff(best.system.prompt),
            "trials": [
                {
                    "prompt": str(one.candidate),
                    "rows": _seen(one),
                    found.metric: round(one.value, 4),
                    "loss": round(one.loss, 4),
                    "tokens": one.trial.tokens_in + one.trial.tokens_out,
                    "seconds": round(one.trial.seconds, 2),
                }
                for one in ordered
            ],
        },
    )


def _seen(standing: _Standing[Asker]) -> int:
    return max(len(standing.trial.scores), len(standing.trial.values))
