"""Arrow: the file format and the stream format (which ``datasets`` writes), a batch at a time."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from metier.core import DataError
from metier.data.reading.class_names import class_names, with_names
from metier.data.reading.source import Row, Source
from metier.data.reading.unreadable import check_names, unreadable


def read(source: Source) -> Iterator[Row]:
    """Rows with Arrow's own values, nested ones included; there are no line numbers.

    Class numbers become names where ``datasets`` has left them in the metadata.

    Raises:
        DataError: not Arrow, damaged, without rows, or with two columns of one name.
    """
    import pyarrow as pa

    number = 0
    try:
        for batch in _batches(source):
            check_names(batch.schema.names, source)
            batch.validate(full=True)  # damaged offsets would be read as texts of any length
            classes = class_names(batch.schema.metadata)
            for values in batch.to_pylist():
                number += 1
                yield Row(number=number, values=with_names(values, classes))
    except DataError:
        raise
    except (pa.ArrowException, OSError, ValueError, OverflowError, KeyError, TypeError, MemoryError) as error:
        got = f"{type(error).__name__}: {str(error).splitlines()[0][:200] if str(error) else 'unreadable'}"
        raise unreadable(source, "a whole Arrow file", got, "write the file again") from error
    if not number:
        raise unreadable(source, "rows", "an Arrow file without rows", "export the rows again")


def _batches(source: Source) -> Iterator[Any]:
    import pyarrow as pa

    with source.content.open() as file:
        if not source.packing:
            mapped = pa.memory_map(str(source.path))
        else:
            mapped = pa.BufferReader(io.BytesIO(file.read()).getvalue())
    with mapped:
        if mapped.read(6) == b"ARROW1":
            mapped.seek(0)
            reader = pa.ipc.open_file(mapped)
            yield from (reader.get_batch(place) for place in range(reader.num_record_batches))
        else:
            mapped.seek(0)
            yield from pa.ipc.open_stream(mapped)
