"""How good a System is, how sure that is, and what an answer costs.

Metrics are plug-ins (one file each in ``metrics/``) that turn every item into a few numbers and a sum of those into a
value; one bootstrap therefore serves them all. :func:`measure` scores one approach, :func:`compare` several of them in
pairs on the same items, :func:`measure_latency` and :class:`PeakMemory` take the costs. ``tests/evaluation`` shows each
part in use, and has the conformance suite for metrics of your own.
"""

from metier.evaluation.catalogue import METRICS, check_metrics, default_metrics, find_metrics, metric_of
from metier.evaluation.costing.costs import CostsSettings, check_costs, cost_metric
from metier.evaluation.costing.energy import Energy
from metier.evaluation.costing.latency import Latency, Load, measure_latency, measure_load
from metier.evaluation.costing.memory import PeakMemory
from metier.evaluation.measurement import Measured, measure, statistics_of
from metier.evaluation.metric import Metric
from metier.evaluation.own import try_out
from metier.evaluation.scoring.by_class import ClassScore, Confusion, confusion, per_class
from metier.evaluation.scoring.calibration import Bin, Reliability, reliability
from metier.evaluation.scoring.label_sets import per_label
from metier.evaluation.scoring.spans import TypeScore, per_type
from metier.evaluation.settings import EvaluateSettings
from metier.evaluation.statistics.against_best import Comparison, Difference, Pair, compare, compare_pair
from metier.evaluation.statistics.item_mean import item_mean
from metier.evaluation.statistics.learning_curve import (
    CurvePoint,
    Forecast,
    LawPoint,
    LearningCurve,
    Refusal,
    learning_curve,
)
from metier.evaluation.statistics.multiplicity import holm
from metier.evaluation.statistics.plain_mean import mean_of
from metier.evaluation.statistics.power import foreseen_gap, resolvable_gap, units_needed, units_to_tell
from metier.evaluation.statistics.proportions import mcnemar, newcombe, wilson

__all__ = [
    "METRICS",
    "Bin",
    "ClassScore",
    "Comparison",
    "Confusion",
    "CostsSettings",
    "CurvePoint",
    "Difference",
    "Energy",
    "EvaluateSettings",
    "Forecast",
    "Latency",
    "LawPoint",
    "LearningCurve",
    "Load",
    "Measured",
    "Metric",
    "Pair",
    "PeakMemory",
    "Refusal",
    "Reliability",
    "TypeScore",
    "check_costs",
    "check_metrics",
    "compare",
    "compare_pair",
    "confusion",
    "cost_metric",
    "default_metrics",
    "find_metrics",
    "foreseen_gap",
    "holm",
    "item_mean",
    "learning_curve",
    "mcnemar",
    "mean_of",
    "measure",
    "measure_latency",
    "measure_load",
    "metric_of",
    "newcombe",
    "per_class",
    "per_label",
    "per_type",
    "reliability",
    "resolvable_gap",
    "statistics_of",
    "try_out",
    "units_needed",
    "units_to_tell",
    "wilson",
]
