"""What an answer is worth: metrics, graders and Python files of one's own, weighed and added up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from metier.approaches.tuning.reward_settings import Chosen, LearntRewardSettings, RewardSettings
from metier.core import Example, Problem, Task, TaskKind
from metier.core.artifacts import hash_file, plain
from metier.core.tasks import FORMS, form_of
from metier.data import path_hash
from metier.evaluation import Metric, find_metrics
from metier.evaluation.graders import GraderSettings
from metier.models import locate
from metier.prompts import NO_LABEL, Prompt, parse_label

_PATH = "rewards"


class Scorer(Protocol):
    """A judge that has been learnt."""

    def scores(self, examples: Sequence[Example], answers: Sequence[str]) -> list[float]:
        """The score of each answer to each example, higher being better."""
        ...


class Rewards(NamedTuple):
    """What answers to a data set's examples are worth.

    Attributes:
        metrics: what is measured on each answer.
        weights: of each.
        learnt: judges that were learnt, with their weights.
        task: gives the labels.
        prompt: says how labels are worded.
        examples: by id.
        facts: all that rewards depend on; JSON-ready.
    """

    metrics: tuple[Metric, ...]
    weights: tuple[float, ...]
    learnt: tuple[tuple[Scorer, float], ...]
    task: Task
    prompt: Prompt
    examples: Mapping[str, Example]
    facts: Any

    def of(self, ids: Sequence[str], answers: Sequence[str]) -> list[float]:
        """The reward of each answer to the example of that id."""
        asked = [self.examples[name] for name in ids]
        found = [self._one(example, answer) for example, answer in zip(asked, answers, strict=True)]
        for scorer, weight in self.learnt:
            found = [a + weight * b for a, b in zip(found, scorer.scores(asked, answers), strict=True)]
        return found

    def _one(self, example: Example, answer: str) -> float:
        form = form_of(self.task.kind)
        text = form.read(answer, example.input, self.task.labels).target
        if form.chooses:
            text = parse_label(answer, self.prompt.label_words) or NO_LABEL
        return sum(
            weight * (-1 if metric.better == "lower" else 1) * metric.point([example.target or ""], [text])
            for metric, weight in zip(self.metrics, self.weights, strict=True)
        )


def default_reward(kind: TaskKind) -> str:
    """What is rewarded where the recipe is silent: of several measures of a kind of task, one of a single answer."""
    return form_of(kind).judged_by


def learnt_among(chosen: Sequence[Chosen] | None) -> list[LearntRewardSettings]:
    """The reward models among the entries, in their order."""
    return [one for one in chosen or () if isinstance(one, LearntRewardSettings)]


def rewards_for(
    chosen: Sequence[Chosen] | None,
    task: Task,
    prompt: Prompt,
    examples: Sequence[Example],
    *,
    folder: Path,
    learnt: Sequence[Scorer] = (),
) -> Rewards:
    """The recipe's rewards, checked before by :func:`check`; ``learnt`` are its reward models, in their order."""
    weighed = _weighed(chosen or (default_reward(task.kind),))
    metrics = find_metrics([metric for metric, _ in weighed], task.kind, folder=folder)[0] if weighed else []
    facts = [plain([one for one, _ in weighed]), [weight for _, weight in weighed], inputs(chosen, folder)]
    facts.append(plain(learnt_among(chosen)))
    facts.append([(example.id, example.target) for example in examples])
    return Rewards(
        metrics=tuple(metrics),
        weights=tuple(weight for _, weight in weighed),
        learnt=tuple(zip(learnt, [one.weight for one in learnt_among(chosen)], strict=True)),
        task=task,
        prompt=prompt,
        examples={example.id: example for example in examples},
        facts=facts,
    )


def check(chosen: Sequence[Chosen] | None, task: Task | None, *, folder: Path) -> list[Problem]:
    """What is wrong with a choice of rewards. Without a ``task`` it is left open what kind it is."""
    if not chosen:
        return []
    wanted = [metric for metric, _ in _weighed(chosen)]
    if not wanted:
        return []
    if asking := [one.name for one in wanted if isinstance(one, GraderSettings) and one.asks]:
        return [_asks(asking[0])]
    kinds: list[Any] = [task.kind] if task else FORMS.names()
    tried = [find_metrics(wanted, kind, folder=folder) for kind in kinds]
    metrics, problems = min(tried, key=lambda found: len(found[1]))
    found = [replace(problem, path=_PATH) for problem in problems]
    return found or [_of_many(metric) for metric in metrics if not _of_one(metric)]


def own_files(chosen: Sequence[Chosen] | None, folder: Path) -> list[Path]:
    """The user's own Python files among the rewards."""
    names = [metric for metric, _ in _weighed(chosen or ()) if isinstance(metric, str) and metric.endswith(".py")]
    return [folder / Path(name).expanduser() for name in names]


def inputs(chosen: Sequence[Chosen] | None, folder: Path) -> list[str]:
    """Hashes of the user's own files among the rewards."""
    own = [hash_file(path) for path in own_files(chosen, folder) if path.is_file()]
    learnt = learnt_among(chosen)
    pairs = [path_hash(folder / Path(one.pairs).expanduser()) for one in learnt]
    return own + pairs + [locate(one.model, folder=folder).fingerprint for one in learnt]


def _weighed(chosen: Sequence[Chosen]) -> list[tuple[str | GraderSettings, float]]:
    plain_ones = [one for one in chosen if not isinstance(one, LearntRewardSettings)]
    return [(one.metric, one.weight) if isinstance(one, RewardSettings) else (one, 1.0) for one in plain_ones]


def _of_one(metric: Metric) -> bool:
    """Whether a metric says something about a single answer."""
    if metric.of_shares is not None or metric.weighted is not None:
        return False
    if metric.form == "number":  # the other ones take an answer without a number for the mean of all targets
        return metric.name == form_of("regress").judged_by
    return metric.proportion or metric.kinds != ("classify",)


def _asks(name: str) -> Problem:
    expected = "rewards that are worked out here: a training asks for thousands"
    remedy = "leave it to evaluate.metrics, or learn a reward model from pairs"
    got = f"{name!r}, a grader that asks a model"
    return Problem(where="recipe", path=_PATH, expected=expected, got=got, remedy=remedy)


def _of_many(metric: Metric) -> Problem:
    expected = "a metric that judges an answer by itself"
    remedy = "reward accuracy, or a grader or Python file of your own"
    return Problem(where="recipe", path=_PATH, expected=expected, got=repr(metric.name), remedy=remedy)
