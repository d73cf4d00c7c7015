"""A prompt: what a model is told around an example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from metier.core import Example, Message, Task

MOST_LISTED_LABELS = 30
"""A list of more labels than this fills the prompt without helping a small model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """Instruction and wording; demonstrations are chosen for each example and handed in.

    Attributes:
        instruction: the system turn; empty: none.
        label_words: how each label is worded to the model; empty unless the task is ``classify``.
    """

    instruction: str
    label_words: Mapping[str, str] = field(default_factory=dict[str, str])

    def messages(self, example: Example, demonstrations: Sequence[Example] = ()) -> tuple[Message, ...]:
        """The conversation that asks for ``example``'s answer.

        A system turn that the example brings stands in the instruction's place, before the demonstrations.

        Args:
            example: what to answer; its own target is not looked at.
            demonstrations: solved examples, in the order in which they are shown; each becomes a user and an
                assistant turn.
        """
        own = list(takewhile(lambda turn: turn.role == "system", example.history))
        told = [Message(role="system", content=self.instruction)] if self.instruction else []
        turns = [*(own or told)]
        for shown in demonstrations:
            turns += [replace(turn, weight=0.0) for turn in shown.history if turn.role != "system"]
            turns.append(Message(role="user", content=shown.input))
            turns.append(Message(role="assistant", content=self.wording(shown), weight=0.0))
        return (*turns, *example.history[len(own) :], Message(role="user", content=example.input))

    def wording(self, example: Example) -> str:
        """The target of a solved example as the model should write it."""
        assert example.target is not None, f"{example.id} has no target"
        return self.label_words.get(example.target, example.target)


def plain_label_words(labels: Sequence[str]) -> dict[str, str]:
    """Labels as words: underscores and hyphens become spaces, where that keeps them apart.

    >>> plain_label_words(["card_arrival", "lost"])
    {'card_arrival': 'card arrival', 'lost': 'lost'}
    """
    words = {label: " ".join(label.replace("_", " ").replace("-", " ").split()) or label for label in labels}
    return words if len(set(words.values())) == len(labels) else {label: label for label in labels}


def compose(
    task: Task, *, instruction: str | None, list_labels: bool | None, label_words: Mapping[str, str], trained: bool
) -> Prompt:
    """The prompt of an approach from its settings (see :class:`~metier.prompts.PromptSettings`).

    Args:
        task: what is asked.
        instruction: None: the task's.
        list_labels: None: yes for at most 30 labels and untrained weights.
        label_words: wordings that replace the plain ones.
        trained: whether weights are trained with this prompt.
    """
    words = {**plain_label_words(task.labels), **{k: v for k, v in label_words.items() if k in task.labels}}
    text = task.instruction if instruction is None else instruction
    listed = (not trained and len(task.labels) <= MOST_LISTED_LABELS) if list_labels is None else list_labels
    if task.labels and listed:
        text = f"{text}\nAnswer with one of: {', '.join(words[label] for label in task.labels)}."
    return Prompt(instruction=text.strip(), label_words=words)
