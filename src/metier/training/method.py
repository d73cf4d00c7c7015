"""The contract of a fine-tuning method, and the registry of methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from metier.core import Problem, Registry
from metier.models import Family, ModelSource, Profile
from metier.training.course import Course
from metier.training.rows import Row
from metier.training.settings import WeightsSettings


class Defaults(NamedTuple):
    """What a method uses where the recipe is silent.

    Attributes:
        learning_rate: peak rate of AdamW.
        epochs: how often each row is seen.
        batch_size: rows of an optimiser step.
        rank: rank of the update, for methods that have one.
        virtual_tokens: length of the soft prompt, for methods that have one.
        width: hidden width of the models whose rate it is; narrower ones take a higher one. 0: it holds for all.
    """

    learning_rate: float
    epochs: float
    batch_size: int
    rank: int | None = None
    virtual_tokens: int | None = None
    width: int = 0


def _nothing_wrong(settings: WeightsSettings, source: ModelSource) -> list[Problem]:
    return []


def _plain_course(module: Any, settings: WeightsSettings) -> Course:
    return Course()


def every_parameter(name: str) -> bool:
    """For methods in all of whose parameters what is learnt is linear."""
    return True


def upper_matrix(name: str) -> bool:
    """For low-rank updates ``B A``: linear in ``B``."""
    return ".lora_B." in name


def _save(module: Any, settings: WeightsSettings, folder: Path) -> None:
    module.save_pretrained(folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A way to change weights. The file ``methods/NAME.py`` has an object ``method``; its docstring has the sources.

    Attributes:
        defaults_by_family: settings where the recipe is silent; the families are those that the method works for.
        prepare: ``(module, settings, profile)`` to the module to train: exactly what should change requires gradients.
            Random parts use torch's global seed.
        uses: its own settings, by name, of those that only some methods have (:data:`OWN_SETTINGS`).
        frozen_base: True: the base stays as it is, and may be kept in a small number format.
        reads_once: True: an encoder's body stays as it is, and gives a row the same in every epoch.
        same_at_start: True: before the first step, the output is the base's, up to rounding.
        whole: True: it changes the base itself and saves a whole model; False: an adapter beside it.
        continues: True: what it saved can be trained on.
        combines: how several of its adapters make one: ``joined`` (ranks side by side), ``averaged`` (by number), or
            empty: they do not.
        scales: the name of a trained parameter to whether what is learnt is linear in it (the rest staying); an
            encoder's head aside. None: it is not.
        merges: True: what is learnt can be added to the base's weights, and costs nothing when answering.
        look: ``(module, settings, rows, pad)``: a fresh module looks at training rows before it
            begins. None: it does not.
        check: ``(settings, source)`` to what would not work with this model, found without loading it.
        course: ``(module, settings)`` to what it does beside the gradient steps.
        save: ``(module, settings, folder)``: leaves the weights in the Hugging Face or PEFT layout.
    """

    defaults_by_family: Mapping[Family, Defaults]
    prepare: Callable[[Any, WeightsSettings, Profile], Any]
    uses: frozenset[str] = frozenset()
    frozen_base: bool = True
    reads_once: bool = False
    same_at_start: bool = True
    whole: bool = False
    continues: bool = True
    combines: Literal["joined", "averaged", ""] = ""
    scales: Callable[[str], bool] | None = None
    merges: bool = False
    look: Callable[[Any, WeightsSettings, Sequence[Row], int], None] | None = None
    check: Callable[[WeightsSettings, ModelSource], list[Problem]] = _nothing_wrong
    course: Callable[[Any, WeightsSettings], Course] = _plain_course
    save: Callable[[Any, WeightsSettings, Path], None] = _save

    @property
    def families(self) -> tuple[Family, ...]:
        """Model families that it works for."""
        return tuple(self.defaults_by_family)

    def defaults(self, family: Family) -> Defaults:
        """Settings for a family."""
        return self.defaults_by_family[family]


METHODS: Registry[Method] = Registry("metier.training.methods", kind="training method", attribute="method")
"""All methods, by file name."""
