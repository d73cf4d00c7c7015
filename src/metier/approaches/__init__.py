"""Approaches: prompts, weights and models joined into Systems, and the honest floors.

``kind_of`` says which kind of System an entry of the recipe makes; ``build`` and ``load`` go through it. A new kind is
one file in ``kinds/``.
"""

from metier.approaches.build import FLOORS, UNCHANGED, applies, build, check, floors_for, kind_of, load
from metier.approaches.checking_rows import answers_to_try, check_rows
from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.approaches.sweeping.settings import SweepSettings
from metier.approaches.system import KINDS, Built, Kind, System, TokenCount, Writer
from metier.approaches.tuning.learning import unestimated
from metier.approaches.tuning.outside import outside_inputs
from metier.approaches.tuning.starting import building_order, start_fingerprints, starts_of

__all__ = [
    "FLOORS",
    "KINDS",
    "UNCHANGED",
    "ApproachSettings",
    "Built",
    "Kind",
    "Resources",
    "SweepSettings",
    "System",
    "TokenCount",
    "Writer",
    "answers_to_try",
    "applies",
    "build",
    "building_order",
    "check",
    "check_rows",
    "floors_for",
    "kind_of",
    "load",
    "outside_inputs",
    "start_fingerprints",
    "starts_of",
    "unestimated",
]
