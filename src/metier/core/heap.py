"""Memory that was freed and that the C library still keeps: given back between two pieces of work."""

from __future__ import annotations

import ctypes
import gc
import sys
from contextlib import suppress


def give_back() -> None:
    """Collect what is unreachable and return free pages to the system; without glibc, collect alone.

    A training leaves hundreds of megabytes in glibc's heap (``malloc_trim(3)``): without this they would be kept from
    others, and counted, while nothing but answering goes on.
    """
    gc.collect()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
