"""Names and shapes of a model's weights, read from the headers of its files: no torch, no tensor is loaded."""

from __future__ import annotations

import json
import struct
from pathlib import Path

_LARGEST = 100 << 20  # the format allows no larger header


def tensor_shapes(folder: Path) -> dict[str, tuple[int, ...]]:
    """Shape of every tensor in the ``*.safetensors`` of a folder, by name; unreadable files are passed over."""
    shapes: dict[str, tuple[int, ...]] = {}
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            head = file.read(8)
            size = struct.unpack("<Q", head)[0] if len(head) == 8 else 0
            if not 0 < size <= _LARGEST:
                continue
            try:
                entries = json.loads(file.read(size))
            except ValueError:
                continue
        shapes |= {name: tuple(entry["shape"]) for name, entry in entries.items() if name != "__metadata__"}
    return shapes
