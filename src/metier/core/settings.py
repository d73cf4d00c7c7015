"""The base of every settings model, and the translation of pydantic's errors into ours.

A settings model is frozen, refuses unknown keys, and stands beside the thing it configures. One model is the schema of
the YAML recipe, of ``--set`` on the command line and of every other way in.
"""

from __future__ import annotations

import re
from datetime import date
from reprlib import Repr
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError

from metier.core.belonging import belongs, model_in
from metier.core.errors import Problem
from metier.core.expectations import OTHER_KIND, expectation, remedy
from metier.core.names import nearest, suggestion

_OURS = re.compile(r"(.+) \(not (.+)\)", re.DOTALL)
"""Our own complaints may say which part of a value is meant."""

Location = tuple[str | int, ...]


class Settings(BaseModel):
    """A frozen group of settings: unknown keys and infinite numbers are errors, field docstrings are descriptions."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)


def problems_of(error: ValidationError, *, where: str, model: type[BaseModel], prefix: str = "") -> list[Problem]:
    """Every problem in a pydantic error, with its path, what was expected, what came and what to do.

    Args:
        error: what ``model.model_validate`` raised.
        where: the file that the values came from.
        model: the model that was validated; unknown keys are compared with the fields of the group they stand in.
        prefix: path before the model's own (``"data."``).
    """
    found: list[Any] = list(error.errors(include_url=False))
    return [_problem(item, where=where, model=model, prefix=prefix) for item in _one_branch_each(found)]


def _one_branch_each(found: list[Any]) -> list[Any]:
    """Where a text, a group or a list may stand, pydantic complains for each of them: keep what says most.

    A branch that fits the value in kind says what is wrong inside; where none does, one error lists them all.
    """
    places: dict[Location, list[Any]] = {}
    for item in found:
        places.setdefault(_union_at(item["loc"]), []).append(item)
    kept: list[Any] = []
    for place, items in places.items():
        inside = [item for item in items if len(item["loc"]) > len(place) + 1 or item["type"] not in OTHER_KIND]
        if inside or len(items) == 1:
            kept += _meant(inside, place) or items
        else:
            expected = " or ".join(dict.fromkeys(OTHER_KIND[item["type"]] for item in items))
            kept.append({**items[0], "loc": place, "type": "kind", "msg": expected})
    return kept


def _meant(items: list[Any], place: Location) -> list[Any]:
    """Where a word or something else may stand, a text is taken for a wrong word, and the rest for the other thing."""
    words = [item for item in items if item["type"] == "literal_error" and len(item["loc"]) == len(place) + 1]
    others = [item for item in items if item not in words]
    if not words or not others:
        return items
    return words if isinstance(words[0]["input"], str) else others


def _union_at(location: Location) -> Location:
    """The place of the first union on the way, or the whole location where there is none."""
    for depth, part in enumerate(location):
        if _is_union_tag(part):
            return location[:depth]
    return location


def _problem(item: Any, *, where: str, model: type[BaseModel], prefix: str) -> Problem:
    location: Location = item["loc"]
    parts = [str(part) for part in location[:-1] if not _is_union_tag(part)]
    if location and (item["type"] in ("extra_forbidden", "missing") or not _is_union_tag(location[-1])):
        parts.append(str(location[-1]))  # a key of the user's own, whatever it looks like
    path = prefix + ".".join(parts)
    got = "nothing" if item["input"] is None else _short(item["input"])
    context: dict[str, Any] = item.get("ctx", {})
    match item["type"]:
        case "extra_forbidden":
            group = _group_at(model, location[:-1])
            known = list(group.model_fields) if group else []
            name = parts[-1]
            meant = "" if nearest(name, known) else belongs(name, group, model)
            return Problem(
                where=where,
                path=path,
                expected="a known setting" + (f" ({', '.join(sorted(known))})" if known else ""),
                got=f"the unknown key {name!r}",
                remedy=meant or suggestion(name, known),
            )
        case "missing":
            return Problem(
                where=where, path=path, expected="a value", got="nothing", remedy=f"add {parts[-1]!r} to the recipe"
            )
        case "string_type" if isinstance(item["input"], int | float | date):
            return Problem(where=where, path=path, expected="text", got=got, remedy="write it in quotes")
        case "literal_error":
            allowed = [part.strip().strip("'") for part in str(context["expected"]).replace(" or ", ", ").split(",")]
            return Problem(
                where=where,
                path=path,
                expected="one of " + ", ".join(allowed),
                got=got,
                remedy=suggestion(str(item["input"]), allowed),
            )
        case _:
            expected = expectation(item["type"], context, str(item["msg"]))
            if found := _OURS.fullmatch(expected):
                expected, got = found[1], found[2]
            return Problem(where=where, path=path, expected=expected, got=got, remedy=remedy(expected))


def _is_union_tag(part: str | int) -> bool:
    """Pydantic puts the tried type into the path of a union (``function-after[...]``, a class name)."""
    groups = {group.__name__ for group in Settings.__subclasses__()}
    plain = {"str", "float", "int", "bool", *(f"constrained-{kind}" for kind in ("str", "float", "int"))}
    return isinstance(part, str) and ("[" in part or part in groups | plain)


def _group_at(model: type[BaseModel], location: Location) -> type[BaseModel] | None:
    """The group of settings at a place; None where there is none that is known."""
    current: Any = model
    for part in location:
        if _is_union_tag(part):
            current = next((group for group in Settings.__subclasses__() if group.__name__ == part), current)
            continue
        if get_origin(current) is dict:  # the part is a name of the user's own
            current = get_args(current)[1]
            continue
        group = model_in(current)
        if group is None or part not in group.model_fields:
            return None
        current = group.model_fields[str(part)].annotation
    return model_in(current)


_SHORT = Repr()  # looks at the beginning of a large value only
_SHORT.maxstring = _SHORT.maxother = 80
_SHORT.maxdict = _SHORT.maxlist = 6
_SHORT.maxlevel = 3


def _short(value: Any, *, limit: int = 80) -> str:
    text = _SHORT.repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
