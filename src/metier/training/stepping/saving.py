"""When checkpoints are written while training: often enough, not too often, and never at the price of the training."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from metier.core import Reporter, warn
from metier.training.stepping.checkpoints import Checkpoints, Progress

CHECKPOINT_SHARE = 0.05
"""Checkpoints are never so frequent that saving them takes more than this share of the time."""


class Saver:
    """Writes the checkpoints of a training; a disk that is full does not end it.

    Args:
        checkpoints: where to.
        progress: where the training stands; its ``seconds`` are kept up to date here.
        module: what is trained.
        optimizer: its AdamW.
        reporter: told where a checkpoint could not be written.
        every: seconds between two checkpoints, at least.
    """

    def __init__(
        self,
        checkpoints: Checkpoints,
        progress: Progress,
        module: Any,
        optimizer: Any,
        reporter: Reporter,
        *,
        every: float,
    ) -> None:
        self._checkpoints, self._progress, self._reporter, self._every = checkpoints, progress, reporter, every
        self._module, self._optimizer = module, optimizer
        self._started = time.monotonic() - progress.seconds
        self._saved, self._took, self._step = time.monotonic(), 0.0, progress.step

    def count_time(self) -> None:
        """Bring ``progress.seconds`` up to now."""
        self._progress.seconds = time.monotonic() - self._started

    def save_when_due(self, best: dict[str, Any], agree: Callable[[bool], bool]) -> None:
        """Save, where there is something new and the last time was long enough ago.

        Args:
            best: the best weights so far; empty where none have been chosen.
            agree: makes one decision of those of several processes.
        """
        wait = max(self._every, self._took / CHECKPOINT_SHARE)
        if agree(self._progress.step > self._step and time.monotonic() - self._saved >= wait):
            self.save(best)

    def save(self, best: dict[str, Any]) -> bool:
        """Save now.

        Args:
            best: the best weights so far; empty where none have been chosen.

        Returns:
            False where the disk did not take it; the user has been told then.
        """
        begun = time.monotonic()
        self.count_time()
        try:
            self._checkpoints.save(self._progress, self._module, self._optimizer, best)
        except OSError as error:
            last = f"the last one (step {self._step}) is whole" if self._step else "there is none yet"
            why = error.strerror or str(error)
            warn(self._reporter, f"The checkpoint of step {self._progress.step} could not be written ({why}); {last}.")
            return False
        else:
            self._step = self._progress.step
            return True
        finally:
            self._saved = time.monotonic()
            self._took = self._saved - begun
