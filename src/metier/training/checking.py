"""What is wrong with a ``weights`` section for a model: found from settings and files, without loading the model."""

from __future__ import annotations

from metier.core import Problem
from metier.core.names import suggestion
from metier.models import ModelSource
from metier.training.method import METHODS, Method
from metier.training.settings import OWN_SETTINGS, WeightsSettings


def check_method(settings: WeightsSettings, source: ModelSource) -> list[Problem]:
    """Problems, at paths from ``weights`` on: an unknown method, one that does not apply, settings it does not have."""
    if settings.method not in METHODS.names():
        expected, remedy = "one of " + ", ".join(METHODS.names()), suggestion(settings.method, METHODS.names())
        return [_problem("method", expected, repr(settings.method), remedy)]
    method = METHODS.get(settings.method)
    if source.profile.family not in method.families:
        return [
            _problem(
                "method",
                f"a method for {source.profile.family} models, which {source.name!r} is",
                f"{settings.method!r}, which works for {' and '.join(method.families)} models",
                "choose another method or another model",
            )
        ]
    pairs = [*_no_pairs(source), *_no_reference(settings, method)] if settings.preference else []
    return [
        *_not_its_own(settings, method),
        *method.check(settings, source),
        *pairs,
        *_around_training(settings, method),
    ]


def _around_training(settings: WeightsSettings, method: Method) -> list[Problem]:
    """What comes before and after the steps."""
    problems: list[Problem] = []
    if settings.epochs == 0 and not settings.start:
        got, remedy = "0 epochs, and no start", "give epochs, or name what to begin from"
        problems.append(_problem("epochs", "something to learn, or earlier weights", got, remedy))
    if settings.start == {}:
        problems.append(_problem("start", "what to begin from", "nothing", "name it, or leave start out"))
    if settings.scales and method.scales is None:
        able = ", ".join(name for name in METHODS.names() if METHODS.get(name).scales)
        got = f"scale beside {settings.method!r}, whose output is not linear in what it learns"
        problems.append(_problem("scale", f"one of {able}", got, "leave scale out, or use one of these"))
    if settings.scales and settings.init not in ("zero", "eva"):
        got = f"init: {settings.init!r}, which moves a part of the base into the adapter"
        problems.append(_problem("scale", "an update that begins at nothing", got, "leave init or scale out"))
    return problems


def _no_reference(settings: WeightsSettings, method: Method) -> list[Problem]:
    """The reference of a preference loss is the model before training, which must be the base."""
    if method.same_at_start or not settings.preference or not settings.preference.needs_reference:
        return []
    expected = "a method whose model before training is the base, for this preference loss compares with it"
    got = f"{settings.method!r}, which starts from virtual tokens drawn at random"
    return [_problem("method", expected, got, "use method: lora, or a preference loss that needs no reference")]


def _no_pairs(source: ModelSource) -> list[Problem]:
    """Preference losses compare what a model would write; only causal models write here."""
    if source.profile.family == "causal":
        return []
    expected = f"a causal model, which {source.name!r} is not"
    return [_problem("preference", expected, "a preference loss", "leave it out, or choose a causal model")]


def _not_its_own(settings: WeightsSettings, method: Method) -> list[Problem]:
    """Settings that only other methods have."""
    fields = WeightsSettings.model_fields
    given = [name for name in sorted(OWN_SETTINGS - method.uses) if getattr(settings, name) != fields[name].default]
    own = f"settings of {settings.method}: " + (", ".join(sorted(method.uses)) or "none but those of every method")
    return [
        _problem(name, own, f"{name}: {getattr(settings, name)!r}, which it does not have", "leave it out")
        for name in given
    ]


def _problem(path: str, expected: str, got: str, remedy: str) -> Problem:
    return Problem(where="recipe", path=f"weights.{path}", expected=expected, got=got, remedy=remedy)
