"""A run folder, read into frozen types.

Only ``leaderboard.json`` must be there. Any other piece that is missing or damaged is left out, and the damaged ones
are named in ``Run.unreadable``. ``tests/comparison/report_fixture.py`` writes such folders.
"""

from metier.comparison.report.reading.analysis import Analysis
from metier.comparison.report.reading.answers import Answer, Strain
from metier.comparison.report.reading.data_room import DataRoom, Source
from metier.comparison.report.reading.growth import Growth
from metier.comparison.report.reading.judged import Judged
from metier.comparison.report.reading.leaderboard import Approach, BreakEven, Costs, Difference, Leaderboard, Step
from metier.comparison.report.reading.provenance import Provenance
from metier.comparison.report.reading.retrieval import OracleRuns, Retrieval
from metier.comparison.report.reading.run import Run, read_run

__all__ = [
    "Analysis",
    "Answer",
    "Approach",
    "BreakEven",
    "Costs",
    "DataRoom",
    "Difference",
    "Growth",
    "Judged",
    "Leaderboard",
    "OracleRuns",
    "Provenance",
    "Retrieval",
    "Run",
    "Source",
    "Step",
    "Strain",
    "read_run",
]
