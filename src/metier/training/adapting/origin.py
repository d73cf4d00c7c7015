"""What is known of earlier weights before they are loaded, and whether a training can begin from them.

Two kinds: an *adapter* is trained on (its method and shape stay), or is added to the base where the new method changes
the base itself; a *whole model* takes the base's place, whatever the new method is.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metier.core import IntegrityError, ModelError, Problem
from metier.core.artifacts import check_manifest, hash_file, hash_value, read_json, write_json, write_manifest
from metier.models import ModelSource, tensor_shapes
from metier.training.method import METHODS
from metier.training.settings import WeightsSettings

ADAPTER, WHOLE, TRAINING = "adapter_config.json", "config.json", "training.json"
_METHODS = {"LORA": "lora", "VERA": "vera", "IA3": "ia3", "LN_TUNING": "layer_norm", "PROMPT_TUNING": "prompt_tuning"}
"""Methods of adapters that something else than Metier has made, by PEFT's names."""
_NAMES = {"r": "rank", "lora_alpha": "alpha", "use_rslora": "rank_stabilised", "num_virtual_tokens": "virtual_tokens"}
"""Our names of what an adapter's file says about its shape."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Earlier weights.

    Attributes:
        name: as the recipe calls them.
        method: what made them; empty for a whole model, and where it is not known.
        whole: True: a whole model; False: an adapter.
        fixed: settings that an adapter's shape decides, by name: a training that goes on with it takes them.
        base: fingerprint of the recipe's base that they come from; empty where it is not known.
        below: the whole model that an adapter stands on, where that is not the recipe's base.
        bits: number format of the base that an adapter was trained on; None: a whole one.
        folder: where they are. None: not made yet (an approach of the same recipe).
        fingerprint: hash of their files; empty where they are not made yet.
        answers: what the outputs of an encoder's head stand for; empty where that is not known.
        rows: training rows that they have learnt from.
        new_tokens: tokens that their vocabulary has beside the base's.
    """

    name: str
    method: str
    whole: bool
    fixed: Mapping[str, Any]
    base: str = ""
    below: Path | None = None
    bits: int | None = None
    folder: Path | None = None
    fingerprint: str = ""
    answers: tuple[str, ...] = ()
    rows: int = 0
    new_tokens: tuple[str, ...] = ()


def planned_origin(name: str, settings: WeightsSettings, source: ModelSource) -> Origin:
    """What an approach of the same recipe will leave.

    Args:
        name: of the approach.
        settings: its weights, resolved.
        source: its base model.
    """
    method = METHODS.get(settings.method)
    shape = {item: getattr(settings, item) for item in (*_NAMES.values(), "targets") if item in method.uses}
    if settings.init in ("pissa", "olora"):  # what was taken out of the base is put into the adapter (methods/lora.py)
        shape |= {"rank": 2 * shape["rank"], "alpha": (2**0.5 if settings.rank_stabilised else 2) * shape["alpha"]}
    bits = settings.bits if "bits" in method.uses else None
    return Origin(
        name=name,
        method=settings.method,
        whole=method.whole,
        fixed=shape,
        base=source.fingerprint,
        bits=bits,
        new_tokens=settings.new_tokens,
    )


def read_origin(name: str, folder: Path) -> Origin:
    """Look at a folder of weights: a PEFT adapter, or a whole model in Hugging Face layout.

    Raises:
        ModelError: it is neither, or damaged.
    """
    if not any((folder / file).is_file() for file in (ADAPTER, WHOLE)) or not any(folder.glob("*.safetensors")):
        expected = f"earlier weights: a folder with {ADAPTER} or {WHOLE}, and *.safetensors"
        raise ModelError([start_problem(expected, f"{name!r} ({folder}) without them", "give the folder of weights")])
    if (folder / "manifest.json").is_file() and (damage := check_manifest(folder)):
        raise ModelError([start_problem("weights as they were written", damage, "make them anew")])
    try:
        trained = read_json(folder / TRAINING) if (folder / TRAINING).is_file() else {}
        adapter = read_json(folder / ADAPTER) if (folder / ADAPTER).is_file() else None
    except IntegrityError as error:
        raise ModelError([start_problem("readable settings", str(error), "make these weights anew")]) from None
    settings = WeightsSettings.model_validate(trained["settings"]) if trained else None
    method = settings.method if settings else _METHODS.get((adapter or {}).get("peft_type", ""), "")
    return Origin(
        name=name,
        method="dora" if adapter and adapter.get("use_dora") else method,
        whole=adapter is None,
        fixed=_shape(adapter, settings, method) if adapter else {},
        base=trained.get("base_fingerprint", ""),
        below=below(folder, trained),
        bits=settings.bits if settings and method and "bits" in METHODS.get(method).uses else None,
        folder=folder,
        fingerprint=fingerprint(folder),
        answers=tuple(trained.get("answers", ())),
        rows=trained.get("rows", 0),
        new_tokens=tuple(trained.get("new_tokens", ())),
    )


def _shape(adapter: Mapping[str, Any], settings: WeightsSettings | None, method: str) -> dict[str, Any]:
    uses = METHODS.get(method).uses if method else frozenset[str]()
    shape = {ours: adapter[theirs] for theirs, ours in _NAMES.items() if ours in uses and theirs in adapter}
    if "targets" in uses:
        named: Any = adapter.get("target_modules")
        plain = isinstance(named, list) and not any("." in name for name in named)  # parts of paths are the profile's
        shape["targets"] = settings.targets if settings else tuple(sorted(named)) if plain else None
    return shape


def below(folder: Path, trained: Mapping[str, Any]) -> Path | None:
    """The whole model that the adapter in ``folder`` stands on; None: the recipe's base.

    Raises:
        ModelError: it is not there any more, or has changed.
    """
    stored = trained.get("below")
    if not stored:
        return None
    found = Path(os.path.normpath(folder / stored["folder"]))
    if not (found / WHOLE).is_file() or fingerprint(found) != stored["fingerprint"]:
        got = "none" if not found.is_dir() else "other weights"
        remedy = "put them back, or build this approach again"
        raise ModelError([start_problem(f"the model that {folder} was trained on, in {found}", got, remedy)])
    return found


def stands_on(found: Path, folder: Path) -> dict[str, str]:
    """How ``training.json`` in ``folder`` names the whole model below an adapter: :func:`below` reads it.

    Within a run the path is relative, so that the run may be moved.
    """
    found, folder = found.resolve(), folder.resolve()
    same_run = found.is_relative_to(folder.parent.parent)
    return {"folder": os.path.relpath(found, folder) if same_run else str(found), "fingerprint": fingerprint(found)}


def rest_on(folder: Path) -> None:
    """After ``folder`` has been moved within its run: say again where the model below its adapter is."""
    trained = read_json(folder / TRAINING)
    if not trained.get("below"):
        return
    trained["below"] = stands_on(Path(os.path.normpath(folder / trained["below"]["folder"])), folder)
    write_json(folder / TRAINING, trained)
    write_manifest(folder)


def fingerprint(folder: Path) -> str:
    """Hash of what the weights are; the same training done again has the same."""
    files = [*sorted(folder.glob("*.safetensors")), *filter(Path.is_file, (folder / ADAPTER, folder / WHOLE))]
    return hash_value({file.name: hash_file(file) for file in files})


def inherited(settings: WeightsSettings, origin: Origin) -> WeightsSettings:
    """The settings with what the earlier adapter's shape decides, where the recipe says nothing else."""
    if not _goes_on(settings, origin):
        return settings
    fields = WeightsSettings.model_fields
    left_open = [name for name in origin.fixed if getattr(settings, name) == fields[name].default]
    return settings.model_copy(update={name: origin.fixed[name] for name in left_open})


def check_origin(settings: WeightsSettings, origin: Origin, source: ModelSource) -> list[Problem]:
    """Why a training cannot begin from these weights.

    Args:
        settings: of the training; its method exists.
        origin: the earlier weights.
        source: the base of the approach.
    """
    if settings.init != "zero":
        got, remedy = f"init: {settings.init!r} beside start", "leave one of the two out"
        return [_problem("init", "one beginning: earlier weights already are one", got, remedy)]
    if origin.base and origin.base != source.fingerprint:
        got = f"{origin.name!r}, which was made of another one"
        return [start_problem(f"weights of the same base model, {source.name!r}", got, "name their base as the model")]
    if origin.whole:
        return _other_architecture(origin, source)
    if METHODS.get(settings.method).whole:
        return _cannot_be_added(origin)
    return _other_method(settings, origin) or _other_shape(settings, origin)


def _other_architecture(origin: Origin, source: ModelSource) -> list[Problem]:
    if origin.folder is None:
        return []
    heads = (*source.profile.head, *source.profile.other_head)
    theirs = tensor_shapes(origin.folder)
    if origin.new_tokens:  # its embeddings are longer, which its own tokenizer knows
        theirs |= _as_short(theirs, tensor_shapes(source.path))
    missing = _unmatched(tensor_shapes(source.path), theirs, heads)
    if not missing:
        return []
    expected = f"a whole model of the architecture and size of {source.name!r}"
    got = f"{origin.name!r}, whose tensors differ, such as {missing[0]}"
    return [start_problem(expected, got, "name the model that these weights were made of, or other weights")]


def _as_short(theirs: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The base's shape of each tensor that has more rows than there."""
    longer: dict[str, Any] = {}
    for name, shape in theirs.items():
        mine = own.get(name) or own.get(name.split(".", 1)[-1]) or shape
        if len(shape) == 2 and shape[1] == mine[1] and shape[0] > mine[0]:
            longer[name] = mine
    return longer


def _unmatched(own: Mapping[str, Any], theirs: Mapping[str, Any], heads: tuple[str, ...]) -> list[str]:
    """Tensors of the base that the other model does not have in that shape; prefixes of bodies and heads aside."""
    found = {(name.split(".", 1)[-1], shape) for name, shape in theirs.items()} | {*theirs.items()}
    body = {name: shape for name, shape in own.items() if not any(f".{head}." in f".{name}" for head in heads)}
    return [
        name
        for name, shape in body.items()
        if not {(name, shape), (name.split(".", 1)[-1], shape)} & found and not _before_words(name)
    ]


def _before_words(name: str) -> bool:
    """Whether a tensor stands before the vocabulary: shared with the embeddings, or one that only some models save."""
    return "lm_head" in name or name.startswith(("cls.", "vocab_", "decoder.bias"))


def _cannot_be_added(origin: Origin) -> list[Problem]:
    """An adapter goes into the base where the new method changes the base itself."""
    if origin.method and METHODS.get(origin.method).merges and origin.bits is None:
        return []
    expected = "an adapter that can be added to the base, which this method then changes"
    got = f"{origin.name!r}, made by {origin.method or 'a method that is not known'}"
    return [start_problem(expected, got, "begin from a lora adapter or a whole model, or go on with the same method")]


def _other_method(settings: WeightsSettings, origin: Origin) -> list[Problem]:
    if not METHODS.get(settings.method).continues:
        expected = "a method whose saved weights can be trained on"
        got = f"{settings.method!r}, which saves only what came out of its training"
        return [_problem("method", expected, got, "begin from a whole model, or use another method")]
    if not _goes_on(settings, origin):
        expected = f"the method that made {origin.name!r}"
        expected += f", {origin.method}" if origin.method else ", which is not one that can be gone on with"
        remedy = f"use method: {origin.method or 'lora'}, or a method that changes the base itself, such as full"
        return [_problem("method", expected, repr(settings.method), remedy)]
    bits = settings.bits if "bits" in METHODS.get(settings.method).uses else None
    if bits != origin.bits:
        return [_problem("bits", f"the {origin.bits} bits that {origin.name!r} learnt with", str(bits), "use these")]
    return []


def _other_shape(settings: WeightsSettings, origin: Origin) -> list[Problem]:
    fields = WeightsSettings.model_fields
    return [
        _problem(
            name,
            f"{value!r}, as the adapter of {origin.name!r} has it",
            repr(getattr(settings, name)),
            f"leave {name} out",
        )
        for name, value in origin.fixed.items()
        if getattr(settings, name) not in (value, fields[name].default)
    ]


def _goes_on(settings: WeightsSettings, origin: Origin) -> bool:
    return not origin.whole and origin.method == settings.method


def start_problem(expected: str, got: str, remedy: str) -> Problem:
    """A problem of ``weights.start``."""
    return _problem("start", expected, got, remedy)


def _problem(path: str, expected: str, got: str, remedy: str) -> Problem:
    return Problem(where="recipe", path=f"weights.{path}", expected=expected, got=got, remedy=remedy)
