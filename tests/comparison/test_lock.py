from pathlib import Path

import pytest

from metier.comparison.lock import JOURNAL, refuse_foreign
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
