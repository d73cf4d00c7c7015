"""SIGTERM while training: the current weights are saved, and the process ends well (batch systems and containers)."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType

from metier.core import Stopped


class StopRequest:
    """A context within which SIGTERM is noted instead of obeyed; :meth:`check` is asked where nothing is half done.

    Outside the main thread, where Python allows no handlers, it changes nothing.
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: object = None
        self._active = threading.current_thread() is threading.main_thread()

    def __enter__(self) -> StopRequest:
        if self._active:
            self._before = signal.signal(signal.SIGTERM, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._active:
            signal.signal(signal.SIGTERM, self._before)  # pyright: ignore[reportArgumentType]

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.asked = True

    def check(self) -> None:
        """Go on, or end here.

        Raises:
            Stopped: SIGTERM has come.
        """
        if self.asked:
            raise Stopped("stopped")
