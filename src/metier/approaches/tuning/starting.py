"""Where a training begins: at the base, or at what another approach or another run has made."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from metier.approaches.resources import Resources
from metier.approaches.settings import ApproachSettings
from metier.approaches.tuning.beginning import Beginning
from metier.core import ModelError, Problem
from metier.core.artifacts import read_json
from metier.core.names import suggestion
from metier.models import ModelSource, grown
from metier.training import (
    METHODS,
    Origin,
    Share,
    WeightsSettings,
    check_origin,
    check_shares,
    inherited,
    planned_origin,
    planned_shares,
    read_origin,
    resolved,
    start_problem,
    write_combined,
)


def beginning(settings: WeightsSettings, source: ModelSource, resources: Resources, folder: Path) -> Beginning:
    """Find and look at what a training begins with; several earlier weights are made one first.

    Args:
        settings: of the training.
        source: the approach's base.
        resources: has the recipe's other approaches.
        folder: the approach's; gets ``start`` with the average of several weights, ``grown`` with a base that has more
            tokens.

    Raises:
        ModelError: the earlier weights are not there, damaged, or do not fit.
    """
    if not settings.starts:
        if settings.new_tokens:
            source = grown(source, settings.new_tokens, folder / "grown")
        return Beginning(resolved(settings, source.profile.family, width=source.width), source, None)
    shares = [Share(read_origin(name, _folder(name, resources)), part) for name, part in settings.starts.items()]
    origin = shares[0].origin
    if len(shares) > 1:
        origins = [share.origin for share in shares]
        if wrong := check_shares(origins):
            raise ModelError(wrong)
        write_combined(shares, folder / "start")
        origin = read_origin(planned_shares(origins).name, folder / "start")
    if wrong := check_origin(settings, origin, source):
        raise ModelError(wrong)
    whole = origin.folder if origin.whole else origin.below
    chosen = resolved(inherited(settings, origin), source.profile.family, width=source.width)
    return Beginning(chosen, replace(source, path=whole) if whole else source, origin)


def tidy(folder: Path) -> None:
    """Remove what a training began with from an approach's folder.

    That is an average, unless an adapter stands on it, and a base with more tokens, whose place the whole model takes.
    """
    shutil.rmtree(folder / "grown", ignore_errors=True)
    training = folder / "weights" / "training.json"
    under = (read_json(training).get("below") or {}).get("folder") if training.is_file() else None
    if under != "../start":
        shutil.rmtree(folder / "start", ignore_errors=True)


def check_start(name: str, settings: ApproachSettings, resources: Resources) -> list[Problem]:
    """What is wrong with the ``weights.start`` of an approach, at paths from ``weights`` on.

    Args:
        name: of the approach.
        settings: its settings; model and method exist.
        resources: has the recipe's other approaches.
    """
    weights = settings.weights
    if weights is None or not weights.starts:
        return []
    if circle := _circle(name, resources.siblings):
        expected = "an approach that can be built first"
        return [start_problem(expected, "a circle: " + " → ".join(circle), "let one of them begin at its base")]
    source = resources.source(settings.model)
    try:
        origins = [_known(start, resources) for start in weights.starts]
    except ModelError as error:
        return list(error.problems)
    if len(origins) == 1:
        return check_origin(weights, origins[0], source)
    wrong = check_shares(origins)
    return wrong or check_origin(weights, planned_shares(origins), source)


def building_order(approaches: Mapping[str, ApproachSettings]) -> list[str]:
    """The names in an order in which everything is built before what begins from it; else as they stand.

    >>> from metier.training import WeightsSettings as W
    >>> late = ApproachSettings(weights=W(start="early"))
    >>> building_order({"late": late, "other": ApproachSettings(), "early": ApproachSettings(weights=W())})
    ['early', 'late', 'other']
    """
    order: list[str] = []
    seen: set[str] = set()

    def add(name: str) -> None:
        if name in seen:
            return
        seen.add(name)
        for earlier in starts_of(approaches[name]):
            if earlier in approaches:
                add(earlier)
        order.append(name)

    for name in approaches:
        add(name)
    return order


def starts_of(settings: ApproachSettings) -> tuple[str, ...]:
    """Names of approaches, or folders, that an approach begins from."""
    weights = [settings.weights] if settings.weights else []
    swept = settings.sweep.over.get("weights.start", ()) if settings.sweep else ()
    weights += [WeightsSettings(start=start) for start in swept if isinstance(start, str | dict)]
    return tuple(dict.fromkeys(name for one in weights for name in one.starts))


def start_fingerprints(settings: ApproachSettings, resources: Resources) -> list[str]:
    """What the weights that an approach begins from are, for the key of its building; empty where there are none."""
    return [read_origin(name, _folder(name, resources)).fingerprint for name in starts_of(settings)]


def _circle(name: str, siblings: Mapping[str, ApproachSettings]) -> list[str]:
    """The way from an approach back to itself; empty where there is none."""
    ways = [[name, start] for start in (starts_of(siblings[name]) if name in siblings else ())]
    seen: set[str] = set()  # a circle that others go round in is told of them
    while ways:
        way = ways.pop(0)
        if way[-1] == name:
            return way
        if way[-1] in siblings and way[-1] not in seen:
            seen.add(way[-1])
            ways += [[*way, start] for start in starts_of(siblings[way[-1]])]
    return []


def _known(name: str, resources: Resources) -> Origin:
    """What is known of earlier weights, made or not made yet.

    Raises:
        ModelError: there are none of that name.
    """
    return _planned(name, resources) or read_origin(name, _folder(name, resources))


def _planned(name: str, resources: Resources) -> Origin | None:
    """What another approach of the recipe will leave; None where there is none of that name.

    Raises:
        ModelError: it leaves no weights, or cannot be known to.
    """
    if name not in resources.siblings:
        return None
    settings = resources.siblings[name]
    source = resources.source(settings.model)
    if settings.weights is None or source.profile.family == "hosted":
        got, remedy = f"{name!r}, which trains nothing", "begin from an approach with weights"
        raise ModelError([start_problem("an approach that leaves weights", got, remedy)])
    weights = settings.weights
    if weights.method not in METHODS.names() or source.profile.family not in METHODS.get(weights.method).families:
        raise ModelError([start_problem("an approach that can be built", f"{name!r}, which cannot", "correct it")])
    if weights.starts and not _circle(name, resources.siblings):
        before = [_known(start, resources) for start in weights.starts]
        weights = inherited(weights, before[0] if len(before) == 1 else planned_shares(before))
    planned = planned_origin(name, resolved(weights, source.profile.family, width=source.width), source)
    swept = settings.sweep.over if settings.sweep else {}  # what a sweep will choose is not known yet
    return replace(planned, fixed={key: value for key, value in planned.fixed.items() if f"weights.{key}" not in swept})


def _folder(name: str, resources: Resources) -> Path:
    """Where the weights of an approach, or those that a path means, are.

    Raises:
        ModelError: there is nothing of that name.
    """
    if name in resources.siblings and resources.built is not None:
        return resources.built / name / "weights"
    folder = (resources.recipe_folder / Path(name).expanduser()).resolve()
    if folder.is_dir():
        return folder / "weights" if (folder / "weights").is_dir() else folder
    expected = "the name of another approach, or a folder of weights"
    remedy = suggestion(name, resources.siblings) if resources.siblings else "give the folder of earlier weights"
    raise ModelError([start_problem(expected, f"{name!r}, which is neither", remedy)])
