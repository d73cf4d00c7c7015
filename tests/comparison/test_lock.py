import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from metier.comparison.lock import JOURNAL, locked, refuse_foreign
from metier.core import RunInUseError, UserError

HOLD = """
import sys, time
from pathlib import Path
from metier.comparison.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_second_writer_is_refused_and_told_who_writes(tmp_path: Path) -> None:
    refused = pytest.raises(RunInUseError, match=rf"\(process {os.getpid()}\)")
    with locked(tmp_path / "run"), refused, locked(tmp_path / "run"):
        pass
    with locked(tmp_path / "run"):
        pass


def test_an_error_inside_frees_the_lock(tmp_path: Path) -> None:
    with pytest.raises(KeyError), locked(tmp_path):
        raise KeyError
    with locked(tmp_path):
        pass


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(RunInUseError, match=f"process {holder.pid}"), locked(tmp_path):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with locked(tmp_path):
            pass


@pytest.mark.parametrize("names", [(), (".lock",), (".DS_Store",), (JOURNAL,), (JOURNAL, "data", "recipe.yaml")])
def test_new_empty_and_own_folders_may_be_written_to(tmp_path: Path, names: tuple[str, ...]) -> None:
    refuse_foreign(tmp_path / "not there yet")
    for name in names:
        (tmp_path / name).touch()
    refuse_foreign(tmp_path)


@pytest.mark.parametrize("names", [("recipe.yaml",), ("data", "notes.txt")])
def test_a_folder_of_the_users_own_may_not(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(UserError, match=f"a folder with '{names[0]}'"):
        refuse_foreign(tmp_path)
