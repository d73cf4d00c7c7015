"""Sets of labels: which were wanted, answered and right, by label.

Targets and answers are JSON lists of labels (:mod:`metier.core.tasks.multilabel`); what is none has no labels.

Shapes: ``N`` items, ``K`` labels, ``B`` sums.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from metier.core import Example, Prediction, Task
from metier.core.tasks.multilabel import labels_in
from metier.evaluation.metric import Floats
from metier.evaluation.scoring.spans import TypeScore
from metier.evaluation.statistics.pairing import pair


def by_labels(targets: Sequence[str], answers: Sequence[str], labels: Sequence[str]) -> Floats:
    """``[N, 3K]``: right, answered and wanted for each label; labels outside the task's set count too."""
    wanted, given = ([set(labels_in(text)) for text in texts] for texts in (targets, answers))
    names = sorted({*labels}.union(*wanted, *given))
    columns = [
        [[name in found for name in names] for found in rows]
        for rows in ([w & g for w, g in zip(wanted, given, strict=True)], given, wanted)
    ]
    return np.concatenate([np.array(part, dtype=np.float64).reshape(len(targets), -1) for part in columns], axis=1)


def per_label(task: Task, examples: Sequence[Example], predictions: Sequence[Prediction]) -> tuple[TypeScore, ...]:
    """Precision, recall and F1 of each label.

    Raises:
        IntegrityError: examples and predictions do not belong together one to one.
    """
    pairs = pair(examples, predictions)
    names = sorted({*task.labels}.union(*map(labels_in, (*pairs.targets, *pairs.answers))))
    sums = by_labels(pairs.targets, pairs.answers, task.labels).sum(axis=0).reshape(3, -1)
    return tuple(
        TypeScore(
            type=name,
            precision=float(right / answered) if answered else 0.0,
            recall=float(right / wanted) if wanted else 0.0,
            f1=float(2 * right / (answered + wanted)) if answered + wanted else 0.0,
            support=int(wanted),
        )
        for name, right, answered, wanted in zip(names, *sums, strict=True)
    )
