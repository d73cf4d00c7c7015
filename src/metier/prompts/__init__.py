"""Asking a model: prompts, demonstrations, and calibration of label scores."""

from metier.prompts.calibration import Calibration, fit
from metier.prompts.prompt import Prompt, compose, plain_label_words
from metier.prompts.selection import SELECTORS, Choose, Embed
from metier.prompts.settings import PromptSettings

__all__ = [
    "SELECTORS",
    "Calibration",
    "Choose",
    "Embed",
    "Prompt",
    "PromptSettings",
    "compose",
    "fit",
    "plain_label_words",
]
