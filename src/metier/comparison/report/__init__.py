"""The report: one self-contained page that a team decides from.

``build_report(run)`` reads a run folder and writes its ``report.html``: no network, no framework, complete without
scripts, readable on a phone and on paper. ``reading`` is the folder as types, ``sections`` what each part shows,
``charts`` the pictures, ``templates`` and ``style`` how it looks.
"""

from metier.comparison.report.page import build_report

__all__ = ["build_report"]
