"""Made-up test sets: classification answers that are right with a given probability, and free texts."""

from collections.abc import Sequence

import numpy as np

from metier.core import Example, Prediction, Task
from metier.evaluation import METRICS, Measured
from metier.evaluation.statistics.clusters import Clusters

LABELS = ("billing", "delivery", "login", "other")
TICKETS = Task(kind="classify", instruction="Route it.", labels=LABELS)
REPLIES = Task(kind="generate", instruction="Answer it.")
WORDS = ("the", "a", "Order", "order", "refund", "Größe", "was", "sent!", "to", "Ann's", "42", "late,", "你好", "x-ray")


def draw_labels(rng: np.random.Generator, n: int, labels: Sequence[str] = LABELS) -> list[str]:
    return [labels[i] for i in rng.integers(len(labels), size=n)]


def draw_texts(rng: np.random.Generator, n: int) -> list[str]:
    """0 to 8 words each."""
    return [" ".join(rng.choice(WORDS, size=rng.integers(9))) for _ in range(n)]


def draw_answers(
    rng: np.random.Generator, targets: Sequence[str], hits: np.ndarray, labels: Sequence[str] = LABELS
) -> list[str]:
    """The target where ``hits``, else any other label."""
    place = {label: i for i, label in enumerate(labels)}
    steps = np.where(hits, 0, rng.integers(1, len(labels), size=len(targets)))
    return [labels[(place[target] + step) % len(labels)] for target, step in zip(targets, steps, strict=True)]


def draw_tickets(seed: int, n: int, right: float) -> tuple[list[str], list[str]]:
    """Targets, and answers of which the share ``right`` is right."""
    rng = np.random.default_rng(seed)
    targets = draw_labels(rng, n)
    return targets, draw_answers(rng, targets, rng.random(n) < right)


def examples_of(targets: Sequence[str], groups: Sequence[str | None] | None = None) -> list[Example]:
    return [
        Example(id=f"e{i}", input="?", target=target, group=groups[i] if groups else None)
        for i, target in enumerate(targets)
    ]


def predictions_of(answers: Sequence[str]) -> list[Prediction]:
    return [Prediction(id=f"e{i}", text=answer) for i, answer in enumerate(answers)]


def unscored(metric: str, targets: Sequence[str], answers: Sequence[str], clusters: Clusters | None = None) -> Measured:
    """What ``compare`` needs, without the intervals that ``measure`` would take time for."""
    found = METRICS.get(metric)
    statistics = found.statistics(targets, answers, LABELS)
    ids = tuple(str(i) for i in range(len(targets)))
    return Measured(scores={}, ids=ids, statistics={metric: statistics}, clusters=clusters, metrics={metric: found})


def draw_shares(rng: np.random.Generator, n: int, num_labels: int = len(LABELS)) -> np.ndarray:
    """Probabilities of the labels, [n, num_labels], no two alike."""
    return rng.dirichlet(np.full(num_labels, 0.7), size=n)
