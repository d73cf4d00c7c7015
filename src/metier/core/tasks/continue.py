"""Continued pretraining: raw text that is learnt and foretold; nothing is answered."""

from __future__ import annotations

from metier.core.tasks import TaskForm

form = TaskForm(
    title="raw text",
    noun="text",
    instruction="Continue the text.",
    metrics=("bits_per_byte",),
    floors=("ngram", "unchanged"),
    free_text=True,
    answered=False,
)
