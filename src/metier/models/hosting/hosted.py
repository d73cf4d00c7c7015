"""A model behind an OpenAI-compatible address: conversations go out, texts come back."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from metier.core import Message, Reporter, ServiceError, step
from metier.core.artifacts import hash_value
from metier.models.finding.profile import Profile
from metier.models.finding.source import ModelSource
from metier.models.hosting.hosted_settings import PREFIX, HostedSettings, is_here, is_key
from metier.models.hosting.posting import Pace, Poster

GIVEN_UP = 5
"""Conversations in a row that fail before a service is taken for out of reach, where single ones may fail."""
_BYTES_A_TOKEN = 3  # fewer than English takes, so that what is thought to fit does


Answer = TypeVar("Answer")


class Reply(NamedTuple):
    """One answer of a hosted model.

    Attributes:
        text: what it wrote.
        tokens_in: tokens it read, as the service counts them; 0 where it does not say.
        tokens_out: tokens it wrote, likewise.
        unfinished: True where the length limit stopped it.
    """

    text: str
    tokens_in: int
    tokens_out: int
    unfinished: bool


class HostedModel:
    """Asks a service. The key is read from the environment here and kept nowhere else.

    Args:
        name: ``openai:NAME``.
        settings: address, limits, patience.
    """

    def __init__(self, name: str, settings: HostedSettings) -> None:
        self.settings = settings
        self.source = ModelSource(
            name=name,
            path=Path(),
            profile=Profile(family="hosted"),
            max_tokens=settings.window,
            fingerprint=hash_value([name, settings.asked()]),
        )
        key = os.environ.get(settings.key_variable, "").strip() if settings.key_variable else ""
        if key and not is_key(key):
            raise ServiceError(f"The environment variable {settings.key_variable} does not hold a key.")
        self._poster = Poster(
            key=key or None,
            timeout=settings.timeout_seconds,
            retries=settings.retries,
            pace=Pace(settings.requests_per_minute),
            direct=is_here(settings.address),
        )

    @property
    def max_tokens(self) -> int:
        """The context window, as the recipe says."""
        return self.settings.window

    def count(self, messages: Sequence[Message]) -> int:
        """About how many tokens a conversation takes: never too few for text in a Latin script."""
        return sum(len(message.content.encode()) // _BYTES_A_TOKEN + 8 for message in messages)

    def complete(
        self,
        conversations: Sequence[Sequence[Message]],
        *,
        max_new_tokens: int,
        reporter: Reporter,
        label: str = "generate",
        response_format: Mapping[str, Any] | None = None,
        temperature: float | None = None,
    ) -> list[Reply]:
        """Answers to conversations, in their order, several asked at the same time.

        Args:
            conversations: each ends with a user turn.
            max_new_tokens: length limit of an answer, in tokens.
            reporter: told of the progress.
            label: what the bar is called.
            response_format: OpenAI's field of that name: what the service must hold an answer to.
            temperature: of the draw. None: as the settings say.

        Raises:
            ServiceError: the service refuses, is out of reach, or answers in another format.
        """
        drawn = {} if temperature is None else {"temperature": temperature}

        def ask(messages: Sequence[Message]) -> Reply:
            body = self._body(messages, max_new_tokens, response_format)
            return self._reply(self._poster.post(self._url, body | drawn))

        return list(self._each(ask, conversations, reporter, label))

    def attempts(
        self, conversations: Sequence[Sequence[Message]], *, max_new_tokens: int, reporter: Reporter, label: str
    ) -> Generator[Reply | ServiceError]:
        """Answers one by one, in order, as they come; of a conversation that the service refuses, why.

        Args:
            conversations: each ends with a user turn.
            max_new_tokens: length limit of an answer, in tokens.
            reporter: told of the progress.
            label: what the bar is called.

        Raises:
            ServiceError: as many as :data:`GIVEN_UP` failed one after another, which single refusals do not explain.
        """

        def ask(messages: Sequence[Message]) -> Reply | ServiceError:
            try:
                return self._reply(self._poster.post(self._url, self._body(messages, max_new_tokens, None)))
            except ServiceError as error:
                return error

        failed = 0
        for found in self._each(ask, conversations, reporter, label):
            failed = failed + 1 if isinstance(found, ServiceError) else 0
            yield found
            if failed >= GIVEN_UP and isinstance(found, ServiceError):
                raise found

    def _each(
        self,
        ask: Callable[[Sequence[Message]], Answer],
        conversations: Sequence[Sequence[Message]],
        reporter: Reporter,
        label: str,
    ) -> Generator[Answer]:
        """What ``ask`` makes of each, in order, several at the same time."""
        with step(reporter, label, len(conversations), unit="answers") as bar:
            pool = ThreadPoolExecutor(self.settings.parallel, thread_name_prefix="metier hosted")
            try:
                for answer in pool.map(ask, conversations):
                    bar.advance()
                    yield answer
            finally:
                pool.shutdown(cancel_futures=True)  # after an error nothing more is asked, or paid

    @property
    def _url(self) -> str:
        return f"{self.settings.address.rstrip('/')}/chat/completions"

    def _body(
        self, messages: Sequence[Message], max_new_tokens: int, response_format: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.source.name.removeprefix(PREFIX),
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            self.settings.length_field: max_new_tokens,
        }
        if self.settings.temperature is not None:
            body["temperature"] = self.settings.temperature
        if response_format is not None:
            body["response_format"] = dict(response_format)
        return body

    def _reply(self, answer: Mapping[str, Any]) -> Reply:
        try:
            choice = answer["choices"][0]
            text, usage = choice["message"].get("content") or "", answer.get("usage") or {}
            tokens_in, tokens_out = int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0)
            return Reply(str(text).strip(), tokens_in, tokens_out, choice.get("finish_reason") == "length")
        except (KeyError, IndexError, TypeError, ValueError, AttributeError):
            raise ServiceError(f"{self._url} does not answer in the OpenAI chat format.") from None
