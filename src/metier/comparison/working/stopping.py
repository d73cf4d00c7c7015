"""SIGTERM to a run: the approach that trains is saved, and the run ends well."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

from metier.core import Stopped


@contextmanager
def stopping() -> Generator[None]:
    """Within, SIGTERM raises :class:`~metier.core.Stopped`; outside the main thread it stays as it was."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it often comes twice, to the process and to its group
    raise Stopped("stopped. The same command goes on where it stopped.")
