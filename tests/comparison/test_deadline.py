"""What is being built when the time is over."""

import multiprocessing
import time
from pathlib import Path
from typing import Any

from metier.comparison.working import worker
from metier.comparison.working.job import Job
from metier.core import Silent


def test_what_is_being_built_is_stopped_when_the_time_is_over(tmp_path: Path) -> None:
    settings: Any = {}
    work = Job(run=tmp_path, name="mine", settings=settings, loaded=settings)
    outcome = worker.run_isolated(work, Silent(), deadline=time.monotonic())
    assert outcome.status == "not_run"
    assert "the time was over" in outcome.why
    assert not [process for process in multiprocessing.active_children() if process.name == "metier mine"]
