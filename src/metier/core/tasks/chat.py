"""Chat: the answer is the next turn of a conversation."""

from __future__ import annotations

from metier.core.tasks import TaskForm

form = TaskForm(
    title="the next turn",
    noun="answer",
    instruction="Answer the last message of the conversation.",
    metrics=("token_f1", "exact_match", "rouge_l", "chrf"),
    floors=("copy", "nearest"),
    free_text=True,
)
