"""The main job: a recipe in, a compared, explained and usable result out.

``run`` does what a recipe says, ``check_recipe`` says what it would do, ``draft_recipe`` writes one by looking at data,
``predict`` answers new rows, ``build_report`` makes the page again,
``Watcher`` tells how far a run is. Loaded when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from metier.comparison.checking import Checked, check_recipe
    from metier.comparison.demo import demo_recipe
    from metier.comparison.planning.drafting import Drafted, draft_recipe
    from metier.comparison.recipe import Recipe, load_recipe
    from metier.comparison.report import build_report
    from metier.comparison.running import Finished, run
    from metier.comparison.using.folded import Folded, folds_of_one
    from metier.comparison.using.other_limits import what_if
    from metier.comparison.using.predicting import check_run, load_system, predict
    from metier.comparison.using.versus import Compared, compare_runs
    from metier.comparison.using.watching import Progress, Watcher

_HOMES = {
    "Checked": "checking",
    "Compared": "using.versus",
    "Drafted": "planning.drafting",
    "Finished": "running",
    "Folded": "using.folded",
    "Progress": "using.watching",
    "Recipe": "recipe",
    "Watcher": "using.watching",
    "build_report": "report",
    "check_recipe": "checking",
    "check_run": "using.predicting",
    "compare_runs": "using.versus",
    "demo_recipe": "demo",
    "draft_recipe": "planning.drafting",
    "folds_of_one": "using.folded",
    "load_recipe": "recipe",
    "load_system": "using.predicting",
    "predict": "using.predicting",
    "run": "running",
    "what_if": "using.other_limits",
}

__all__ = [
    "Checked",
    "Compared",
    "Drafted",
    "Finished",
    "Folded",
    "Progress",
    "Recipe",
    "Watcher",
    "build_report",
    "check_recipe",
    "check_run",
    "compare_runs",
    "demo_recipe",
    "draft_recipe",
    "folds_of_one",
    "load_recipe",
    "load_system",
    "predict",
    "run",
    "what_if",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its home on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
