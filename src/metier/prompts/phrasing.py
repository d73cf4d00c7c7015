"""Ways of saying the same thing: frames around an instruction, a list of labels and a text.

They serve two ends: prompt search tries them, and the spread of results over them says how much a result owes to the
luck of its wording (arXiv 2310.11324 found spreads of tens of points).
"""

from __future__ import annotations

from dataclasses import dataclass

from metier.prompts.prompt import INPUT, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrasing:
    """A frame; what it does not change is as in plain prompts.

    Attributes:
        name: a word for tables.
        instruction: with ``{instruction}`` once.
        labels: the sentence that lists the labels, with ``{labels}`` once.
        separator: between two labels of that list.
        question: with ``{input}`` once.
        place: whose turn says the instruction.
    """

    name: str
    instruction: str = "{instruction}"
    labels: str = "Answer with one of: {labels}."
    separator: str = ", "
    question: str = INPUT
    place: Place = "system"


PLAIN = Phrasing(name="plain")
PHRASINGS = (
    PLAIN,
    Phrasing(name="marked", question="Text: {input}\nAnswer:"),
    Phrasing(name="task", instruction="Task: {instruction}"),
    Phrasing(name="quoted", question='"{input}"'),
    Phrasing(name="expert", instruction="You are an experienced specialist. {instruction}"),
    Phrasing(name="user turn", place="user"),
    Phrasing(name="careful", instruction="Read the text carefully. {instruction}"),
    Phrasing(name="blocks", question="### Text\n{input}\n### Answer"),
    Phrasing(name="brief", instruction="{instruction} Write the answer and nothing else."),
    Phrasing(name="bullets", labels="The possible answers are:\n- {labels}", separator="\n- "),
    Phrasing(name="after the text", question="{input}\n\nWhat is the answer?", place="user"),
)
"""Equivalent frames, the plain one first."""
