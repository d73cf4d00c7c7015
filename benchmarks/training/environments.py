"""Environments of the peers, one virtual environment each, outside the repository.

``python benchmarks/training/environments.py [NAMES] [--cache DIR]`` makes those that are missing (about 2 GB and some
minutes each; they are kept). torch stands first and is held by a constraint, because several peers would replace it.
Metier and the plain Trainer run in the environment that runs the harness: Metier's own.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

TORCH = "torch==2.13.0"


class Environment(NamedTuple):
    """What ``pip`` is asked for, after torch.

    Attributes:
        packages: with their dependencies.
        bare: without their dependencies.
        stubs: modules that a peer imports at its start and never uses in these runs: written empty.
    """

    packages: tuple[str, ...]
    bare: tuple[str, ...] = ()
    stubs: tuple[str, ...] = ()


ENVIRONMENTS = {
    "trl": Environment(("trl==1.16.0", "transformers==5.23.0", "peft==0.21.2", "accelerate==1.15.0")),
    # requests: litgpt imports it after training and does not ask for it.
    "litgpt": Environment(("litgpt==0.5.13", "requests")),
    # torchtune imports torchao.dtypes.nf4tensor, which later torchao no longer has, and does not name torchao.
    "torchtune": Environment(("torchtune==0.6.1",), bare=("torchao==0.9.0",)),
    # Bare, since torchvision and torchaudio would bring a torch of their own; what follows is what its training needs.
    "llamafactory": Environment(
        (
            "accelerate==1.11.0",
            "datasets==4.0.0",
            "einops",
            "fastapi",
            "fire",
            "hf-transfer",
            "matplotlib",
            "modelscope",
            "omegaconf",
            "peft==0.18.1",
            "protobuf",
            "scipy",
            "sentencepiece",
            "sse-starlette",
            "tiktoken",
            "torchdata==0.11.0",
            "transformers==5.6.0",
            "trl==0.24.0",
            "tyro<0.9",
            "uvicorn",
        ),
        bare=("llamafactory==0.9.5",),
        stubs=("torchaudio",),
    ),
}


def default_cache() -> Path:
    """``$XDG_CACHE_HOME/metier-benchmarks``, else ``~/.cache/metier-benchmarks``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "metier-benchmarks"


def python_of(name: str, cache: Path) -> Path:
    """The interpreter of a contender; its environment is made where it is missing or was made by another list."""
    if name not in ENVIRONMENTS:
        return Path(sys.executable)
    folder = cache / "environments" / name
    python, mark = folder / "bin" / "python", folder / "made-from"
    made_from = hashlib.sha256(json.dumps([TORCH, ENVIRONMENTS[name]]).encode()).hexdigest()
    if not mark.is_file() or mark.read_text() != made_from:
        print(f"making the environment of {name} in {folder}", flush=True)
        _make(ENVIRONMENTS[name], folder, python)
        mark.write_text(made_from)
    return python


def _make(environment: Environment, folder: Path, python: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    constraint = folder / "constraint.txt"
    constraint.write_text(f"{TORCH}\n")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--constraint", constraint]
    for asked in ((TORCH,), ("setuptools<81", *environment.packages), ("--no-deps", *environment.bare)):
        if asked != ("--no-deps",):
            subprocess.run([*pip, *asked], check=True)
    for stub in environment.stubs:
        site = next(folder.glob("lib/python*/site-packages"))
        (site / f"{stub}.py").write_text('"""Stands in for a package that is imported and not used."""\n')


def versions(name: str, cache: Path) -> dict[str, str]:
    """Version of every package in a contender's environment that bears on its speed."""
    code = (
        "import importlib.metadata as m, json; "
        "w = 'torch transformers peft accelerate trl litgpt lightning torchtune torchao llamafactory metier'.split(); "
        "print(json.dumps({d.name.lower(): d.version for d in m.distributions() if d.name and d.name.lower() in w}))"
    )
    done = subprocess.run([python_of(name, cache), "-c", code], check=True, capture_output=True, text=True)
    return dict(sorted(json.loads(done.stdout).items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*ENVIRONMENTS, []], default=list(ENVIRONMENTS))
    parser.add_argument("--cache", type=Path, default=default_cache())
    arguments = parser.parse_args()
    for name in arguments.names:
        print(name, versions(name, arguments.cache))


if __name__ == "__main__":
    main()
