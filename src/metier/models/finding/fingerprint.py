"""What a model folder holds, as a hash: small files whole, and of every tensor its first, middle and last numbers.

So gigabytes need no second of reading, and weights that were trained on and saved under the same name are other
weights, also where only their norms or biases learnt.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from metier.core.artifacts import hash_value

_KINDS = frozenset({".json", ".safetensors", ".txt", ".model", ".jinja"})
_HEAD = 1 << 20
"""Bytes at the beginning of weights that are read in any case: their header, as a rule."""
_BLOCK = 4096
_LARGEST_HEADER = 100_000_000
"""Bytes: safetensors' own limit."""


def folder_fingerprint(folder: Path) -> str:
    """Hash of the names, sizes and contents of a model's files.

    Of a tensor three blocks of 4 KiB are read: a change of single numbers inside a larger one may pass unseen.
    """
    return hash_value([_file_facts(file) for file in sorted(folder.iterdir()) if file.suffix in _KINDS])


def _file_facts(file: Path) -> tuple[str, int, str]:
    """Name, bytes, and SHA-256 of what was read."""
    with file.open("rb") as opened:
        size = os.fstat(opened.fileno()).st_size
        if file.suffix != ".safetensors":
            return file.name, size, hashlib.file_digest(opened, "sha256").hexdigest()
        told = hashlib.sha256(opened.read(_HEAD))
        for place in _sampled(opened, size):
            opened.seek(place)
            told.update(opened.read(_BLOCK))
    return file.name, size, told.hexdigest()


def _sampled(opened: BinaryIO, size: int) -> Iterator[int]:
    """Where the blocks to be read begin, ascending; none where the header is damaged, which loading will say.

    A header is eight bytes of length, little end first, and JSON (https://github.com/huggingface/safetensors#format).
    """
    opened.seek(0)
    length = int.from_bytes(opened.read(8), "little")
    if length > min(size, _LARGEST_HEADER):
        return
    try:
        header = cast(dict[str, Any], json.loads(opened.read(length)))
        spans = sorted(tuple(map(int, tensor["data_offsets"])) for name, tensor in header.items() if name[:2] != "__")
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return
    for start, end in (span for span in spans if len(span) == 2 and 0 <= span[0] <= span[1] <= size):
        last = max(start, end - _BLOCK)
        yield from (8 + length + place for place in sorted({start, (start + last) // 2, last}))
