import pytest

from metier.core.folder_names import trouble


@pytest.mark.parametrize("name", ["a", "lora", "lora.v2", "LoRA-r8_x", "1", "console", "comma", "a" * 64, "auxiliary"])
def test_a_name_that_is_one_folder_everywhere(name: str) -> None:
    assert trouble(name) == ""


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", ".a", "a.", "a/b", "a\\b", "a b", "-a", "é", "a" * 65, "con", "NUL", "aux.v2", "COM1", "lpt9"],
)
def test_a_name_that_is_none_or_another_somewhere(name: str) -> None:
    assert trouble(name)
