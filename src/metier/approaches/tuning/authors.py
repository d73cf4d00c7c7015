"""Models that write rows: replies are kept while the approach is being built, and what they take is counted."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from metier.approaches.journal import OnceJournal
from metier.approaches.resources import Resources
from metier.core import Message, derive
from metier.models import (
    CausalModel,
    Drawing,
    HostedModel,
    HostedSettings,
    LanguageModel,
    Reply,
    is_hosted,
    language_model,
    sample,
)


class Spent:
    """What asking models has taken, before a kill included.

    Attributes:
        tokens_in: tokens read, by model.
        tokens_out: tokens written, by model.
        sent_to: hosts that rows were sent to.
        seconds: wall time of the asking.
    """

    def __init__(self) -> None:
        self.tokens_in: Counter[str] = Counter()
        self.tokens_out: Counter[str] = Counter()
        self.sent_to: set[str] = set()
        self.seconds = 0.0

    def add(self, name: str, tokens_in: int, tokens_out: int, seconds: float) -> None:
        """Count one asking of a model."""
        self.tokens_in[name] += tokens_in
        self.tokens_out[name] += tokens_out
        self.seconds += seconds

    def sends_to(self, hosted: HostedSettings | None) -> None:
        """Note that rows go to a service."""
        if hosted is not None:
            self.sent_to.add(urlsplit(hosted.address).hostname or hosted.address)


class Author:
    """A causal, encoder-decoder or hosted model that writes; loaded when it is first asked.

    Args:
        name: of the model.
        hosted: where it lives, if it is hosted.
        resources: finds and loads it; gives the seed.
        journal: of what its replies depend on, besides the model and what it is asked.
        spent: is told what it takes.
    """

    def __init__(
        self, name: str, hosted: HostedSettings | None, resources: Resources, journal: OnceJournal, spent: Spent
    ) -> None:
        self.name, self._hosted, self._resources = name, hosted, resources
        self._journal, self._spent = journal, spent
        self._times = 0
        if is_hosted(name):
            spent.sends_to(hosted)

    @cached_property
    def _model(self) -> LanguageModel | HostedModel:
        if is_hosted(self.name):
            assert self._hosted is not None, "checked before"
            return HostedModel(self.name, self._hosted)
        return language_model(self._resources.source(self.name), self._resources.compute)

    @property
    def reads_plain(self) -> bool:
        """Whether it reads a text alone and follows no instruction: an encoder-decoder model."""
        return not isinstance(self._model, CausalModel | HostedModel)

    def fits(self, conversation: Sequence[Message], *, tokens: int) -> bool:
        """Whether there is room for the conversation and an answer of so many tokens."""
        model = self._model
        if isinstance(model, HostedModel):
            return model.count(conversation) <= model.max_tokens - tokens
        return len(model.prompt(conversation)) <= model.room(tokens)

    def ask(
        self, conversations: Sequence[Sequence[Message]], *, tokens: int, label: str, temperature: float | None = None
    ) -> list[str]:
        """The reply to each; empty where there was no room for one, or the length limit stopped it.

        Args:
            conversations: each ends with a user turn.
            tokens: length limit of a reply.
            label: what the bar is called.
            temperature: of the draw. None: the likeliest reply, of a hosted model as its settings say.
        """
        fit = [place for place, one in enumerate(conversations) if self.fits(one, tokens=tokens)]
        some = [conversations[place] for place in fit]
        self._times += 1
        asked = [[(turn.role, turn.content) for turn in one] for one in some]
        what = [self._model.source.fingerprint, label, self._times, asked, tokens, temperature]
        kept = self._journal.once(what, lambda: self._replies(some, tokens, label, temperature))
        self._spent.add(self.name, kept["tokens_in"], kept["tokens_out"], kept["seconds"])
        found = [""] * len(conversations)
        for place, text in zip(fit, kept["texts"], strict=True):
            found[place] = text
        return found

    def _replies(
        self, conversations: Sequence[Sequence[Message]], tokens: int, label: str, temperature: float | None
    ) -> dict[str, Any]:
        started = time.perf_counter()
        replies = self._written(conversations, tokens, label, temperature) if conversations else []
        return {
            "texts": ["" if reply.unfinished else reply.text.strip() for reply in replies],
            "tokens_in": sum(reply.tokens_in for reply in replies),
            "tokens_out": sum(reply.tokens_out for reply in replies),
            "seconds": round(time.perf_counter() - started, 3),
        }

    def _written(
        self, conversations: Sequence[Sequence[Message]], tokens: int, label: str, temperature: float | None
    ) -> list[Reply]:
        model, reporter = self._model, self._resources.reporter
        if isinstance(model, HostedModel):
            drawn = None if model.settings.temperature is None else temperature  # some services refuse the field
            return model.complete(
                conversations, max_new_tokens=tokens, reporter=reporter, label=label, temperature=drawn
            )
        prompts = [model.prompt(one) for one in conversations]
        if temperature is None or not isinstance(model, CausalModel):
            written = model.generate(prompts, max_new_tokens=tokens, reporter=reporter, label=label)
            return [
                Reply(one.text, len(ids), one.tokens, one.unfinished) for ids, one in zip(prompts, written, strict=True)
            ]
        stops = tuple(model.stop_ids())
        drawing = Drawing(tokens, pad=model.tokenizer.pad_token_id, temperature=temperature, stops=stops)
        seed = derive(self._resources.seed, "augment", label, self._times)
        answers = sample(model.module, prompts, drawing, seed=seed, reporter=reporter, label=label)
        return [_drawn(model, ids, answer, stops) for ids, answer in zip(prompts, answers, strict=True)]


def _drawn(model: CausalModel, prompt: Sequence[int], answer: Sequence[int], stops: Sequence[int]) -> Reply:
    ended = bool(answer) and answer[-1] in stops
    text = model.decode(answer[:-1] if ended else answer)
    return Reply(text, len(prompt), len(answer), not ended)
