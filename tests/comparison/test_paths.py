"""Where ``--set`` puts a value."""

from typing import Any

import pytest

from metier.comparison.settings.paths import put


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("seed", {"approaches": {"lora.v2": {"weights": {"rank": 4}}}, "seed": 7}),
        ("approaches.lora.v2.weights.rank", {"approaches": {"lora.v2": {"weights": {"rank": 7}}}}),
        ("approaches.lora.v2", {"approaches": {"lora.v2": 7}}),
        ('approaches."lora.v2".weights.rank', {"approaches": {"lora.v2": {"weights": {"rank": 7}}}}),
        ('approaches."a.b".model', {"approaches": {"lora.v2": {"weights": {"rank": 4}}, "a.b": {"model": 7}}}),
        (
            "approaches.other.weights.rank",
            {"approaches": {"lora.v2": {"weights": {"rank": 4}}, "other": {"weights": {"rank": 7}}}},
        ),
        ("seed.deep", {"approaches": {"lora.v2": {"weights": {"rank": 4}}}, "seed": {"deep": 7}}),
    ],
)
def test_a_path_leads_to_its_setting(path: str, expected: dict[str, Any]) -> None:
    content: dict[str, Any] = {"approaches": {"lora.v2": {"weights": {"rank": 4}}}}
    assert put(content, path, 7)
    assert content == expected


@pytest.mark.parametrize("path", ["", "a.", ".a", "a..b", '"a"b', 'a."".b'])
def test_what_is_no_path_is_refused(path: str) -> None:
    content: dict[str, Any] = {}
    assert not put(content, path, 7)
    assert content == {}
