"""YAML as recipes need it: what PyYAML's safe loader would take in silence, and no recipe can mean, is an error.

Refused are doubled keys, tags (``!!python/...``), whole numbers of more than 64 bits, and aliases that unfold into more
values than any recipe has.
"""

from __future__ import annotations

from typing import Any

import yaml

MOST_VALUES = 20_000
"""Values that a text may hold, aliases unfolded."""
_INT, _MERGE, _TEXT = (f"tag:yaml.org,2002:{name}" for name in ("int", "merge", "str"))


def parse(text: str) -> Any:
    """The value of a YAML text.

    Raises:
        yaml.YAMLError: it is not YAML, or holds what is refused.

    >>> parse("lora: {rank: 8}")
    {'lora': {'rank': 8}}
    """
    try:
        return yaml.load(text, Loader=_Strict)
    except RecursionError:
        raise yaml.YAMLError("values inside values, too deep to follow") from None
    except ValueError as error:  # 2024-13-45 is written like a date
        raise yaml.YAMLError(str(error)) from error


def explain(error: yaml.YAMLError) -> str:
    """What is wrong and where, on one line."""
    mark = getattr(error, "problem_mark", None)
    place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    lines = str(getattr(error, "problem", None) or error).splitlines()
    return place + (lines[0] if lines else type(error).__name__)


def dump(value: Any) -> str:
    """A value as YAML that :func:`parse` reads back."""
    return yaml.dump(value, Dumper=_Careful, sort_keys=False, allow_unicode=True, width=100)


class _Careful(yaml.SafeDumper):
    """PyYAML's safe dumper writes some line breaks of Unicode (U+0085) so that its loader reads them as others."""

    def represent_text(self, value: str) -> yaml.ScalarNode:
        """A text; in double quotes, where everything can be escaped, if not all of it can be seen."""
        style = None if value.replace("\n", "").isprintable() else '"'
        return self.represent_scalar(_TEXT, value, style=style)


_Careful.add_representer(str, _Careful.represent_text)


class _Strict(yaml.SafeLoader):
    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._values = 0
        self._values_in: dict[int, int] = {}  # id of a finished node: values in it, unfolded

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """A node; counted as often as it is referred to."""
        event: Any = self.peek_event()
        if getattr(event, "tag", None) not in (None, "!"):
            raise _refused("a tag, which recipes have no use for", event)
        before = self._values
        node = super().compose_node(parent, index)
        if not isinstance(event, yaml.AliasEvent):
            self._values += 1
            self._values_in[id(node)] = self._values - before
        elif id(node) in self._values_in:
            self._values += self._values_in[id(node)]
        else:
            raise _refused("an alias inside the value that it stands for", event)
        if self._values > MOST_VALUES:
            raise _refused(f"more than {MOST_VALUES:,} values, with aliases unfolded", event)
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A mapping without doubled keys; keys that differ in type alone (``1``, ``"1"``) are the same."""
        seen: set[str] = set()
        for key_node, _ in node.value:
            if key_node.tag == _MERGE:
                continue
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, list | dict):
                raise _refused("a key that is not a plain word", key_node)
            if str(key) in seen:
                raise _refused(f"the key {str(key)!r} a second time", key_node)
            seen.add(str(key))
        return super().construct_mapping(node, deep)

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        """A whole number of at most 64 bits."""
        value = super().construct_yaml_int(node)
        if value.bit_length() > 63:
            raise _refused("a whole number of more than 64 bits", node)
        return value


_Strict.add_constructor(_INT, _Strict.construct_yaml_int)


def _refused(what: str, where: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=what, problem_mark=where.start_mark)
