"""TensorBoard: event files in ``tensorboard/NAME`` of the run's folder, read with ``tensorboard --logdir runs``."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from metier.comparison.trackers import TrackerKind, TrackerSettings

FLUSH_SECONDS = 5
"""An event reaches its file at the latest after so many seconds."""


class Events:
    """A writer for each name; none is opened before it has something to write.

    Args:
        settings: says nothing here.
        run: the run's folder.
        name: of the run; not needed, as the folder has it.
    """

    def __init__(self, settings: TrackerSettings, run: Path, name: str) -> None:
        self._folder = run / "tensorboard"
        self._writers: dict[str, Any] = {}
        self._begun: set[str] = set()

    def begin(self, name: str, settings: Mapping[str, Any]) -> None:
        """Write the settings where TensorBoard's page of hyperparameters looks for them."""
        from tensorboard.compat.proto.event_pb2 import Event  # pyright: ignore
        from tensorboard.plugins.hparams.summary_v2 import hparams_pb  # pyright: ignore[reportMissingImports]

        if settings:
            summary = hparams_pb(dict(settings), trial_id=name)
            self._writer(name).add_event(Event(wall_time=time.time(), step=0, summary=summary))

    def log(self, name: str, values: Mapping[str, float], *, step: int) -> None:
        """Write scalars; whatever an earlier process wrote of this step and later ones is void."""
        from tensorboard.compat.proto.event_pb2 import Event  # pyright: ignore
        from tensorboard.compat.proto.summary_pb2 import Summary  # pyright: ignore

        writer = self._writer(name, begins_at=step)
        scalars = [Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()]
        writer.add_event(Event(wall_time=time.time(), step=step, summary=Summary(value=scalars)))

    def close(self) -> None:
        """Close all files."""
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def _writer(self, name: str, *, begins_at: int = 0) -> Any:
        from tensorboard.compat.proto.event_pb2 import Event, SessionLog  # pyright: ignore
        from tensorboard.summary.writer.event_file_writer import EventFileWriter  # pyright: ignore[reportMissingImports]

        if name not in self._writers:
            self._writers[name] = EventFileWriter(str(self._folder / name), flush_secs=FLUSH_SECONDS)
        if begins_at and name not in self._begun:  # measures at step 0 stay
            self._begun.add(name)
            started = SessionLog(status=SessionLog.SessionStatus.START)
            self._writers[name].add_event(Event(wall_time=time.time(), step=begins_at, session_log=started))
        return self._writers[name]


kind = TrackerKind(package="tensorboard", extra="tensorboard", serves=False, start=Events)
"""Files alone: it has no server that could be written to."""
