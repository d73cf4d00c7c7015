"""Freed memory goes back to the system."""

import sys
from pathlib import Path

import pytest

from metier.core.heap import give_back

BLOCK, BLOCKS = 1 << 14, 6000
"""Pieces that the C library keeps in its heap: too small to be mapped by themselves."""


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(sys.platform != "linux", reason="resident memory is read from /proc")
def test_what_was_freed_is_no_longer_resident() -> None:
    pieces = [bytearray(b"x") * BLOCK for _ in range(BLOCKS)]
    last = bytearray(b"x") * BLOCK  # the heap's end stays in use, so that nothing goes back by itself
    held = resident()
    del pieces
    give_back()
    assert resident() < held - BLOCK * BLOCKS / 2
    assert len(last) == BLOCK
