"""Single-label classification: the answer is one of a set of labels."""

from __future__ import annotations

from metier.core.tasks import TaskForm

form = TaskForm(
    title="one label",
    noun="label",
    instruction="Decide which category the text belongs to.",
    metrics=("macro_f1", "accuracy"),
    floors=("majority", "tfidf", "nearest"),
    item_metric="accuracy",
    chooses=True,
    has_labels=True,
    stratified=True,
    labels_of=lambda target: (target,),
)
