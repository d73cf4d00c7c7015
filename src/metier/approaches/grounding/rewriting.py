"""The last message of a conversation as a question that stands alone, so that a search can find its answer.

"And how long does that take?" holds nothing to search for. The model that answers writes the question out before the
search, as Rastogi et al. 2019 and most chat retrieval since; what it writes is searched for together with the message,
so that a poor rewriting adds words and takes none away. Nothing else reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from metier.core import Example, Message, Prediction, Reporter
from metier.models import HostedModel, LanguageModel

_TURNS, _LONGEST_TURN = 6, 1500
"""Turns before the last that are read, and characters of each."""
_TASK = (
    "Read the conversation. Write the question that the last message of the user asks, so that it can be understood "
    "without the conversation: put names in the place of words such as it, they or that. Write one question and "
    "nothing else."
)
_SHOWN = (
    "User: I ordered the blue lamp last week.\nAssistant: It was sent on Monday.\nUser: And when will it arrive?",
    "When will the blue lamp that I ordered last week arrive?",
)


_Fits = Callable[[Sequence[Message]], bool]


class Spent(NamedTuple):
    """Tokens that were read and written for a search."""

    tokens_in: int = 0
    tokens_out: int = 0

    def added_to(self, answer: Prediction) -> Prediction:
        """The answer with what its search took."""
        if self == Spent():
            return answer
        return replace(
            answer, tokens_in=answer.tokens_in + self.tokens_in, tokens_out=answer.tokens_out + self.tokens_out
        )


class Rewritten(NamedTuple):
    """A question that stands alone, empty where the model wrote none, and what it took."""

    question: str
    spent: Spent


def rewrite(
    model: LanguageModel | HostedModel, examples: Sequence[Example], *, tokens: int, reporter: Reporter
) -> list[Rewritten]:
    """The question of each example's last message; of one without a history nothing is asked.

    Args:
        model: writes.
        examples: conversations.
        tokens: length limit of a question.
        reporter: told of the progress.
    """
    open_ = [place for place, example in enumerate(examples) if example.history]
    written = [Rewritten("", Spent()) for _ in examples]
    asked = [examples[place] for place in open_]
    for place, one in zip(open_, _write(model, asked, tokens, reporter) if asked else [], strict=True):
        written[place] = one
    return written


def _write(
    model: LanguageModel | HostedModel, examples: Sequence[Example], tokens: int, reporter: Reporter
) -> list[Rewritten]:
    if isinstance(model, HostedModel):
        hosted = model
        sent = [_fitted(one, lambda asked: hosted.count(asked) <= hosted.max_tokens - tokens) for one in examples]
        replies = model.complete(sent, max_new_tokens=tokens, reporter=reporter, label="question")
        return [Rewritten(_plain(one.text), Spent(one.tokens_in, one.tokens_out)) for one in replies]
    local, room = model, model.room(tokens)
    prompts = [local.prompt(_fitted(one, lambda asked: len(local.prompt(asked)) <= room)) for one in examples]
    prompts = [ids[-room:] for ids in prompts]
    answers = model.generate(prompts, max_new_tokens=tokens, reporter=reporter, label="question")
    return [
        Rewritten(_plain(answer.text), Spent(len(ids), answer.tokens))
        for ids, answer in zip(prompts, answers, strict=True)
    ]


def _fitted(example: Example, fits: _Fits) -> list[Message]:
    """The conversation as the model is asked about it, without its first turns where they do not fit."""
    turns = [turn for turn in example.history if turn.role != "system"][-_TURNS:]
    while turns and not fits(_messages(turns, example)):
        turns = turns[1:]
    return _messages(turns, example)


def conversation(example: Example) -> list[Message]:
    """What the model is asked about an example that has a history, where all of it fits."""
    return _fitted(example, lambda asked: True)


def _messages(turns: Sequence[Message], example: Example) -> list[Message]:
    lines = [f"{'User' if turn.role == 'user' else 'Assistant'}: {_cut(turn.content)}" for turn in turns]
    asked = "\n".join([*lines, f"User: {_cut(example.input)}"])
    return [
        Message(role="user", content=f"{_TASK}\n\n{_SHOWN[0]}"),
        Message(role="assistant", content=_SHOWN[1]),
        Message(role="user", content=f"{_TASK}\n\n{asked}"),
    ]


def _cut(text: str) -> str:
    return " ".join(text[:_LONGEST_TURN].split())


def _plain(text: str) -> str:
    """The first line that says anything, without quotation marks around it."""
    lines = [line.strip().strip("\"'“”").strip() for line in text.splitlines()]
    return next((line for line in lines if line), "")
