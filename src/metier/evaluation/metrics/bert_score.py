"""BERTScore: the words of answer and right answer matched by what they mean in their context, F1 of both directions.

Finds paraphrases that n-grams miss; the bundled encoder reads English. Unrelated texts score above 0 (no rescaling), so
look at differences.
"""

from collections.abc import Sequence

import numpy as np

from metier.evaluation.metric import Floats, Metric, first_by_second
from metier.evaluation.scoring.token_matching import MODEL, similarities
from metier.evaluation.statistics.item_mean import TEXT_KINDS


def _statistics(targets: Sequence[str], answers: Sequence[str], labels: Sequence[str]) -> Floats:
    return np.array([(score, 1.0) for score in similarities(targets, answers)]).reshape(-1, 2)


bert_score = Metric(name="bert_score", kinds=TEXT_KINDS, statistics=_statistics, value=first_by_second, model=MODEL)
"""Mean over the items, 0 to 1."""
