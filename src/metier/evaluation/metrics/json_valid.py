"""JSON validity: the share of answers that are JSON at all; the target is not looked at."""

from metier.evaluation.scoring.structured import NOTHING, parsed
from metier.evaluation.statistics.item_mean import TEXT_KINDS, item_mean

json_valid = item_mean(
    "json_valid",
    lambda target, answer: parsed(answer) is not NOTHING,
    kinds=TEXT_KINDS,
    proportion=True,
    reference=False,
    form="json",
)
"""One pair of code-block marks around the answer is forgiven."""
