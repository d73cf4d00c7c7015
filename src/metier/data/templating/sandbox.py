"""Renders templates that may come from anywhere: Jinja2's sandbox, strict undefined, and a list of what is let in.

Nothing is executed but what stands in the list: texts, values of the row, comparisons, conditions, one level of loop
over a list of the row, and filters whose result cannot grow. No attributes of Python objects, no calls but a few
methods of texts, no assignments, macros, imports or includes; no products (``'a' * 10**9``). What is rendered has a
size limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from jinja2 import StrictUndefined, TemplateError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

MOST_CHARACTERS = 1_000_000
"""Longest text that a template may make of a row, and longest value that it is given."""
MOST_ITEMS = 1_000
"""Items that a loop may go through."""
MOST_TEMPLATE_CHARACTERS = 20_000
_MOST_NAMES = 200
_METHODS = frozenset(
    {"lower", "upper", "title", "capitalize", "strip", "lstrip", "rstrip", "split", "splitlines"}
    | {"startswith", "endswith"}
)
_FILTERS = frozenset(
    {"abs", "capitalize", "count", "d", "default", "first", "float", "int", "join", "last", "length", "list", "lower"}
    | {"reverse", "round", "sort", "string", "title", "trim", "truncate", "unique", "upper"}
)
_NODES: tuple[type[nodes.Node], ...] = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.Name, nodes.If, nodes.CondExpr, nodes.For),
    *(nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Filter, nodes.Test, nodes.Getattr),
    *(nodes.Getitem, nodes.Slice, nodes.Concat, nodes.Add, nodes.Sub, nodes.Neg, nodes.Pos, nodes.List, nodes.Tuple),
    *(nodes.Dict, nodes.Pair, nodes.Keyword, nodes.Call),
)
_BOUNDED = "items_of_a_list"


class RefusedTemplateError(ValueError):
    """A template that is not let in, or that cannot be rendered for a row; the message says what stands in the way."""


class Renderer:
    """A checked template.

    Attributes:
        names: what it needs of a row.
    """

    def __init__(self, compiled: Any, names: frozenset[str]) -> None:
        self._compiled, self.names = compiled, names

    def render(self, values: Mapping[str, Any]) -> str:
        """The text for a row.

        Raises:
            RefusedTemplateError: a value is missing or too large, or the text is.
        """
        _check_size(values)
        parts: list[str] = []
        size = 0
        try:
            for part in cast("Iterator[str]", self._compiled.generate(**values)):
                size += len(part)
                if size > MOST_CHARACTERS:
                    raise RefusedTemplateError(f"it makes a text of more than {MOST_CHARACTERS:,} characters")
                parts.append(part)
        except RefusedTemplateError:
            raise
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
            raise RefusedTemplateError(_first_line(error)) from None
        return "".join(parts)


def compile_template(text: str) -> Renderer:
    """Check a template and make it ready.

    Raises:
        RefusedTemplateError: it is not Jinja2, or holds something that is not let in.
    """
    if len(text) > MOST_TEMPLATE_CHARACTERS:
        raise RefusedTemplateError(f"it has more than {MOST_TEMPLATE_CHARACTERS:,} characters")
    environment = _Environment()
    try:
        tree = environment.parse(text)
        _check(tree, environment)
        names = frozenset(meta.find_undeclared_variables(tree))
        code = environment.compile(tree)
    except TemplateError as error:
        raise RefusedTemplateError(_first_line(error)) from None
    except RecursionError:
        raise RefusedTemplateError("it is nested too deeply") from None
    return Renderer(environment.template_class.from_code(environment, cast(Any, code), {}), names)


class _Environment(ImmutableSandboxedEnvironment):
    """Looks into mappings, lists and texts, and into nothing else."""

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_shown)
        self.filters = {name: self.filters[name] for name in _FILTERS}
        self.filters |= {_BOUNDED: _items, "join": _joined}
        self.globals = {}

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Mapping | list | tuple | str):
            from_the_end = isinstance(argument, int) and argument < 0  # of answers, the one before the first is none
            try:
                return self.undefined(obj=obj, name=str(argument)) if from_the_end else obj[argument]
            except (LookupError, TypeError):
                return self.undefined(obj=obj, name=str(argument))
        return self.undefined(obj=obj, name=str(argument))

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Mapping) and attribute in obj:
            return cast("Mapping[str, Any]", obj)[attribute]
        if isinstance(obj, str) and attribute in _METHODS:
            return getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def is_safe_callable(self, obj: Any) -> bool:
        owner = getattr(obj, "__self__", None)
        return isinstance(owner, str) and getattr(obj, "__name__", "") in _METHODS


def _shown(value: Any) -> Any:
    """What may be written out: values, not the machinery behind them."""
    if isinstance(value, StrictUndefined | str | int | float | list | tuple | dict) or value is None:
        return value
    raise RefusedTemplateError(f"a {type(value).__name__} is no text")


def _items(value: Any) -> list[Any]:
    """What a loop goes through: a list of the row, not too long."""
    if not isinstance(value, list | tuple):
        raise RefusedTemplateError(f"a loop over a {type(value).__name__}: loops go through lists of a row")
    items = cast("list[Any]", value)
    if len(items) > MOST_ITEMS:
        raise RefusedTemplateError(f"a loop over {len(items):,} items: at most {MOST_ITEMS:,}")
    return list(items)


def _joined(value: Any, d: str = "") -> str:
    """Texts with ``d`` between them, within the limit."""
    texts = [str(item) for item in _items(value)]
    if sum(map(len, texts)) + len(d) * len(texts) > MOST_CHARACTERS:
        raise RefusedTemplateError(f"it makes a text of more than {MOST_CHARACTERS:,} characters")
    return d.join(texts)


def _check(tree: nodes.Template, environment: _Environment) -> None:
    """Walk the tree; every node must be let in. Loops get their bound here."""
    if sum(1 for _ in tree.find_all(nodes.Name)) > _MOST_NAMES:
        raise RefusedTemplateError(f"it names values more than {_MOST_NAMES} times")
    waiting: list[tuple[nodes.Node, int]] = [(tree, 0)]
    while waiting:
        node, loops = waiting.pop()
        loops += isinstance(node, nodes.For)
        if trouble := _trouble(node, loops):
            raise RefusedTemplateError(f"line {node.lineno}: {trouble} is not let in")
        waiting += [(child, loops) for child in node.iter_child_nodes()]
    for loop in tree.find_all(nodes.For):
        loop.iter = nodes.Filter(loop.iter, _BOUNDED, [], [], None, None, lineno=loop.lineno)
        loop.iter.set_environment(environment)


def _trouble(node: nodes.Node, loops: int) -> str:
    """What is not let in about a node, in words; empty where nothing is."""
    match node:
        case nodes.For() if loops > 1 or node.recursive:
            return "a loop inside a loop"
        case nodes.Filter() if node.name not in _FILTERS:
            return f"the filter {node.name!r}"
        case nodes.Getattr() if node.attr.startswith("_"):
            return f"the attribute {node.attr!r}"
        case nodes.Call():
            target = node.node
            known = isinstance(target, nodes.Getattr) and target.attr in _METHODS
            name = target.name if isinstance(target, nodes.Name) else getattr(target, "attr", "this")
            return "" if known and not node.dyn_args and not node.dyn_kwargs else f"the call of {name!r}"
        case _:
            return "" if isinstance(node, _NODES) else _word(node)


def _check_size(values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if isinstance(value, str) and len(value) > MOST_CHARACTERS:
            raise RefusedTemplateError(f"{name!r} has more than {MOST_CHARACTERS:,} characters")


def _word(node: nodes.Node) -> str:
    words: dict[str, str] = {
        "Mul": "a product",
        "Pow": "a power",
        "Mod": "the operator %",
        "Div": "a division",
        "FloorDiv": "a division",
        "Assign": "{% set %}",
        "AssignBlock": "{% set %}",
        "Macro": "{% macro %}",
        "CallBlock": "{% call %}",
        "Include": "{% include %}",
        "Import": "{% import %}",
        "FromImport": "{% import %}",
        "Extends": "{% extends %}",
        "Block": "{% block %}",
    }
    name = type(node).__name__
    return words.get(name, name)


def _first_line(error: Exception) -> str:
    text = str(error).splitlines()
    return text[0][:200] if text else type(error).__name__
