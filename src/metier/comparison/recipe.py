"""The recipe: one YAML file, one frozen model. Every problem in it is found before any work and told together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from metier.approaches import FLOORS, ApproachSettings, SweepSettings
from metier.comparison.settings.curve_settings import CurveSettings
from metier.comparison.settings.judge_settings import JudgeSettings
from metier.comparison.settings.limits import LimitsSettings
from metier.comparison.settings.paths import put
from metier.comparison.settings.prices import PricesSettings
from metier.comparison.settings.strict_yaml import dump, explain, parse
from metier.comparison.trackers import TrackerSettings
from metier.core import Problem, RecipeError, Settings, problems_of
from metier.core.artifacts import read_json
from metier.core.folder_names import trouble
from metier.core.names import nearest
from metier.data.settings import DataSettings, TaskSettings
from metier.evaluation.settings import EvaluateSettings
from metier.models.device import Precision
from metier.models.hosting.hosted_settings import HostedSettings, is_hosted

MOST_BYTES = 1 << 20
"""A recipe is not larger: a file that is was given by mistake, and is not read."""
_CALLED: dict[type, str] = {list: "a list", str: "a text"}


class Recipe(Settings):
    """Everything that a run is told."""

    name: str
    """Name of the run and its folder: letters, digits, dot, dash and underscore."""
    task: TaskSettings = TaskSettings()
    """What is to be learnt."""
    data: DataSettings
    """Where the rows are."""
    model: str = "builtin"
    """Base model of approaches that name none: ``builtin``, ``builtin-encoder``, a folder, a hub id, or
    ``openai:NAME`` for a hosted one (see ``hosted``)."""
    hosted: HostedSettings | None = None
    """Where hosted models live, for approaches that say nothing else."""
    embedder: str = "builtin-encoder"
    """Encoder that compares texts, for nearest neighbours and nearest demonstrations."""
    approaches: dict[str, ApproachSettings] = Field(default_factory=dict)
    """The ways of adapting to compare, by a name of your own; or ``auto``: a panel chosen from the task, the rows, the
    machine and the limits, explained. Floors are always added."""
    sweep: SweepSettings | None = None
    """Sweeps of several approaches said in one place: paths begin with ``approaches.NAME.``, and each approach named so
    is swept by itself over what is said of it, with so many trials. None: only those with a sweep of their own."""
    evaluate: EvaluateSettings = EvaluateSettings()
    """What is measured."""
    curve: CurveSettings | None = None
    """Learning curves of some approaches. None: none."""
    judge: JudgeSettings | None = None
    """A hosted model that compares the recommended approach with another one. None: none."""
    trackers: dict[str, TrackerSettings] = Field(default_factory=dict)
    """Tools that are told of the losses of every training and the measures of each approach: ``tensorboard`` and
    ``mlflow`` (``pip install metier[tensorboard]``, ``metier[mlflow]``), by name. On this machine alone, unless an
    address is given."""
    limits: LimitsSettings = LimitsSettings()
    """What a recommended approach must keep to."""
    prices: PricesSettings = PricesSettings()
    """What is paid for computing."""
    seed: int = Field(default=0, ge=0)
    """Everything random follows from it."""
    device: str = Field(default="auto", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")
    """``auto`` (cuda, else mps, else cpu), or one of these; ``cuda:1`` for the second GPU."""
    precision: Precision = "auto"
    """``auto`` (bfloat16 where the device computes it natively, else float32), ``float32`` or ``bfloat16``."""

    @field_validator("name")
    @classmethod
    def _is_a_folder_name(cls, value: str) -> str:
        if expected := trouble(value):
            raise ValueError(expected)
        return value

    @field_validator("approaches", "trackers", mode="before")
    @classmethod
    def _empty_means_defaults(cls, value: Any) -> Any:
        """``zero-shot:`` with nothing behind it is ``{}``."""
        if not isinstance(value, dict):
            return value
        entries = cast(dict[Any, Any], value)
        return {str(name): {} if settings is None else settings for name, settings in entries.items()}

    @field_validator("approaches")
    @classmethod
    def _names_are_folder_names(cls, value: dict[str, ApproachSettings]) -> dict[str, ApproachSettings]:
        for name in value:
            if expected := trouble(name):
                raise ValueError(f"for every name {expected} (not {name!r})")
        by_folded: dict[str, str] = {name.casefold(): name for name in FLOORS}
        for name in value:
            other = by_folded.setdefault(name.casefold(), name)
            if other != name:  # their folders would be one on many file systems
                raise ValueError(f"names that differ in more than case (not {other!r} and {name!r})")
        return value

    @model_validator(mode="after")
    def _approaches_know_their_sweeps(self) -> Recipe:
        """Give each approach its part of the recipe's ``sweep``."""
        if self.sweep is None:
            return self
        parts: dict[str, dict[str, Any]] = {}
        for path, span in self.sweep.over.items():
            place = path.removeprefix("approaches.")
            names = [name for name in self.approaches if place.startswith(f"{name}.")]
            if place == path or not names:
                raise ValueError(
                    f"sweep.over: paths of settings of an approach, as approaches.NAME.weights.rank (not {path!r})"
                )
            name = max(names, key=len)
            parts.setdefault(name, {})[place.removeprefix(f"{name}.")] = span
        for name, over in parts.items():
            own, theirs = self.approaches[name], self.sweep.model_copy(update={"over": over})
            if own.sweep not in (None, theirs):
                raise ValueError(f"sweep: one sweep of each approach (not another beside that of {name!r})")
            self.approaches[name] = own.model_copy(update={"sweep": theirs})
        return self

    @model_validator(mode="after")
    def _hosted_approaches_know_their_address(self) -> Recipe:
        """Fill in the recipe's ``hosted``, so that every approach says all that its answers depend on."""
        for name, settings in self.approaches.items():
            if name in FLOORS:
                continue
            if settings.hosted is None and (is_hosted(settings.model or self.model) or _is_rewritten(settings)):
                self.approaches[name] = settings = settings.model_copy(update={"hosted": self.hosted})
            weights = settings.weights
            if weights and weights.distill and weights.distill.hosted is None and is_hosted(weights.distill.teacher):
                distill = weights.distill.model_copy(update={"hosted": self.hosted})
                taught = weights.model_copy(update={"distill": distill})
                self.approaches[name] = settings = settings.model_copy(update={"weights": taught})
            augment = settings.augment
            if augment and augment.hosted is None and augment.asks_hosted(self.model):
                made = augment.model_copy(update={"hosted": self.hosted})
                self.approaches[name] = settings.model_copy(update={"augment": made})
        return self


def _is_rewritten(settings: ApproachSettings) -> bool:
    """Whether a hosted model rewrites the approach's instruction."""
    search = settings.prompt.search if settings.prompt else None
    return search is not None and search.rewrite is not None


class Loaded(NamedTuple):
    """A recipe and the folder that its paths are relative to.

    ``auto``: the approaches are still to be chosen (``approaches: auto``), and the recipe has none.
    """

    recipe: Recipe
    folder: Path
    auto: bool = False


def load_recipe(path: Path, overrides: Sequence[str] = ()) -> Loaded:
    """Read a recipe.

    Args:
        path: the YAML file.
        overrides: ``a.b=value`` entries that replace single settings; values are read as YAML.

    Raises:
        RecipeError: everything that is wrong with it.
    """
    content = _read(path)
    for override in overrides:
        _override(content, override)
    auto = content.get("approaches") == "auto"
    if auto:
        content["approaches"] = {}
    try:
        recipe = Recipe.model_validate(content)
    except ValidationError as error:
        raise RecipeError(problems_of(error, where=str(path), model=Recipe)) from None
    return Loaded(recipe, path.resolve().parent, auto)


def recipe_of(run: Path) -> Loaded:
    """The recipe of a finished run, with the folder that its paths are relative to."""
    return Loaded(load_recipe(run / "recipe.yaml").recipe, Path(read_json(run / "run.json")["recipe_folder"]))


def _read(path: Path) -> dict[str, Any]:
    try:
        text = _text(path)
    except FileNotFoundError:
        folder = path.parent if path.parent.is_dir() else Path()
        near = nearest(path.name, [item.name for item in folder.glob("*.y*ml")])
        remedy = f"did you mean {near[0]!r}?" if near else "write one with: metier init --from DATA"
        raise _problem(path, expected="a recipe", got="no such file", remedy=remedy) from None
    except UnicodeDecodeError:
        remedy = "save it as UTF-8 (in PowerShell: Out-File -Encoding utf8)"
        raise _problem(path, expected="a YAML file in UTF-8", got="other bytes", remedy=remedy) from None
    except OSError as error:
        got = "a folder" if path.is_dir() else error.strerror or str(error)
        raise _problem(path, expected="a YAML file", got=got, remedy="give the path of a recipe.yaml") from None
    try:
        content = parse(text)
    except yaml.YAMLError as error:
        got = explain(error)
        remedy = "indent with spaces; YAML allows no tabs there" if "'\\t'" in got else "correct that line"
        raise _problem(path, expected="readable YAML", got=got, remedy=remedy) from None
    if not isinstance(content, dict):
        got = "an empty file" if content is None else _CALLED.get(type(content), "a single value")
        remedy = f"write `key: value` lines; if these are rows, a recipe for them: metier init --from {path.name}"
        raise _problem(path, expected="settings as `key: value`", got=got, remedy=remedy)
    return cast(dict[str, Any], content)


def _text(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        remedy = f"if these are rows, write a recipe for them: metier init --from {path.name}"
        raise _problem(path, expected="a recipe", got=f"a file of more than {MOST_BYTES:,} bytes", remedy=remedy)
    return content.decode("utf-8-sig")


def _problem(path: Path, *, expected: str, got: str, remedy: str) -> RecipeError:
    return RecipeError([Problem(where=str(path), expected=expected, got=got, remedy=remedy)])


def _override(content: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    try:
        value = parse(text)
    except yaml.YAMLError:
        value = text
    if not equals or not put(content, key.strip(), value):
        raise RecipeError(
            [
                Problem(
                    where="--set",
                    expected="key.key=value, such as approaches.lora.weights.rank=8",
                    got=repr(override),
                    remedy="write the path of a setting, an equals sign and a value",
                )
            ]
        )


def as_yaml(recipe: Recipe) -> str:
    """A recipe, complete, as YAML that loads to the same recipe."""
    return dump(recipe.model_dump(mode="json"))
