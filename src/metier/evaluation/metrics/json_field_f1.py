"""JSON field F1: how many of the wanted fields stand in the answer with the right value, and how many others."""

from metier.evaluation.scoring.overlap import Found, pooled_f1
from metier.evaluation.scoring.structured import fields


def _find(target: str, answer: str) -> Found:
    wanted, given = fields(target), fields(answer)
    return Found((wanted & given).total(), given.total(), wanted.total())


json_field_f1 = pooled_f1("json_field_f1", _find, form="json")
"""Fields are leaves with their paths; items of a list may stand in any order."""
