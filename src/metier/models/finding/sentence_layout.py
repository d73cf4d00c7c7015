"""What a folder in the layout of sentence-transformers says of an embedder: how it pools, and what stands before texts.

Models such as BGE take the first token's vector; E5 and others want ``query: `` before a question and ``passage: ``
before a text. With another pooling, or without these, they find worse, and nothing else tells.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, NamedTuple

from metier.core import ModelError, Problem

_QUESTION, _PASSAGE = ("query", "question"), ("document", "passage", "corpus")


class SentenceLayout(NamedTuple):
    """What is said.

    Attributes:
        pooling: how token vectors become a text's; None: nothing is said.
        question_prefix: stands before a question.
        passage_prefix: stands before a text that is searched.
        trouble: why its vectors cannot be made here; empty where they can.
    """

    pooling: Literal["mean", "first"] | None = None
    question_prefix: str = ""
    passage_prefix: str = ""
    trouble: str = ""


PLAIN = SentenceLayout()
"""Nothing is said."""


def sentence_layout(path: Path) -> SentenceLayout:
    """Read the files of that layout, as far as they are there.

    Args:
        path: the model's folder, perhaps with ``modules.json``, ``1_Pooling/config.json`` and
            ``config_sentence_transformers.json``.

    Raises:
        ModelError: one of them is damaged.
    """
    modules, prompts = _read(path / "modules.json"), _read(path / "config_sentence_transformers.json")
    pooling = _read(path / "1_Pooling" / "config.json")
    asked: Any = prompts.get("prompts") if isinstance(prompts, dict) else None
    modes = [
        key.removeprefix("pooling_mode_")
        for key, value in (pooling.items() if isinstance(pooling, dict) else ())
        if key.startswith("pooling_mode_") and value is True
    ]
    known: dict[str, Literal["mean", "first"]] = {"mean_tokens": "mean", "cls_token": "first"}
    trouble = "" if not modes or (len(modes) == 1 and modes[0] in known) else f"pooling by {' and '.join(modes)}"
    if any(isinstance(one, dict) and str(one.get("type")).endswith(".Dense") for one in modules or ()):
        trouble = "a layer of its own behind the encoder (Dense)"
    pooled = None if trouble or not modes else known[modes[0]]
    return SentenceLayout(pooled, _first(asked, _QUESTION), _first(asked, _PASSAGE), trouble)


def _first(prompts: Any, names: tuple[str, ...]) -> str:
    found = [prompts[name] for name in names if isinstance(prompts, dict) and isinstance(prompts.get(name), str)]
    return found[0] if found else ""


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        remedy = "get the model anew"
        problem = Problem(where=str(file), expected="readable JSON", got=str(error), remedy=remedy)
        raise ModelError([problem]) from None
