"""Conversations as tokens: the tokenizer's own chat template, or a documented plain one for models without.

A conversation becomes **segments**: runs of text that carry loss in training (an assistant's answer with its end
mark) and runs that do not. Each segment is tokenized by itself, at training and at answering alike, so that a trained
model is asked with exactly the tokens it was trained with.

Some templates know no system turn, or no tool. What is said in such a turn then stands in a user's: of a tool where it
comes, of the system at the beginning of the first one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from metier.core import Message, ModelError, Problem

PLAIN_TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['role'] == 'system' %}{{ message['content'] }}\n\n"
    "{% elif message['role'] == 'assistant' %}### Answer:\n{{ message['content'] }}" + "{{ eos_token }}\n"
    "{% else %}### Input:\n{{ message['content'] }}\n{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}### Answer:\n{% endif %}"
)
"""For base models without a chat template: instruction, then ``### Input:`` and ``### Answer:`` blocks."""


class Segment(NamedTuple):
    """A run of text and the weight that its tokens carry in the loss (0: only read)."""

    text: str
    weight: float


def marks(tokenizer: Any) -> set[str]:
    """Every special token: the named ones (end of text, padding) and the others that the tokenizer knows."""
    added = {token.content for token in tokenizer.added_tokens_decoder.values() if token.special}
    return {mark for mark in added | set(tokenizer.all_special_tokens) if mark.strip()}


def ensure_template(tokenizer: Any) -> bool:
    """Give a tokenizer without a chat template the plain one; True where that was needed."""
    if tokenizer.chat_template:
        return False
    tokenizer.chat_template = PLAIN_TEMPLATE
    return True


def prompt_text(tokenizer: Any, messages: Sequence[Message]) -> str:
    """The text that a model is asked with: the conversation and the opening of the next assistant turn."""
    return _apply(tokenizer, messages, open_answer=True)


def segments(tokenizer: Any, messages: Sequence[Message]) -> list[Segment]:
    """Split a conversation that ends with an assistant turn into read and trained segments.

    Every assistant turn whose weight is above 0 is trained, up to and with its end mark.

    Raises:
        ValueError: the template writes earlier turns differently once later ones follow, so that answers cannot be
            told from prompts (some reasoning templates); such conversations are trained on their last turn only.
    """
    parts: list[Segment] = []
    written = ""
    for position, message in enumerate(messages):
        if message.role != "assistant" or message.weight == 0:
            continue
        prompt = prompt_text(tokenizer, messages[:position])
        whole = _apply(tokenizer, messages[: position + 1], open_answer=False)
        if not prompt.startswith(written) or not whole.startswith(prompt):
            raise ValueError("the chat template rewrites earlier turns")
        answer, gap = _end_at_mark(tokenizer, whole[len(prompt) :])
        parts += [Segment(prompt[len(written) :], 0.0), Segment(answer, message.weight)]
        written = whole[: len(whole) - len(gap)]
    return parts


def answer_text(tokenizer: Any, messages: Sequence[Message], answer: str) -> str:
    """What a model should write after :func:`prompt_text`: the answer with the template's end mark."""
    prompt = prompt_text(tokenizer, messages)
    whole = _apply(tokenizer, [*messages, Message(role="assistant", content=answer)], open_answer=False)
    if whole.startswith(prompt):
        return _end_at_mark(tokenizer, whole[len(prompt) :])[0]
    return answer + (tokenizer.eos_token or "")  # the template opens answers with something it later drops


def _apply(tokenizer: Any, messages: Sequence[Message], *, open_answer: bool) -> str:
    """The conversation as the template writes it, with the roles that it takes.

    Raises:
        ModelError: the template takes it in no way.
    """
    from jinja2.exceptions import TemplateError

    refused = ""
    for told in (messages, _tools_as_users(messages), _instruction_in_user(messages)):
        turns = [{"role": turn.role, "content": _as_text(tokenizer, turn.content)} for turn in told]
        try:
            return str(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=open_answer))
        except TemplateError as error:  # how templates say that they know no such role, or no such order
            refused = str(error)
    raise ModelError([_untold(messages, refused)])


def _tools_as_users(messages: Sequence[Message]) -> list[Message]:
    """What tools have answered as said by the user; turns of one speaker that then follow each other become one."""
    found: list[Message] = []
    for turn in messages:
        role = "user" if turn.role == "tool" else turn.role
        if found and found[-1].role == role == "user":
            found[-1] = replace(found[-1], content=f"{found[-1].content}\n\n{turn.content}")
        else:
            found.append(replace(turn, role=role))
    return found


def _instruction_in_user(messages: Sequence[Message]) -> list[Message]:
    """As before, with the system text at the beginning of the first user turn."""
    told = "\n\n".join(turn.content for turn in messages if turn.role == "system")
    rest = _tools_as_users([turn for turn in messages if turn.role != "system"])
    if not told:
        return rest
    if not rest or rest[0].role != "user":
        return [Message(role="user", content=told), *rest]
    return [replace(rest[0], content=f"{told}\n\n{rest[0].content}"), *rest[1:]]


def _untold(messages: Sequence[Message], refused: str) -> Problem:
    return Problem(
        where="the model's chat template",
        expected="a template that takes this conversation, or its like with user and assistant turns alone",
        got=f"{refused or 'an error'} ({', '.join(turn.role for turn in messages)})",
        remedy="choose another model, or a copy of this one whose tokenizer has another chat template",
    )


def _end_at_mark(tokenizer: Any, text: str) -> tuple[str, str]:
    """``text`` up to its last special token, and what follows (a line break, often): that is not for learning."""
    end = 0
    for mark in marks(tokenizer):
        found = text.rfind(mark)
        if found >= 0:
            end = max(end, found + len(mark))
    if end == 0:  # a template without end marks: add the tokenizer's own, or the model never learns to stop
        return text.rstrip() + (tokenizer.eos_token or ""), ""
    return text[:end], text[end:]


def _as_text(tokenizer: Any, content: str) -> str:
    """Break special tokens that stand in a person's text (``<|im_end|>``), so that they are read as text.

    A zero-width space after the first character does it; without this, a row could end its own turn and open another.
    """
    for mark in marks(tokenizer):
        if len(mark) > 1 and mark in content:
            content = content.replace(mark, f"{mark[0]}\u200b{mark[1:]}")
    return content
