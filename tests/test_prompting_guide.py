"""The guide's recipes are read, and its Python runs."""

import re
from pathlib import Path

import yaml

from metier.approaches import ApproachSettings
from metier.models import HostedSettings
from metier.prompts import PHRASINGS, PromptSettings, SearchSettings

GUIDE = (Path(__file__).parent.parent / "docs" / "guides" / "prompting.md").read_text(encoding="utf-8")


def test_every_block_is_valid() -> None:
    blocks = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)]
    asked = [settings for block in blocks for settings in block.get("approaches", {}).values()]
    assert len(asked) >= 6
    for settings in asked:
        ApproachSettings.model_validate(settings)
    (answer,) = (PromptSettings.model_validate(block["prompt"]).answer for block in blocks if "prompt" in block)
    assert answer is not None
    assert answer.grammar().trouble() == ""
    hosted = [block["hosted"] for block in blocks if "hosted" in block]
    assert len(hosted) == 2
    for settings in hosted:
        HostedSettings.model_validate(settings)


def test_the_python_block_runs(capsys: object) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    exec(compile(code, "guide", "exec"), {})  # our own page


def test_settings_and_figures_are_as_told() -> None:
    for name in re.findall(r"\| `prompt\.(\w+)` \|", GUIDE):
        assert name in PromptSettings.model_fields
    assert "eleven phrasings" in GUIDE
    assert len(PHRASINGS) == 11
    assert SearchSettings().trials == 40
    assert SearchSettings().demonstrations == 8
