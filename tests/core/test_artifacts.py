import json
from pathlib import Path

import pytest

from metier.core import IntegrityError, Score
from metier.core.artifacts import (
    check_manifest,
    hash_file,
    hash_value,
    read_json,
    remove_folder,
    staged_folder,
    sweep,
    write_bytes,
    write_json,
)


def test_a_file_is_whole_or_as_before(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    write_json(target, {"score": Score(value=1, low=0.5, high=1)})
    assert json.loads(target.read_text())["score"] == {"value": 1, "low": 0.5, "high": 1}
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(target, float("nan"))
    assert json.loads(target.read_text())["score"]["low"] == 0.5
    assert list(tmp_path.iterdir()) == [target]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a"
    write_bytes(target, b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("metier.core.artifacts.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_bytes(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_tells_whether_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "model"
    with staged_folder(target) as stage:
        (stage / "sub").mkdir()
        (stage / "sub" / "w").write_bytes(b"123")
    assert check_manifest(target) is None
    (target / "sub" / "w").write_bytes(b"124")
    assert check_manifest(target) == "model/sub/w has other content than was written"
    (target / "sub" / "w").unlink()
    assert check_manifest(target) == "model/sub/w is missing"


def test_a_failed_stage_leaves_the_old_folder(tmp_path: Path) -> None:
    target = tmp_path / "model"
    with staged_folder(target) as stage:
        (stage / "w").write_bytes(b"old")
    with pytest.raises(RuntimeError, match="stop"), staged_folder(target) as stage:
        (stage / "w").write_bytes(b"new")
        raise RuntimeError("stop")
    assert (target / "w").read_bytes() == b"old"
    assert [item.name for item in tmp_path.iterdir()] == ["model"]


def test_hashes_are_sha256_and_do_not_depend_on_order(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert hash_file(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert hash_value({"a": (1, 2), "b": None}) == hash_value({"b": None, "a": [1, 2]})
    assert hash_value({"a": 1}) != hash_value({"a": "1"})


def test_damaged_json_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(IntegrityError, match="not readable JSON"):
        read_json(tmp_path / "a.json")


def stage(folder: Path, content: bytes) -> None:
    with staged_folder(folder) as stage:
        (stage / "w").write_bytes(content)


@pytest.mark.parametrize("moment", ["before", "between", "after"])
def test_a_kill_while_a_folder_is_exchanged_leaves_one_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    target = tmp_path / "model"
    stage(target, b"old")
    plain, renames = Path.rename, 0

    class Killed(BaseException):
        pass

    def rename(self: Path, to: Path) -> Path:
        nonlocal renames
        if renames == {"before": 0, "between": 1, "after": 9}[moment]:
            raise Killed
        renames += 1
        return plain(self, to)

    def sync(folder: Path) -> None:
        if moment == "after" and folder == tmp_path:
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", rename)
        patched.setattr("metier.core.artifacts.sync_folder", sync)
        with pytest.raises(Killed):
            stage(target, b"new")
    sweep(tmp_path)
    assert check_manifest(target) is None
    assert (target / "w").read_bytes() == (b"old" if moment == "before" else b"new")
    assert [item.name for item in tmp_path.iterdir()] == ["model"]


def test_a_half_written_folder_is_not_taken_for_the_new_one(tmp_path: Path) -> None:
    stage(tmp_path / ".model.77.old", b"old")
    (tmp_path / ".model.77.part").mkdir()
    (tmp_path / ".model.77.part" / "w").write_bytes(b"ne")
    sweep(tmp_path)
    assert (tmp_path / "model" / "w").read_bytes() == b"old"
    assert [item.name for item in tmp_path.iterdir()] == ["model"]


def test_a_folder_goes_at_once_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage(tmp_path / "model", b"old")
    monkeypatch.setattr("metier.core.artifacts.shutil.rmtree", lambda *_, **__: None)
    remove_folder(tmp_path / "model")
    remove_folder(tmp_path / "model")
    assert not (tmp_path / "model").exists()
    monkeypatch.undo()
    sweep(tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", ["[]", "{}", '{"files": []}', '{"files": {"w": 3}}', '{"files": {"w": {}}}', "\0"])
def test_a_manifest_that_is_none_is_damage(tmp_path: Path, content: str) -> None:
    stage(tmp_path / "model", b"old")
    (tmp_path / "model" / "manifest.json").write_text(content)
    assert check_manifest(tmp_path / "model") == "model/manifest.json is damaged"
