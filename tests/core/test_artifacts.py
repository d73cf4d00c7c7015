import json
from pathlib import Path

import pytest

from metier.core import IntegrityError, Score
from metier.core.artifacts import (
    check_manifest,
    hash_file,
    hash_value,
    read_json,
    staged_folder,
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
