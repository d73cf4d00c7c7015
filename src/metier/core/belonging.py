"""Where a setting belongs that stands in the wrong group: ``rank`` of an approach is ``weights.rank``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args, get_origin

from pydantic import BaseModel

MOST_PLACES = 2
"""A name that is known in more places (``rows``) says nothing about which one is meant."""
_DEEPEST = 5
_OWN = "NAME."


def model_in(annotation: Any) -> type[BaseModel] | None:
    """The settings model that an annotation holds, if any."""
    stack: list[Any] = [annotation]
    while stack:
        candidate = stack.pop()
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
        stack.extend(get_args(candidate))
    return None


def places_of(name: str, group: type[BaseModel]) -> list[str]:
    """Paths of the settings of this name in a group and the groups in it; of these the least deep ones alone.

    Names of the user's own stand as ``NAME``.
    """
    level: list[tuple[str, type[BaseModel]]] = [("", group)]
    for _ in range(_DEEPEST):
        found = [f"{path}{name}" for path, model in level if name in model.model_fields]
        if found:
            return found
        level = [inner for path, model in level for inner in _groups_in(path, model)]
    return []


def _groups_in(path: str, model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    for field, about in model.model_fields.items():
        inner = model_in(about.annotation)
        if inner is not None and inner is not model:
            yield f"{path}{field}.{_OWN if _is_named(about.annotation) else ''}", inner


def _is_named(annotation: Any) -> bool:
    """Whether an annotation is a mapping from names of the user's own, perhaps among others."""
    return get_origin(annotation) is dict or any(map(_is_named, get_args(annotation)))


def belongs(name: str, group: type[BaseModel] | None, top: type[BaseModel]) -> str:
    """Where a key that its group does not know is meant to stand, as a remedy; empty where that cannot be told.

    Args:
        name: the key.
        group: in which it stood.
        top: the whole.
    """
    inside = places_of(name, group) if group is not None and group is not top else []
    inside = [place for place in inside if _OWN not in place]  # nobody can say which of the user's names is meant
    if 0 < len(inside) <= MOST_PLACES:
        return f"write it as {' or '.join(f'{place!r}' for place in inside)}"
    anywhere = places_of(name, top)
    if not 0 < len(anywhere) <= MOST_PLACES:
        return ""
    if anywhere == [name]:
        return f"write {name!r} at the top of the recipe, not indented"
    return f"it belongs elsewhere: {' or '.join(f'{place!r}' for place in anywhere)}"
