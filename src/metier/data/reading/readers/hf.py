"""``hf://`` names: a data set of the Hugging Face hub, or a folder of its layout, through the package ``datasets``.

``hf://NAME``, ``hf://NAME/CONFIGURATION`` for names that are ``owner/name`` already, ``@REVISION`` behind either. No
remote code is run: ``datasets`` 4 and later does not know how to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

import datasets

from metier.core import DataError, Problem
from metier.data.reading.class_names import named as named_class
from metier.data.reading.source import Row, Source
from metier.data.settings import SPLIT_WORDS


def read(source: Source) -> Iterator[Row]:
    """Rows of every split, with a column ``split`` where there is train and test.

    Class numbers become class names. Pictures and sounds stay undecoded.

    Raises:
        DataError: there is no such data set, or it cannot be reached.
    """
    found = _load(source)
    named = {name: SPLIT_WORDS.get(name.lower()) for name in found}
    divided = {"train", "test"} <= set(named.values())
    number = 0
    for name, rows in found.items():
        if divided and named[name] is None:
            continue
        classes = {key: names for key, kind in rows.features.items() if (names := _names(kind))}
        for values in rows:
            number += 1
            plain = {key: named_class(value, classes.get(key)) for key, value in values.items()}
            yield Row(number=number, values={**plain, "split": named[name]} if divided else plain)


def _load(source: Source) -> Mapping[str, Any]:
    name, _, revision = source.member.partition("@")
    parts = name.split("/")
    configuration = "/".join(parts[2:]) if len(parts) > 2 and not name.startswith("/") else None
    name = "/".join(parts[:2]) if configuration else name
    try:
        found = datasets.load_dataset(name, configuration, revision=revision or None)
    except Exception as error:
        got = f"{type(error).__name__}: {str(error).splitlines()[0][:200] if str(error) else 'no reason given'}"
        remedy = "check the name, the network and HF_HUB_OFFLINE; or save the data set as Parquet and name the file"
        problem = Problem(where=source.name, path="data.examples", expected="a data set", got=got, remedy=remedy)
        raise DataError([problem]) from error
    return cast("Mapping[str, Any]", found)


def _names(kind: Any) -> list[str] | None:
    """Class names of a feature, or of the elements of a list; None for anything else."""
    inner = getattr(kind, "feature", kind)
    return list(inner.names) if isinstance(inner, datasets.ClassLabel) else None
