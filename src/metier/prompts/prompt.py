"""A prompt: what a model is told around an example. It renders, hashes, saves, loads, prints and compares itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import unified_diff
from itertools import takewhile
from pathlib import Path
from typing import Literal

from metier.core import Example, Message, TaskKind
from metier.core.artifacts import hash_value, read_json, write_json
from metier.core.tasks import form_of
from metier.prompts.passages import Spotlight, with_passages

INPUT = "{input}"
"""Where the example's text stands in :attr:`Prompt.question`."""
Place = Literal["system", "user"]
THINK = "Think about it step by step. Do not give the answer yet."
CONCLUDE = "So what is the answer? Give the answer alone."


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """Instruction and wording; demonstrations are chosen for each example and handed in.

    Attributes:
        instruction: what to do; empty: nothing is said.
        label_words: how each label is worded to the model; empty unless the answer is one label.
        question: how an example's text is put, with ``{input}`` once: for the question and for demonstrations alike.
        place: whose turn says the instruction: ``system``, or ``user`` before the first text.
        passages_note: what is said above the passages of an example that has some.
        spotlight: how they are set apart as data.
        kind: of the task: how its targets are written.
        thinks: whether it asks for a thought first; an example that has one is then asked for the answer alone.

    >>> print(Prompt(instruction="Sort.", label_words={"card_lost": "card lost"}, question="Mail: {input}"))
    [system] Sort.
    [user] Mail: {input}
    [assistant] card lost
    """

    instruction: str
    label_words: Mapping[str, str] = field(default_factory=dict[str, str])
    question: str = INPUT
    place: Place = "system"
    passages_note: str = ""
    spotlight: Spotlight = "delimit"
    kind: TaskKind = "generate"
    thinks: bool = False

    def messages(self, example: Example, demonstrations: Sequence[Example] = ()) -> tuple[Message, ...]:
        """The conversation that asks for ``example``'s answer.

        A system turn that the example brings stands in the instruction's place, before the demonstrations.

        Args:
            example: what to answer; its own target is not looked at.
            demonstrations: solved examples, in the order in which they are shown; each becomes a user and an
                assistant turn.
        """
        own = list(takewhile(lambda turn: turn.role == "system", example.history))
        turns: list[Message] = []
        for shown in demonstrations:
            turns += [replace(turn, weight=0.0) for turn in shown.history if turn.role != "system"]
            turns.append(Message(role="user", content=self._put(shown.input)))
            turns.append(Message(role="assistant", content=self.wording(shown), weight=0.0))
        asked = with_passages(
            self._put(example.input), example.passages, note=self.passages_note, spotlight=self.spotlight
        )
        asked = f"{asked}\n\n{THINK}" if self.thinks else asked
        turns += [*example.history[len(own) :], Message(role="user", content=asked)]
        if self.thinks and example.thought is not None:
            turns.append(Message(role="assistant", content=example.thought, weight=0.0))
            turns.append(Message(role="user", content=CONCLUDE))
        if own or not self.instruction:
            return (*own, *turns)
        if self.place == "system":
            return (Message(role="system", content=self.instruction), *turns)
        first = next(i for i, turn in enumerate(turns) if turn.role == "user")
        turns[first] = replace(turns[first], content=f"{self.instruction}\n\n{turns[first].content}")
        return tuple(turns)

    def wording(self, example: Example) -> str:
        """The target of a solved example as the model should write it."""
        assert example.target is not None, f"{example.id} has no target"
        return self.label_words.get(example.target, form_of(self.kind).written(example.target))

    def _put(self, text: str) -> str:
        before, _, after = self.question.partition(INPUT)
        return before + text + after

    def __str__(self) -> str:
        """All that stands in it, for a person."""
        lines = [f"[{self.place}] {self.instruction}"] if self.instruction else []
        lines += [f"[passages, {self.spotlight}] {self.passages_note}"] if self.passages_note else []
        lines.append(f"[user] {self.question}")
        lines += [f"[user] {THINK}", f"[user] {CONCLUDE}"] if self.thinks else []
        if self.label_words:
            lines.append(f"[assistant] {' | '.join(self.label_words.values())}")
        return "\n".join(lines)

    @property
    def hash(self) -> str:
        """SHA-256 of what it says; equal prompts have equal hashes, on every machine."""
        return hash_value(self)

    def diff(self, other: Prompt) -> str:
        """What ``other`` says differently, as a unified diff without a head; empty where they are the same."""
        lines = unified_diff(str(self).splitlines(), str(other).splitlines(), lineterm="", n=1)
        return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))

    def save(self, path: Path) -> None:
        """Write it as JSON, whole or not at all."""
        write_json(path, self)

    @classmethod
    def load(cls, path: Path) -> Prompt:
        """The prompt that :meth:`save` wrote.

        Raises:
            FileNotFoundError: there is none.
            IntegrityError: the file is not JSON.
        """
        return cls(**read_json(path))
