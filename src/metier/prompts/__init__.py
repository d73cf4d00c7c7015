"""Asking a model: prompts and their phrasings, demonstration selection, and calibration of label scores."""

from metier.prompts.calibration import CONTENT_FREE, Calibration, fit
from metier.prompts.candidates import Candidate, draw_candidates
from metier.prompts.composing import compose, plain_label_words, styled_label_words
from metier.prompts.copying import CopyGuard
from metier.prompts.parsing import NO_LABEL, parse_label
from metier.prompts.passages import cited, note
from metier.prompts.phrasing import PHRASINGS, PLAIN, Phrasing
from metier.prompts.prompt import Prompt
from metier.prompts.selection import SELECTORS, Choose, Embed
from metier.prompts.settings import AnswerSettings, PromptSettings, ReasonSettings, RewriteSettings, SearchSettings

__all__ = [
    "CONTENT_FREE",
    "NO_LABEL",
    "PHRASINGS",
    "PLAIN",
    "SELECTORS",
    "AnswerSettings",
    "Calibration",
    "Candidate",
    "Choose",
    "CopyGuard",
    "Embed",
    "Phrasing",
    "Prompt",
    "PromptSettings",
    "ReasonSettings",
    "RewriteSettings",
    "SearchSettings",
    "cited",
    "compose",
    "draw_candidates",
    "fit",
    "note",
    "parse_label",
    "plain_label_words",
    "styled_label_words",
]
