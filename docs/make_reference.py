"""Write ``docs/reference.md`` from the code: commands with their options, and every setting of the recipe.

``make docs`` runs it; a test fails where the page and the code differ.
"""

import inspect
import types
import typing
from pathlib import Path

import typer
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from metier.approaches import FLOORS
from metier.cli.app import app
from metier.comparison import Recipe
from metier.data import DataSettings, TaskSettings
from metier.evaluation import METRICS
from metier.prompts import SELECTORS
from metier.training import METHODS

PAGE = Path(__file__).parent / "reference.md"


def reference() -> str:
    """The whole page."""
    parts = [
        "# Reference",
        "Made from the code by `make docs`; a test keeps it true.",
        "## Commands",
        *commands(),
        "Exit codes: 0 done, 1 failed while working, 2 the input is wrong, 130 stopped with Ctrl-C (SIGTERM: 0).",
        "## The recipe",
        "One YAML file. Unknown keys are errors. Any setting can be replaced on the command line: "
        "`--set approaches.lora.weights.rank=8`.",
        *settings(Recipe, ""),
        "## Names",
        f"Floors: {names(FLOORS)}. Metrics: {names(METRICS.names())}. Training methods: {names(METHODS.names())}. "
        f"Demonstration selectors: {names(SELECTORS.names())}.",
    ]
    return "\n\n".join(parts) + "\n"


def names(found: typing.Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in found)


def commands() -> list[str]:
    group = typer.main.get_command(app)
    parts: list[str] = []
    for name, command in named_commands(group, "metier"):
        lines = [f"### {name}", inspect.cleandoc(command.help or ""), "| | |\n|---|---|"]
        rows: list[str] = []
        for parameter in command.params:
            shown = " / ".join(parameter.opts + parameter.secondary_opts)
            if parameter.param_type_name == "argument":
                shown = parameter.metavar or (parameter.name or "").upper()
            text = (getattr(parameter, "help", "") or "").replace("|", "\\|")
            rows.append(f"| `{shown}` | {text} |")
        parts += [*lines[:2], "\n".join([lines[2], *rows])]
    return parts


def named_commands(group: typing.Any, name: str) -> list[tuple[str, typing.Any]]:
    """Every command below a group with the words that call it, those of groups within it too."""
    found: list[tuple[str, typing.Any]] = []
    for word, command in group.commands.items():
        inner = hasattr(command, "commands")
        found += named_commands(command, f"{name} {word}") if inner else [(f"{name} {word}", command)]
    return found


def settings(model: type[BaseModel], prefix: str) -> list[str]:
    rows: list[str] = []
    inner: list[tuple[str, type[BaseModel]]] = []
    for name, field in model.model_fields.items():
        text = " ".join((field.description or "").split()).replace("|", "\\|")
        rows.append(f"| `{prefix}{name}` | {default(field.get_default(call_default_factory=True))} | {text} |")
        again = (DataSettings, TaskSettings) if prefix else ()  # of another task: as at the top level
        inner += [(f"{prefix}{name}", found) for found in models_in(field.annotation) if found not in again]
    title = f"### {prefix.removesuffix('.')}" if prefix else "### top level"
    parts = [
        title,
        inspect.cleandoc(model.__doc__ or ""),
        "\n".join(["| setting | default | meaning |", "|---|---|---|", *rows]),
    ]
    for path, found in inner:
        named = path.endswith(("approaches", "hosted.prices", "trackers", ".tasks"))
        parts += settings(found, f"{path}.NAME." if named else f"{path}.")
    return parts


def default(value: object) -> str:
    if value is PydanticUndefined:
        return "required"
    if isinstance(value, BaseModel) or value == {}:
        return ""
    return f"`{'null' if value is None else str(value).lower() if isinstance(value, bool) else value}`"


def models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if typing.get_origin(annotation) in (typing.Union, types.UnionType, dict):
        return [found for part in typing.get_args(annotation) for found in models_in(part)]
    return []


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
    print(PAGE)
