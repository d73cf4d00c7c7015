import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from metier.core import MissingPackageError, Registry, UnknownNameError


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    name = f"plugins_{tmp_path.name.replace('-', '_')}"
    folder = tmp_path / name
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "good.py").write_text("def good():\n    return 1\n")
    (folder / "needs.py").write_text("import a_package_that_is_not_there\n")
    (folder / "broken.py").write_text("import metier.core.nothing_of_this_name\n")
    (folder / "_private.py").write_text("raise RuntimeError\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return name


def test_names_come_from_files_and_import_nothing(package: str) -> None:
    registry: Registry[object] = Registry(package, kind="thing")
    assert registry.names() == ["broken", "good", "needs"]
    assert f"{package}.good" not in sys.modules
    assert registry.get("good")() == 1  # type: ignore[operator]


def test_a_misspelt_name_answers_with_the_nearest(package: str) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'good'"):
        Registry(package, kind="thing").get("goood")


def test_a_missing_package_answers_with_the_pip_line(package: str) -> None:
    with pytest.raises(MissingPackageError, match="pip install a_package_that_is_not_there"):
        Registry(package, kind="thing").get("needs")


def test_a_bug_of_our_own_is_not_called_a_missing_package(package: str) -> None:
    with pytest.raises(ModuleNotFoundError, match="nothing_of_this_name"):
        Registry(package, kind="thing").get("broken")


def test_two_of_one_name_are_an_error(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint(name="good", value="json:loads", group=package)
    monkeypatch.setattr("metier.core.registry.entry_points", lambda group: [point])
    with pytest.raises(ValueError, match="Two thing plug-ins are called 'good'"):
        Registry(package, kind="thing").names()


def test_third_parties_add_by_entry_point(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint(name="mine", value="json:loads", group=package)
    monkeypatch.setattr("metier.core.registry.entry_points", lambda group: [point])
    registry: Registry[object] = Registry(package, kind="thing")
    assert "mine" in registry.names()
    assert registry.get("mine")("1") == 1  # type: ignore[operator]
