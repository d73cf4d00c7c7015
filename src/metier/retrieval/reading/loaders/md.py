"""Markdown, perhaps with a YAML block in front (title, readers)."""

from __future__ import annotations

import re
from typing import Any, cast

import yaml

from metier.retrieval.reading.decoding import decode
from metier.retrieval.reading.parsed import Parsed, RefusedError, as_readers

_FRONT = re.compile(r"---[ \t]*\n(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"^#[ \t]+(\S.*?)[ \t]*#*$", re.MULTILINE)
_MOST_FRONT = 1 << 16


def load(content: bytes, *, readers_key: str) -> list[Parsed]:
    """The text below the front matter; the title stands there, or is the first heading of level 1."""
    text = decode(content)
    front: dict[str, Any] = {}
    if found := _FRONT.match(text):
        front, text = _front_matter(found[1]), text[found.end() :]
    heading = _TITLE.search(text)
    title = str(front.get("title") or (heading[1] if heading else ""))
    if not text.strip():
        return []
    return [Parsed(text=text, title=title, readers=as_readers(front.get(readers_key)))]


def _front_matter(block: str) -> dict[str, Any]:
    """Settings between the dashes.

    Raises:
        RefusedError: it is no YAML: it might say who must not read this.
    """
    if len(block) > _MOST_FRONT:
        raise RefusedError("its front matter is longer than 64 KB")
    try:
        values = yaml.safe_load(block)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = str(error).partition("\n")[0]
        raise RefusedError(f"its front matter (between ---) is not readable YAML: {reason}") from None
    return cast(dict[str, Any], values) if isinstance(values, dict) else {}
