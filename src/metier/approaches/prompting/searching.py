"""Search for a better prompt on validation: successive halving over a drawn grid of prompts.

The prompt of the recipe is a candidate, and wins where nothing is better. Where the recipe names a strong model, it
then rewrites the instruction of the best prompt (:mod:`metier.approaches.prompting.rewriting`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Generic, NamedTuple, cast

from metier.approaches.halving_rounds import rounds
from metier.approaches.journal import OnceJournal
from metier.approaches.prompting.asking import PromptedSystem
from metier.approaches.prompting.asking_hosted import HostedSystem
from metier.approaches.prompting.halving import FIRST_ROWS, Asker, Standing, halve, in_even_order, results
from metier.approaches.prompting.rewriting import rewrite, rewritten_calls
from metier.approaches.prompting.trial_journal import TrialJournal
from metier.approaches.prompting.trials import Trial, attempt, metric_of, worth
from metier.core import Example, PromptSearch, Silent, derive
from metier.core.artifacts import write_json
from metier.core.tasks import form_of
from metier.data import Dataset
from metier.models import HostedSettings
from metier.prompts import (
    PHRASINGS,
    Calibration,
    Candidate,
    SearchSettings,
    compose,
    draw_candidates,
    styled_label_words,
)

BOOTSTRAP_ROWS = 100
"""Training rows that the model is asked, at most, to find demonstrations that it gets right by itself."""
_SHOWN = (0, 1, 2, 4, 8, 16)


class Found(NamedTuple, Generic[Asker]):
    """A finished search: the System with the best prompt, not calibrated yet, and what it took."""

    system: Asker
    search: PromptSearch


def search(
    system: Asker,
    dataset: Dataset,
    settings: SearchSettings,
    *,
    folder: Path,
    hosted: HostedSettings | None = None,
) -> Found[Asker]:
    """Find the best prompt for a System whose weights stay as they are.

    Args:
        system: with the prompt of the recipe, not calibrated.
        dataset: candidates are judged on validation; demonstrations come from train.
        settings: how much to try.
        folder: the approach's; gets ``search.json``, and the journals below ``checkpoints``.
        hosted: where a model that rewrites the instruction lives; needed with ``settings.rewrite``.

    Raises:
        ServiceError: that model cannot be asked.
    """
    rows = in_even_order(dataset.validation, settings.rows, seed=system.resources.seed)
    quiet = replace(
        system,
        resources=replace(system.resources, reporter=Silent()),
        calibration=Calibration.identity(len(system.task.labels)),
    )
    inputs = _inputs(system, dataset, rows)
    journal = TrialJournal(folder / "checkpoints" / "search.jsonl", inputs)
    own, bootstrap = _bootstrap(quiet, dataset, settings, journal)
    standings = [
        Standing(candidate, _variant(quiet, candidate, dataset.train, own))
        for candidate in _candidates(system, settings, bootstrapped=len(own) > 1)
    ]
    default = standings[0]
    done = halve(standings, rows, journal, reporter=system.resources.reporter, label="prompt search")
    searched, spent = done.best, bootstrap + done.spent
    best, rewritten = searched, None
    chosen = "the prompt of the recipe" if searched is default else str(searched.candidate)
    if settings.rewrite:
        assert hosted is not None, "checked before"
        rewritten = rewrite(
            searched,
            dataset.train,
            rows,
            settings.rewrite,
            put=lambda text: _variant(_told(quiet, text), cast(Candidate, searched.candidate), dataset.train, own),
            hosted=hosted,
            journal=OnceJournal(
                folder / "checkpoints" / "rewriting.jsonl", [*inputs, settings.rewrite, str(searched.candidate)]
            ),
            reporter=system.resources.reporter,
        )
        best, spent = rewritten.best, spent + rewritten.spent
        chosen += f", its instruction rewritten by {settings.rewrite.model}" if rewritten.improved else ""
    found = PromptSearch(
        metric=metric_of(system.task),
        candidates=len(standings) + (rewritten.proposals - rewritten.refused if rewritten else 0),
        trials=done.trials + (rewritten.trials if rewritten else 0),
        rows=len(rows),
        chosen=chosen,
        best=round(best.value, 4),
        default=round(default.value, 4),
        bootstrapped=len(own),
        tokens_in=spent.tokens_in,
        tokens_out=spent.tokens_out,
        seconds=round(spent.seconds, 2),
        rewriter=settings.rewrite.model if settings.rewrite else "",
        proposals=rewritten.proposals if rewritten else 0,
        refused=rewritten.refused if rewritten else 0,
        rows_sent=rewritten.rows if rewritten else 0,
        rewriter_tokens=rewritten.tokens_in + rewritten.tokens_out if rewritten else 0,
        rewriter_tokens_in=rewritten.tokens_in if rewritten else 0,
    )
    _write(folder, standings, best, default, found, rewritten.tried if rewritten else [])
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


def _told(system: Asker, instruction: str) -> Asker:
    """The System whose recipe says ``instruction``."""
    return replace(system, settings=system.settings.model_copy(update={"instruction": instruction}))


def _calibrated(system: PromptedSystem | HostedSystem) -> bool:
    return system.settings.calibrate != "none"


def trials_and_rows(settings: SearchSettings, train: int, validation: int) -> list[int]:
    """For each call of the model that a search makes, how many rows it asks (rewriting: at most), before it begins.

    Args:
        settings: of the search.
        train: training rows.
        validation: validation rows.
    """
    calls = [min(BOOTSTRAP_ROWS, train)] if settings.demonstrations else []
    done = 0
    for candidates, upto in rounds(settings.trials, min(settings.rows, validation), first=FIRST_ROWS):
        calls += [upto - done] * candidates
        done = upto
    if settings.rewrite:
        calls += rewritten_calls(settings.rewrite, train, min(settings.rows, validation))
    return calls


def _bootstrap(
    system: PromptedSystem | HostedSystem, dataset: Dataset, settings: SearchSettings, journal: TrialJournal
) -> tuple[tuple[Example, ...], Trial]:
    """Training rows that the model gets right when it is asked without demonstrations, and what asking took."""
    if not settings.demonstrations or not dataset.train:
        return (), Trial()
    plain = replace(system, settings=system.settings.model_copy(update={"demonstrations": 0}), pool=())
    asked = in_even_order(dataset.train, BOOTSTRAP_ROWS, seed=derive(system.resources.seed, "bootstrap"))
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
        thinks=asked.reason is not None,
    )
    shown = {"demonstrations": candidate.demonstrations, "choose": candidate.choose, "order": candidate.order}
    pool = () if not candidate.demonstrations else own if candidate.own else tuple(train)
    return replace(system, prompt=prompt, settings=asked.model_copy(update=shown), pool=pool)


def _write(
    folder: Path,
    standings: Sequence[Standing[Asker]],
    best: Standing[Asker],
    default: Standing[Asker],
    found: PromptSearch,
    rewritten: Sequence[Mapping[str, Any]],
) -> None:
    """Everything that was tried, best first, and what the best prompt says differently."""
    write_json(
        folder / "search.json",
        {
            "search": found,
            "prompt": str(best.system.prompt),
            "difference": default.system.prompt.diff(best.system.prompt),
            "trials": results(standings, found.metric, called="prompt"),
            "instructions": rewritten,
        },
    )
