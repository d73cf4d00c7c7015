"""Asking a model: prompts and their phrasings, demonstration selection, and calibration of label scores."""

from metier.prompts.calibration import CONTENT_FREE, Calibration, fit
from metier.prompts.composing import compose, plain_label_words, styled_label_words
from metier.prompts.phrasing import PHRASINGS, PLAIN, Phrasing
from metier.prompts.prompt import Prompt
from metier.prompts.selection import SELECTORS, Choose, Embed
from metier.prompts.settings import PromptSettings

__all__ = [
    "CONTENT_FREE",
    "PHRASINGS",
    "PLAIN",
    "SELECTORS",
    "Calibration",
    "Choose",
    "Embed",
    "Phrasing",
    "Prompt",
    "PromptSettings",
    "compose",
    "fit",
    "plain_label_words",
    "styled_label_words",
]
