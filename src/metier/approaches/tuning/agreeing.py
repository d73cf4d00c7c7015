"""Which of the rows that a model wrote are learnt from: near their source, new, and answered alike by a teacher."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from metier.approaches.floors.linear import Linear, fit_softmax, vectoriser
from metier.approaches.journal import OnceJournal
from metier.approaches.prompting.asking import PromptedSystem
from metier.approaches.prompting.asking_hosted import HostedSystem
from metier.approaches.tuning.authors import Spent
from metier.core import Example, Task
from metier.core.tasks import form_of
from metier.evaluation import METRICS

Embed = Callable[[Sequence[str]], Any]
"""Unit vectors of texts, [N, D]."""
_ALIKE = 0.5
"""A teacher's answer agrees where the task's measure of single answers gives it so much."""
_STRENGTH = 10.0
"""scikit-learn's C of the logistic regression that stands in for a teacher."""
_OTHER_ANSWER = {True: "of another label", False: "answered otherwise by the teacher"}


def unlike(sources: Sequence[str], texts: Sequence[str], band: tuple[float, float], embed: Embed) -> list[str]:
    """Why each text is no other wording of its source, by the cosine of their vectors; empty where it is."""
    return [_outside(band, like) for like in (embed(sources) * embed(texts)).sum(axis=1).tolist()]


class Novelty:
    """Whether texts are new, and still on the subject; those that are count as known from then on.

    Args:
        known: texts of the training and the validation rows.
        band: cosine similarity to the nearest of them, at least and at most.
        embed: gives the vectors.
    """

    def __init__(self, known: Sequence[str], band: tuple[float, float], embed: Embed) -> None:
        self._texts, self._band, self._embed = list(known), band, embed

    @cached_property
    def _known(self) -> list[Any]:
        return [self._embed(self._texts)]

    def reasons(self, texts: Sequence[str]) -> list[str]:
        """Why each text is not new, or is off the subject; empty where it is neither."""
        return [self._reason(vector) for vector in np.asarray(self._embed(texts))]

    def _reason(self, vector: Any) -> str:
        reason = _outside(self._band, max(float((part @ vector).max()) for part in self._known))
        if not reason:
            self._known.append(vector[None])
        return reason


def _outside(band: tuple[float, float], like: float) -> str:
    """Why a similarity is not in the band; empty where it is."""
    low, high = band
    return "unlike" if like < low else "too like" if like > high else ""


class Agreement:
    """Whether somebody else gives a row the answer that it has: a model that is asked, or TF-IDF on the training rows.

    Args:
        rows: the training rows.
        task: what is answered.
        teacher: asked without examples. None: TF-IDF with logistic regression where answers are labels, else nobody.
        name: of the teacher, for its costs.
        journal: keeps its answers.
        spent: is told what they take.
    """

    def __init__(
        self,
        rows: Sequence[Example],
        task: Task,
        teacher: PromptedSystem | HostedSystem | None,
        *,
        name: str,
        journal: OnceJournal,
        spent: Spent,
    ) -> None:
        self._rows, self._task, self._teacher = rows, task, teacher
        self._name, self._journal, self._spent = name, journal, spent

    def reasons(self, rows: Sequence[Example]) -> list[str]:
        """Why each row is not agreed upon; empty where it is, or where nobody is asked."""
        labels = form_of(self._task.kind).has_labels
        if not rows or (self._teacher is None and not labels):
            return [""] * len(rows)
        answers = self._read([row.input for row in rows]) if self._teacher is None else self._asked(rows)
        if labels:
            agreed = [answer == row.target for answer, row in zip(answers, rows, strict=True)]
        else:
            metric = METRICS.get(form_of(self._task.kind).judged_by)
            found = metric.statistics([row.target or "" for row in rows], answers, self._task.labels)
            agreed = (metric.value(found.astype(float)) >= _ALIKE).tolist()
        return ["" if one else _OTHER_ANSWER[labels] for one in agreed]

    def _asked(self, rows: Sequence[Example]) -> list[str]:
        """The teacher's answers; it sees the inputs alone."""
        teacher = self._teacher
        assert teacher is not None

        def answers() -> dict[str, Any]:
            started = time.perf_counter()
            found = teacher.predict(rows)
            return {
                "texts": [one.text for one in found],
                "tokens_in": sum(one.tokens_in for one in found),
                "tokens_out": sum(one.tokens_out for one in found),
                "seconds": round(time.perf_counter() - started, 3),
            }

        kept = self._journal.once([teacher.model.source.fingerprint, "teacher", [row.input for row in rows]], answers)
        self._spent.add(self._name, kept["tokens_in"], kept["tokens_out"], kept["seconds"])
        return list(kept["texts"])

    def _read(self, texts: Sequence[str]) -> list[str]:
        targets = {row.target for row in self._rows}
        if len(targets) < 2:
            return [str(target) for target in targets] * len(texts)
        vectorizer, linear = self._fitted
        return [self._task.labels[int(row.argmax())] for row in linear.logits(vectorizer.transform(texts))]

    @cached_property
    def _fitted(self) -> tuple[Any, Linear]:
        vectorizer = vectoriser()
        vectors = vectorizer.fit_transform([row.input for row in self._rows])
        return vectorizer, fit_softmax(vectors, [row.target or "" for row in self._rows], self._task.labels, _STRENGTH)
