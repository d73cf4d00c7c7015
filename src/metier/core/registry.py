"""Plug-ins found by their file's name: no central list, no enum, no edit of an ``__init__``.

A registry stands for a package whose modules are the plug-ins (``evaluation/metrics/accuracy.py`` is ``accuracy``).
``names()`` lists files and entry points without importing them; ``get(name)`` imports that one file and returns its
public object, which has the same name as the file. Third parties add plug-ins by entry points::

    [project.entry-points."metier.evaluation.metrics"]
    my_metric = "my_package.my_metric"
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any, Generic, TypeVar

from metier.core.errors import MissingPackageError, Problem, UnknownNameError
from metier.core.names import suggestion

PluginT = TypeVar("PluginT")


class Registry(Generic[PluginT]):
    """The plug-ins of one kind.

    Args:
        package: dotted name of the package whose modules are the plug-ins; also the entry-point group.
        kind: what one of them is called in messages (``"metric"``).
        attribute: name of the object in each module; None: the module's own name.

    >>> metrics = Registry("metier.evaluation.metrics", kind="metric")
    >>> "accuracy" in metrics.names()
    True
    """

    def __init__(self, package: str, *, kind: str, attribute: str | None = None) -> None:
        self.package = package
        self.kind = kind
        self.attribute = attribute

    @cached_property
    def _files(self) -> set[str]:
        paths = importlib.import_module(self.package).__path__
        return {found.name for found in pkgutil.iter_modules(paths) if not found.name.startswith("_")}

    @cached_property
    def _entry_points(self) -> dict[str, EntryPoint]:
        points: dict[str, EntryPoint] = {}
        for point in entry_points(group=self.package):
            if point.name in points or point.name in self._files:
                first = points[point.name].value if point.name in points else f"{self.package}.{point.name}"
                raise ValueError(
                    f"Two {self.kind} plug-ins are called {point.name!r}: {first} and {point.value}. "
                    "Uninstall one of the packages or rename its entry point."
                )
            points[point.name] = point
        return points

    def names(self) -> list[str]:
        """Every plug-in's name, sorted; imports none of them."""
        return sorted(self._files | self._entry_points.keys())

    def get(self, name: str) -> PluginT:
        """Load one plug-in.

        Raises:
            UnknownNameError: nothing of that name; the message has the nearest names.
            MissingPackageError: the plug-in needs a package that is not installed.
            AttributeError: the file does not define the object that its name promises (a bug in the plug-in).
        """
        if name not in self.names():
            raise UnknownNameError(
                [
                    Problem(
                        where=f"{self.kind} {name!r}",
                        expected=f"the name of a {self.kind}",
                        got=repr(name),
                        remedy=suggestion(name, self.names()),
                    )
                ]
            )
        target = self._entry_points[name].value if name in self._entry_points else f"{self.package}.{name}"
        module = self._import(name, target.partition(":")[0])
        attribute = target.partition(":")[2] or self.attribute or name
        plugin: Any = getattr(module, attribute)
        return plugin

    def _import(self, name: str, target: str) -> ModuleType:
        try:
            return importlib.import_module(target)
        except ModuleNotFoundError as error:
            missing = (error.name or "").partition(".")[0]
            if missing in {"", "metier", target.partition(".")[0]}:
                raise  # our own bug, or the plug-in's: never reported as "not installed"
            raise MissingPackageError(
                f"The {self.kind} {name!r} needs the package {missing!r}, which is not installed. "
                f"Install it with: pip install {missing}"
            ) from error
