"""Where a base model comes from: the bundled ones, a folder, or a hub id. Reads configs only; loads no torch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metier.core import ModelError, Problem
from metier.core.artifacts import hash_value
from metier.core.names import suggestion
from metier.models.finding import builtin
from metier.models.finding.fingerprint import folder_fingerprint
from metier.models.finding.profile import Profile, profile_of
from metier.models.finding.sentence_layout import PLAIN, SentenceLayout, sentence_layout
from metier.models.hosting.hosted_settings import is_hosted


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSource:
    """A base model that has been found.

    Attributes:
        name: as the recipe calls it (``builtin``, a path, a hub id).
        path: the local folder in Hugging Face layout.
        profile: what kind of model it is.
        max_tokens: its context window in tokens.
        fingerprint: hash of config, tokenizer and weights (of each tensor three blocks).
        sentence: what an embedder's folder says of pooling and of what stands before texts.
        outputs: of the head on the whole text that its weights have; 0: there is none.
        width: of its hidden states; 0: its config does not say.
    """

    name: str
    path: Path
    profile: Profile
    max_tokens: int
    fingerprint: str
    sentence: SentenceLayout = PLAIN
    outputs: int = 0
    width: int = 0


def locate(name: str, *, folder: Path) -> ModelSource:
    """Find a base model by its name in the recipe.

    Args:
        name: ``builtin``, ``builtin-encoder``, a folder (absolute or relative to ``folder``), a hub id, or
            ``openai:NAME`` (its address and window stand in the recipe).
        folder: where relative paths start: the recipe's folder.

    Raises:
        ModelError: not found, damaged, of no known family, without safetensors, or asking for code of its own.
    """
    if is_hosted(name):
        return ModelSource(
            name=name, path=Path(), profile=Profile(family="hosted"), max_tokens=0, fingerprint=hash_value(name)
        )
    path = builtin.prepare(name) if name in builtin.NAMES else _local(name, folder) or _from_hub(name)
    config = _read_config(path, name)
    profile = profile_of(config, where=str(path / "config.json"))
    sentence = sentence_layout(path) if profile.family == "encoder" else PLAIN
    if sentence.pooling is not None:
        profile = profile.model_copy(update={"pooling": sentence.pooling})
    return ModelSource(
        name=name,
        path=path,
        profile=profile,
        max_tokens=int(config.get("max_position_embeddings") or config.get("n_positions") or 1024),
        fingerprint=_fingerprint(path, sentence),
        sentence=sentence,
        outputs=_outputs(config),
        width=next((size for name in _WIDTHS if isinstance(size := config.get(name), int)), 0),
    )


_WIDTHS = ("hidden_size", "n_embd", "d_model", "dim")
"""What configs call the width of hidden states."""


def _outputs(config: dict[str, Any]) -> int:
    if not str((config.get("architectures") or [""])[0]).endswith("ForSequenceClassification"):
        return 0
    labels = config.get("id2label")
    return len(labels) if isinstance(labels, dict) else int(config.get("num_labels") or 2)


def _local(name: str, folder: Path) -> Path | None:
    try:
        path = (folder / Path(name).expanduser()).resolve()
        found = path if path.is_dir() else None
        is_file = path.is_file()
    except (OSError, RuntimeError, ValueError) as error:  # too long, nobody's home, a null character
        expected, got = "a name, or a path that can be used", getattr(error, "strerror", None) or str(error)
        raise _problem(name, expected=expected, got=got, remedy="correct the path") from None
    if is_file:
        remedy = "give the folder that holds config.json, the tokenizer and *.safetensors"
        raise _problem(name, expected="a folder in Hugging Face layout", got=f"the file {path.name}", remedy=remedy)
    return found


def _problem(name: str, *, expected: str, got: str, remedy: str) -> ModelError:
    return ModelError([Problem(where=f"model {name!r}", expected=expected, got=got, remedy=remedy)])


def _read_config(path: Path, name: str) -> dict[str, Any]:
    file = path / "config.json"
    try:
        config: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise _problem(
            name,
            expected="a folder in Hugging Face layout, with config.json",
            got=f"{path} without config.json",
            remedy="give the folder that holds config.json, the tokenizer and *.safetensors",
        ) from None
    except ValueError as error:
        raise _problem(name, expected="a readable config.json", got=str(error), remedy="get the model anew") from None
    if "auto_map" in config:
        raise _problem(
            name,
            expected="a model that transformers knows by itself",
            got="a config that asks to run code of its own (auto_map)",
            remedy="Metier never runs a model's code: choose another model, or a converted copy of this one",
        )
    if not any(path.glob("*.safetensors")):
        pickled = [item.name for item in path.glob("*.bin")]
        raise _problem(
            name,
            expected="weights as *.safetensors",
            got=f"only {', '.join(pickled)}" if pickled else "no weights",
            remedy="convert the weights to safetensors; pickled weights can run code and are not loaded",
        )
    return config


def _from_hub(name: str) -> Path:
    if name.count("/") != 1 or name.startswith((".", "/", "~")) or "\\" in name:
        raise _problem(
            name,
            expected="builtin, builtin-encoder, a folder, or a hub id such as org/name",
            got=f"{name!r}, which is none of these (no such folder)",
            remedy=suggestion(name, builtin.NAMES),
        )
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=["*.json", "*.safetensors", "*.txt", "*.model", "*.jinja"]))
    except Exception as error:  # the hub client raises a dozen unrelated types for "cannot be had"
        raise _problem(
            name,
            expected="a model on the hub or a local folder",
            got=f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}",
            remedy="check the id and the network, or download it elsewhere and give the folder",
        ) from error


def _fingerprint(path: Path, sentence: SentenceLayout) -> str:
    """Hash of a model's files, and of a way of pooling that stands in none of them."""
    found = folder_fingerprint(path)
    return hash_value([found, sentence.pooling]) if sentence.pooling == "first" else found
