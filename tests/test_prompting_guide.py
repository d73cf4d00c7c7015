"""The guide's recipes are read, and its Python runs."""

import re
from pathlib import Path

import yaml

from metier.approaches import ApproachSettings
from metier.models import HostedSettings
from metier.prompts import PHRASINGS, PromptSettings, SearchSettings

GUIDE = (Path(__file__).parent.parent / "docs" / "guides" / "prompting.md").read_text(encoding="utf-8")


def test_every_block_is_valid() -> None:
    approaches, prompt, hosted = (yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL))
    for settings in approaches["approaches"].values():
        ApproachSettings.model_validate(settings)
    answer = PromptSettings.model_validate(prompt["prompt"]).answer
    assert answer is not None
    assert answer.grammar().trouble() == ""
    HostedSettings.model_validate(hosted["hosted"])


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
