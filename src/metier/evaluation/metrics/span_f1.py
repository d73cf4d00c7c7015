"""Span F1: pieces of text of the right type in exactly the right place, over all items together.

Equal to seqeval's ``f1_score`` (micro) on the same entities.
"""

from metier.evaluation.scoring.overlap import pooled_f1
from metier.evaluation.scoring.spans import SPAN_KINDS, exact

span_f1 = pooled_f1("span_f1", exact, form="spans", kinds=SPAN_KINDS)
"""Micro-averaged F1 of spans."""
