"""SIGTERM: what is trained is saved, and the same call ends as if nothing had happened."""

import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.training.tiny_training import STEPS, Training, same

from metier.core import Stopped
from metier.training import OBJECTIVES
from metier.training.stepping.stopping import StopRequest


def terminating(at: int) -> Any:
    """The completion objective, in whose ``at``-th call SIGTERM comes."""
    plain, calls = OBJECTIVES.get("completion"), 0

    def loss(module: Any, rows: Any, **how: Any) -> Any:
        nonlocal calls
        if not hasattr(module, "peft_config"):  # the self-test of the layout, on a small twin
            return plain(module, rows, **how)
        calls += 1
        if calls == at:
            os.kill(os.getpid(), signal.SIGTERM)
        return plain(module, rows, **how)

    return loss


@pytest.mark.parametrize("at", [3, 8, 10])  # in a step, between two, and in a validation
def test_it_saves_and_goes_on_with_the_same_result(tiny_causal: Path, tmp_path: Path, at: int) -> None:
    before = signal.getsignal(signal.SIGTERM)
    stopped = Training(tiny_causal, tmp_path / "a", objective=terminating(at))
    with pytest.raises(Stopped, match=rf"stopped at step \d of {STEPS}, which is saved"):
        stopped.go(checkpoint_seconds=1e9)
    assert signal.getsignal(signal.SIGTERM) == before
    assert len(stopped.steps) == 1
    assert stopped.steps[0] < STEPS
    stopped.objective = None
    stopped.go()
    whole = Training(tiny_causal, tmp_path / "b")
    assert whole.go().curve.validation_losses
    assert same(whole.weights, stopped.weights)


def test_before_the_first_step_there_is_nothing_to_save(tiny_causal: Path, tmp_path: Path) -> None:
    stopped = Training(tiny_causal, tmp_path, objective=terminating(1))
    with pytest.raises(Stopped, match="stopped before its first step"):
        stopped.go(tokens_per_micro_batch=1)
    assert stopped.steps == []


def test_a_stop_is_no_exception_that_something_might_swallow() -> None:
    assert not issubclass(Stopped, Exception)


def test_outside_the_main_thread_signals_stay_as_they_are() -> None:
    found: list[bool] = []

    def work() -> None:
        with StopRequest() as stop:
            stop.check()
            found.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [True]
