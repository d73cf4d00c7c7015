"""Partial span F1: as span F1, with half a point for a span of the right type that only overlaps."""

from metier.evaluation.scoring.overlap import pooled_f1
from metier.evaluation.scoring.spans import SPAN_KINDS, partial

span_f1_partial = pooled_f1("span_f1_partial", partial, form="spans", kinds=SPAN_KINDS)
"""Micro-averaged F1 of spans, overlaps counting half."""
