from pathlib import Path

import pytest

from metier.comparison.stages import Stage
from metier.core.artifacts import write_json


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A finished stage with two files."""
    (tmp_path / "inner").mkdir()
    for name in ("a", "inner/b"):
        (tmp_path / name).write_text(name)
    stage = Stage(tmp_path, "build", {"rank": 8})
    stage.finish([tmp_path / "a", tmp_path / "inner/b"])
    return stage


def test_a_stage_is_done_once_it_is_finished_and_not_before(stage: Stage, tmp_path: Path) -> None:
    assert stage.is_done()
    assert Stage(tmp_path, "build", {"rank": 8}).is_done()
    assert not Stage(tmp_path, "answer", {"rank": 8}).is_done()


def test_other_inputs_are_another_stage(stage: Stage, tmp_path: Path) -> None:
    assert not Stage(tmp_path, "build", {"rank": 9}).is_done()


@pytest.mark.parametrize("name", ["a", "inner/b"])
def test_a_file_that_was_touched_or_is_gone_undoes_it(stage: Stage, tmp_path: Path, name: str) -> None:
    before = (tmp_path / name).read_text()
    (tmp_path / name).write_text(before + " ")
    assert not stage.is_done()
    (tmp_path / name).write_text(before)
    assert stage.is_done()
    (tmp_path / name).unlink()
    assert not stage.is_done()


def test_other_files_do_not_matter(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "more").write_text("x")
    assert stage.is_done()


@pytest.mark.parametrize("mark", [[], {}, {"key": 1}, {"files": {}}, None, "x"])
def test_a_damaged_mark_undoes_it(stage: Stage, tmp_path: Path, mark: object) -> None:
    write_json(tmp_path / ".stage-build.json", mark)
    assert not stage.is_done()
    (tmp_path / ".stage-build.json").write_text("{")
    assert not stage.is_done()


def test_a_living_file_may_change_but_must_be_there(tmp_path: Path) -> None:
    for name in ("index", "weights"):
        (tmp_path / name).write_text(name)
    stage = Stage(tmp_path, "build", 1)
    stage.finish([tmp_path / "index", tmp_path / "weights"], living=[tmp_path / "index"])
    (tmp_path / "index").write_text("another")
    assert stage.is_done()
    (tmp_path / "index").unlink()
    assert not stage.is_done()
