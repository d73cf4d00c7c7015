"""Reads YAML files of templates. Tags make no objects: promptsource's two mean a mapping, every other is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import yaml

from metier.core import Problem, UserError

MOST_BYTES = 8 << 20
_TAGS = ("!Template", "!TemplateMetadata")


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, which knows two tags more and no merge keys (they can unfold without end)."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Refuse what would be merged."""
        if any(key.tag == "tag:yaml.org,2002:merge" for key, _ in node.value):
            raise yaml.constructor.ConstructorError(None, None, "a merge key (<<)", node.start_mark)


def _mapping(loader: yaml.SafeLoader, node: yaml.Node) -> dict[Any, Any]:
    if not isinstance(node, yaml.MappingNode):
        raise yaml.constructor.ConstructorError(None, None, "a template that is no mapping", node.start_mark)
    return loader.construct_mapping(node, deep=True)


for _tag in _TAGS:
    _Loader.add_constructor(_tag, _mapping)


def read_template_file(path: Path) -> dict[str, Any]:
    """The content of a file of templates.

    Raises:
        UserError: it is not there, too large, not YAML, or holds a tag that would make an object.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise _error(path, "a YAML file of templates", error.strerror or str(error), "check the path") from None
    if len(content) > MOST_BYTES:
        raise _error(path, f"at most {MOST_BYTES:,} bytes", "more", "name a file of templates")
    try:
        found: Any = yaml.load(content.decode("utf-8-sig"), Loader=_Loader)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        said = str(getattr(error, "problem", None) or error).splitlines()
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}: " if mark else ""
        got = place + (said[0] if said else type(error).__name__)
        raise _error(path, "YAML without tags of its own", got, "correct the file") from None
    if not isinstance(found, dict) or not {"templates"} <= set(cast("dict[Any, Any]", found)):
        raise _error(path, "templates under `templates:`", type(found).__name__, "see the guide on templates")
    return {str(key): value for key, value in cast("dict[Any, Any]", found).items()}


def _error(path: Path, expected: str, got: str, remedy: str) -> UserError:
    return UserError([Problem(where=str(path), expected=expected, got=got, remedy=remedy)])
