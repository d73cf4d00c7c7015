"""Asking a model: prompts, demonstrations, and calibration of label scores."""

from metier.prompts.calibration import Calibration, fit
from metier.prompts.prompt import Prompt, compose, plain_label_words
from metier.prompts.selection import Choose, Embed, selectors
from metier.prompts.settings import PromptSettings

__all__ = [
    "Calibration",
    "Choose",
    "Embed",
    "Prompt",
    "PromptSettings",
    "compose",
    "fit",
    "plain_label_words",
    "selectors",
]
