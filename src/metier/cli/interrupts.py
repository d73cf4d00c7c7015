"""Ctrl-C before anything has begun: while the program loads there is nothing to save, and nothing to catch it yet."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType

STOPPED = 130
"""Exit code of a program that Ctrl-C ended, as shells know it."""


def wait() -> None:
    """From here on Ctrl-C ends the process at once, in plain words, wherever it is in loading."""
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _end)


def begin() -> None:
    """From here on Ctrl-C is a :class:`KeyboardInterrupt`, and whoever works may save what was done."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(number: int, frame: FrameType | None) -> None:
    os.write(2, b"metier: stopped.\n")
    os._exit(STOPPED)
