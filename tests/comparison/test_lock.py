import errno
from pathlib import Path

import pytest

from metier.comparison.lock import JOURNAL, refuse_foreign, writing
from metier.core import UserError


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


@pytest.mark.parametrize(
    ("name", "got"),
    [
        ("file", "a file"),
        ("file/below/it", "a path below the file"),
        ("loop", "a file"),
        ("x" * 300, "File name too long"),
    ],
)
def test_what_is_no_folder_is_refused_with_the_reason(tmp_path: Path, name: str, got: str) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(UserError) as error:
        refuse_foreign(tmp_path / name)
    (problem,) = error.value.problems
    assert problem.got.startswith(got)
    assert len(problem.where) <= 210
    assert (tmp_path / "file").read_text() == "mine"


def test_a_read_only_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *given: False)  # whoever runs tests as root may write anywhere
    with pytest.raises(UserError, match="read-only"):
        refuse_foreign(tmp_path)


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_what_cannot_be_written_into_a_run_is_told_with_what_to_do(tmp_path: Path, number: int) -> None:
    with pytest.raises(UserError, match="copy it"), writing(tmp_path, remedy="copy it"):
        raise OSError(number, "no", "x")


def test_other_errors_come_through(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full"), writing(tmp_path, remedy="copy it"):
        raise OSError(errno.ENOSPC, "full", "x")
