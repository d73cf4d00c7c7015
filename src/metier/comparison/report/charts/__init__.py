"""Charts as inline SVG: pure functions from numbers to markup, one chart a file.

Colours come from the page's style sheet through classes, so that a chart follows light, dark and print. A mark's
meaning is always in its shape as well as in its colour.
"""

from metier.comparison.report.charts.bars import Part, bar
from metier.comparison.report.charts.columns import columns
from metier.comparison.report.charts.curves import curve
from metier.comparison.report.charts.growth import growth
from metier.comparison.report.charts.heatmap import compact_map, labelled_matrix
from metier.comparison.report.charts.intervals import axis_labels, interval
from metier.comparison.report.charts.marks import Mark, legend_mark
from metier.comparison.report.charts.numbers import against
from metier.comparison.report.charts.ranges import Series, ranges
from metier.comparison.report.charts.reliability import Sureness, reliability
from metier.comparison.report.charts.scale import Scale, readable_scale
from metier.comparison.report.charts.scatter import CostAxis, Point, scatter, unbeaten

__all__ = [
    "CostAxis",
    "Mark",
    "Part",
    "Point",
    "Scale",
    "Series",
    "Sureness",
    "against",
    "axis_labels",
    "bar",
    "columns",
    "compact_map",
    "curve",
    "growth",
    "interval",
    "labelled_matrix",
    "legend_mark",
    "ranges",
    "readable_scale",
    "reliability",
    "scatter",
    "unbeaten",
]
