"""Generation: the answer is a text to be written."""

from __future__ import annotations

from metier.core.tasks import TaskForm

form = TaskForm(
    title="a text",
    noun="answer",
    instruction="Write the right answer to the text.",
    metrics=("token_f1", "exact_match", "rouge_l", "chrf"),
    floors=("copy", "nearest"),
    free_text=True,
)
