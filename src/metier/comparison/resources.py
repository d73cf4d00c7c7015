"""What the approaches of a recipe may use: the one place where the recipe's settings become their resources."""

from __future__ import annotations

from metier.approaches import Resources
from metier.comparison.recipe import Loaded
from metier.core import Reporter


def resources_for(loaded: Loaded, reporter: Reporter) -> Resources:
    """What approaches may use, as the recipe says; nothing is loaded before it is asked."""
    recipe = loaded.recipe
    return Resources(
        reporter=reporter,
        seed=recipe.seed,
        recipe_folder=loaded.folder,
        model=recipe.model,
        embedder=recipe.embedder,
        documents=recipe.data.documents,
        readers=recipe.data.readers,
        device=recipe.device,
        precision=recipe.precision,
        siblings=recipe.approaches,
    )
