"""Parquet: read in batches, so that a file larger than memory can be looked through."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from metier.core import DataError
from metier.data.reading.class_names import class_names, with_names
from metier.data.reading.source import Row, Source
from metier.data.reading.unreadable import check_names, unreadable

_BATCH = 1_000


def read(source: Source) -> Iterator[Row]:
    """Rows with Parquet's own values, nested ones included; there are no line numbers.

    Class numbers become names where ``datasets`` has left them in the metadata.

    Raises:
        DataError: not Parquet, damaged, without rows, or with two columns of one name.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        with pq.ParquetFile(_file(source)) as file:
            check_names(file.schema_arrow.names, source)
            classes = class_names(file.schema_arrow.metadata)
            for batch in file.iter_batches(batch_size=_BATCH):
                for values in batch.to_pylist():
                    number += 1
                    yield Row(number=number, values=with_names(values, classes))
    except DataError:
        raise
    except (pa.ArrowException, OSError, ValueError, OverflowError, KeyError, TypeError, MemoryError) as error:
        got = f"{type(error).__name__}: {str(error).splitlines()[0][:200] if str(error) else 'unreadable'}"
        raise unreadable(source, "a whole Parquet file", got, "write the file again") from error
    if not number:
        raise unreadable(source, "rows", "a Parquet file without rows", "export the rows again")


def _file(source: Source) -> Any:
    """The path, or the unpacked bytes: Parquet is read from its end."""
    if not source.packing:
        return source.path
    with source.content.open() as file:
        return io.BytesIO(file.read())
