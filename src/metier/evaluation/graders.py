"""Graders that need no judge, written as OpenAI writes them: string checks and text similarities.

A recipe lists them among its metrics::

    metrics:
      - macro_f1
      - {type: string_check, name: says_sorry, operation: ilike, reference: sorry}
      - {type: text_similarity, name: close, evaluation_metric: fuzzy_match, pass_threshold: 0.8}
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, get_args

from pydantic import Field, field_validator, model_validator

from metier.core import Settings, TaskKind
from metier.evaluation.editing import common_subsequence
from metier.evaluation.item_mean import item_mean
from metier.evaluation.metric import Metric

ALL_KINDS: tuple[TaskKind, ...] = get_args(TaskKind)
_VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_VARIABLES = ("sample.output_text", "item.target")
Operation = Literal["eq", "ne", "like", "ilike"]
Similarity = Literal["fuzzy_match", "bleu", "rouge_1", "rouge_2", "rouge_l"]


class GraderSettings(Settings):
    """A metric in OpenAI's form."""

    type: Literal["string_check", "text_similarity"]
    """Whether a text is, or is in, another; or how alike two texts are."""
    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")
    """Of the metric: letters, digits and underscore."""
    input: str = "{{sample.output_text}}"
    """What is checked; ``{{sample.output_text}}`` is the answer and ``{{item.target}}`` the right one."""
    reference: str = "{{item.target}}"
    """What it is checked against."""
    operation: Operation | None = None
    """Of ``string_check``: ``eq``, ``ne``, ``like`` (the reference is in the input) or ``ilike`` (in any case)."""
    evaluation_metric: Similarity | None = None
    """Of ``text_similarity``: ``fuzzy_match`` (characters in common), ``bleu`` or one of ``rouge_1``, ``rouge_2`` and
    ``rouge_l``."""
    pass_threshold: float | None = Field(default=None, ge=0, le=1)
    """Of ``text_similarity``: count the answers that are at least so alike. None: the mean similarity."""

    @field_validator("input", "reference")
    @classmethod
    def _only_known_variables(cls, value: str) -> str:
        unknown = [name for name in _VARIABLE.findall(value) if name not in _VARIABLES]
        if unknown:
            raise ValueError(f"only the variables {' and '.join(_VARIABLES)} (not {unknown[0]!r})")
        return value

    @model_validator(mode="after")
    def _has_what_its_type_needs(self) -> GraderSettings:
        wanted, other = ("operation", "evaluation_metric")
        if self.type == "text_similarity":
            wanted, other = other, wanted
        if getattr(self, wanted) is None:
            raise ValueError(f"{wanted!r} for a {self.type}")
        if getattr(self, other) is not None or (self.type == "string_check" and self.pass_threshold is not None):
            raise ValueError(f"nothing that a {self.type} has no use for")
        return self


def grader(settings: GraderSettings) -> Metric:
    """The metric that a grader describes: the mean of its scores."""
    compare = _check(settings.operation) if settings.operation else _similarity(settings.evaluation_metric)
    threshold = settings.pass_threshold

    def score(target: str, answer: str) -> float:
        value = compare(_filled(settings.input, target, answer), _filled(settings.reference, target, answer))
        return value if threshold is None else float(value >= threshold - 1e-12)

    sure = settings.operation is not None or threshold is not None
    return item_mean(settings.name, score, kinds=ALL_KINDS, proportion=sure)


def _filled(template: str, target: str, answer: str) -> str:
    values: dict[str, str] = dict(zip(_VARIABLES, (answer, target), strict=True))
    return _VARIABLE.sub(lambda found: values[found[1]], template)


def _check(operation: Operation) -> Callable[[str, str], float]:
    checks: dict[Operation, Callable[[str, str], bool]] = {
        "eq": lambda text, reference: text == reference,
        "ne": lambda text, reference: text != reference,
        "like": lambda text, reference: reference in text,
        "ilike": lambda text, reference: reference.casefold() in text.casefold(),
    }
    check = checks[operation]
    return lambda text, reference: float(check(text, reference))


def _similarity(name: Similarity | None) -> Callable[[str, str], float]:
    from metier.evaluation.catalogue import METRICS

    if name in (None, "fuzzy_match"):
        return fuzzy_match
    metric = METRICS.get(name)
    return lambda text, reference: metric.point([reference], [text])


def fuzzy_match(text: str, reference: str) -> float:
    """Twice the length of the common subsequence over both lengths, as RapidFuzz's ``ratio``; 1 for two empty texts.

    >>> round(fuzzy_match("this is a test", "this is a test!"), 3)
    0.966
    """
    total = len(text) + len(reference)
    return 2 * common_subsequence(text, reference) / total if total else 1.0
