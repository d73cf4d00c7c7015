"""MLflow: a run for each approach and each training within it, in ``mlflow.db`` beside the run folders or on a server.

MLflow reports its own use to its makers unless it is told not to: it is told so before it is imported.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from metier.comparison.trackers import TrackerKind, TrackerSettings
from metier.core.artifacts import hash_value

_FORCED = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
_PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "20"}
_LONGEST = 500
_AT_ONCE = 100


class Runs:
    """MLflow's runs of one of ours. A run is found again by its tags, so that a continuation goes on with it.

    Args:
        settings: the server's address, or none; the experiment's name.
        run: the run's folder; the database lies beside it.
        name: of the run, which the experiment is called where the settings do not say.
    """

    def __init__(self, settings: TrackerSettings, run: Path, name: str) -> None:
        os.environ.update(_FORCED)
        for variable, value in _PATIENCE.items():
            os.environ.setdefault(variable, value)
        for library in ("mlflow", "alembic"):  # they would speak between the lines of the run
            logging.getLogger(library).setLevel(logging.WARNING)
        from mlflow.tracking import MlflowClient  # pyright: ignore[reportMissingImports]

        place = run.resolve()
        address = settings.address or f"sqlite:///{place.parent / 'mlflow.db'}"
        self._client: Any = MlflowClient(tracking_uri=address)
        self._title, self._key = name, hash_value(str(place))[:16]
        experiment = settings.experiment or name
        found = self._client.get_experiment_by_name(experiment)
        self._experiment = found.experiment_id if found else self._client.create_experiment(experiment)
        self._runs: dict[str, str] = {}

    def begin(self, name: str, settings: Mapping[str, Any]) -> None:
        """Find the run with this name and these settings, or make it; one with other settings stays as it is."""
        from mlflow.entities import Param  # pyright: ignore[reportMissingImports]

        wanted = {"metier.run": self._key, "metier.name": name, "metier.settings": hash_value(dict(settings))[:16]}
        where = " and ".join(f"tags.`{tag}` = '{value}'" for tag, value in wanted.items())
        found = self._client.search_runs([self._experiment], filter_string=where, max_results=1)
        if found:
            self._runs[name] = found[0].info.run_id
            self._client.update_run(self._runs[name], status="RUNNING")
            return
        approach = name.partition("/")[0]
        tags = {**wanted, "metier.recipe": self._title}
        if approach != name and approach in self._runs:
            tags["mlflow.parentRunId"] = self._runs[approach]
        made = self._client.create_run(self._experiment, run_name=name, tags=tags)
        self._runs[name] = made.info.run_id
        parameters = [Param(key, str(value)[:_LONGEST]) for key, value in settings.items()]
        for first in range(0, len(parameters), _AT_ONCE):
            self._client.log_batch(made.info.run_id, params=parameters[first : first + _AT_ONCE])

    def log(self, name: str, values: Mapping[str, float], *, step: int) -> None:
        """Log values; of one that was logged before at this step, the new one counts."""
        from mlflow.entities import Metric  # pyright: ignore[reportMissingImports]

        now = int(1000 * time.time())
        metrics = [Metric(key, value, now, step) for key, value in values.items()]
        for first in range(0, len(metrics), _AT_ONCE):
            self._client.log_batch(self._runs[name], metrics=metrics[first : first + _AT_ONCE])

    def close(self) -> None:
        """Say that nothing more is coming."""
        for run in self._runs.values():
            self._client.set_terminated(run)
        self._runs.clear()


kind = TrackerKind(package="mlflow", extra="mlflow", serves=True, start=Runs)
"""A database on this machine, or a server that the user names."""
