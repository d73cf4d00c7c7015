"""From a task and the settings of an approach to its prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from metier.core import Task
from metier.core.tasks import form_of
from metier.prompts.phrasing import PLAIN, Phrasing
from metier.prompts.prompt import INPUT, Prompt

MOST_LISTED_LABELS = 30
"""A list of more labels than this fills the prompt without helping a small model."""


def plain_label_words(labels: Sequence[str]) -> dict[str, str]:
    """Labels as words: underscores and hyphens become spaces, where that keeps them apart.

    >>> plain_label_words(["card_arrival", "lost"])
    {'card_arrival': 'card arrival', 'lost': 'lost'}
    """
    words = {label: " ".join(label.replace("_", " ").replace("-", " ").split()) or label for label in labels}
    return words if len(set(words.values())) == len(labels) else {label: label for label in labels}


def styled_label_words(labels: Sequence[str]) -> dict[str, dict[str, str]]:
    """Other ways to word labels, by name; only those that differ from each other and keep the labels apart.

    >>> styled_label_words(["card_arrival", "lost"])["capital"]
    {'card_arrival': 'Card arrival', 'lost': 'Lost'}
    """
    plain = plain_label_words(labels)
    styles = {
        "plain": plain,
        "capital": {label: word[:1].upper() + word[1:] for label, word in plain.items()},
        "as given": {label: label for label in labels},
        "quoted": {label: f'"{word}"' for label, word in plain.items()},
    }
    found: dict[str, dict[str, str]] = {}
    for name, words in styles.items():
        if words not in found.values() and len(set(words.values())) == len(labels):
            found[name] = words
    return found


def lists_labels(asked: bool | None, task: Task, *, trained: bool) -> bool:
    """Whether an instruction ends with the labels: as the recipe says, else for few labels and untrained weights."""
    return (not trained and len(task.labels) <= MOST_LISTED_LABELS) if asked is None else asked


def compose(
    task: Task,
    *,
    instruction: str | None,
    list_labels: bool | None,
    label_words: Mapping[str, str],
    trained: bool,
    question: str = INPUT,
    phrasing: Phrasing = PLAIN,
    thinks: bool = False,
) -> Prompt:
    """The prompt of an approach from its settings (see :class:`~metier.prompts.PromptSettings`).

    Args:
        task: what is asked.
        instruction: None: the task's.
        list_labels: see :func:`lists_labels`.
        label_words: wordings that replace the plain ones.
        trained: whether weights are trained with this prompt.
        question: how a text is put; a phrasing that puts it its own way replaces it.
        phrasing: the frame around all of it.
        thinks: whether a thought comes before the answer.
    """
    form = form_of(task.kind)
    words = {**plain_label_words(task.labels), **{k: v for k, v in label_words.items() if k in task.labels}}
    text = (task.instruction if instruction is None else instruction).strip()
    if text:
        text = phrasing.instruction.replace("{instruction}", text)
    listed = lists_labels(list_labels, task, trained=trained)
    if form.chooses and listed:
        names = phrasing.separator.join(words[label] for label in task.labels)
        text = f"{text}\n{phrasing.labels.replace('{labels}', names)}"
    if form.told:
        text = f"{text}\n{form.told}"
    if form.structured and listed and any(label not in text for label in task.labels):
        text = f"{text} Labels: {', '.join(task.labels)}."
    return Prompt(
        instruction=text.strip(),
        label_words=words if form.chooses else {},
        kind=task.kind,
        question=question if phrasing.question == INPUT else phrasing.question,
        place=phrasing.place,
        thinks=thinks,
    )
