"""From ``approaches: auto`` to a recipe that names its approaches."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from math import prod
from pathlib import Path
from typing import Any, NamedTuple, cast

from metier.approaches import Resources
from metier.comparison.planning.panel import Circumstances, Panel, choose_panel
from metier.comparison.recipe import Loaded, Recipe
from metier.comparison.resources import resources_for
from metier.core import Example, Reporter, Silent, Task
from metier.core.artifacts import write_json
from metier.core.said import with_messages
from metier.models import ModelSource
from metier.models.slicing.sizing import memory_of


class Chosen(NamedTuple):
    """A recipe with its approaches, and the panel that they are; None where the recipe names them itself."""

    loaded: Loaded
    panel: Panel | None


def choose_approaches(
    loaded: Loaded,
    task: Task,
    train: Sequence[Example],
    validation: Sequence[Example],
    reporter: Reporter | None = None,
) -> Chosen:
    """Choose the panel where the recipe says ``approaches: auto``.

    Args:
        loaded: the recipe.
        task: what is to be learnt.
        train: rows to learn from.
        validation: rows to choose by.
        reporter: of the resources that are asked for models.
    """
    if not loaded.auto:
        return Chosen(loaded, None)
    recipe = loaded.recipe
    resources = resources_for(loaded, reporter or Silent())
    source = resources.source(None)
    given = Circumstances(
        kind=task.kind,
        rows=len(train),
        validation=len(validation),
        documents=recipe.data.documents is not None,
        family=source.profile.family,
        parameters=_parameters(source),
        embedder=recipe.embedder,
        gpu=_has_gpu(resources),
        limits=recipe.limits,
        memory=memory_of(str(resources.compute.device)),
        few_bits=find_spec("bitsandbytes") is not None and find_spec("kernels") is None,
    )
    panel = choose_panel(given)
    named = {name: settings.model_dump() for name, settings in panel.settings().items()}
    full = Recipe.model_validate({**recipe.model_dump(), "approaches": named})
    return Chosen(Loaded(full, loaded.folder), panel)


def panel_lines(panel: Panel) -> list[str]:
    """The panel as the terminal shows it."""
    lines = ["", "  panel     chosen, because the recipe says `approaches: auto`"]
    lines += [f"    {choice.name:<14}{choice.why}" for choice in panel.chosen]
    return lines + [f"    {one.name:<14}left out: {one.why}" for one in panel.left_out]


def write_panel(run: Path, panel: Panel | None) -> None:
    """Write ``panel.json``; where there is no panel, remove an older one."""
    if panel is None:
        (run / "panel.json").unlink(missing_ok=True)
        return
    chosen = [{"name": choice.name, "why": choice.why} for choice in panel.chosen]
    left_out = [one._asdict() for one in panel.left_out]
    write_json(run / "panel.json", with_messages({"chosen": chosen, "left_out": left_out}))


def _has_gpu(resources: Resources) -> bool:
    return not str(resources.compute.device).startswith("cpu")


def _parameters(source: ModelSource) -> float | None:
    """Counted from the headers of the weight files; None for a hosted model."""
    if source.profile.family == "hosted":
        return None
    from safetensors import safe_open

    total = 0
    for path in sorted(source.path.glob("*.safetensors")):
        with cast(Any, safe_open)(path, framework="np") as file:
            total += sum(prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118 no mapping
    return float(total)
