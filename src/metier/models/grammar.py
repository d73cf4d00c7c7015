"""Answers of a form: choices, a regular expression or a JSON schema, kept to while generating, and checked afterwards.

llguidance (MIT, no dependencies) computes at every token which tokens the form still allows; everything else gets the
probability 0. It works on the CPU, with any tokenizer of the ``tokenizers`` package.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Grammar:
    """The texts that are allowed.

    Attributes:
        strict: what generation is held to: for JSON one way of spacing, or a small model might write spaces for ever.
        lenient: what an answer is checked against: for JSON any spacing.
    """

    strict: str
    lenient: str

    @classmethod
    def choices(cls, texts: Sequence[str]) -> Grammar:
        """One of these texts."""
        from llguidance import LLMatcher

        return cls(*[LLMatcher.grammar_from_lark("start: " + " | ".join(json.dumps(text) for text in texts))] * 2)

    @classmethod
    def regex(cls, pattern: str) -> Grammar:
        """Texts that a regular expression (of Rust's kind: no look-around, no back references) matches whole."""
        from llguidance import LLMatcher

        return cls(*[LLMatcher.grammar_from_regex(pattern)] * 2)

    @classmethod
    def json_schema(cls, schema: Mapping[str, Any]) -> Grammar:
        """JSON texts that a schema describes, their keys in its order."""
        from llguidance import LLMatcher

        spaced: Any = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
        strict = LLMatcher.grammar_from_json_schema(dict(schema), overrides=spaced)
        return cls(strict, LLMatcher.grammar_from_json_schema(dict(schema)))

    @classmethod
    def lark(cls, source: str) -> Grammar:
        """Texts that a grammar in llguidance's Lark describes."""
        from llguidance import LLMatcher

        return cls(*[LLMatcher.grammar_from_lark(source)] * 2)

    def trouble(self) -> str:
        """What is wrong with it, on one line; empty where nothing is."""
        from llguidance import LLMatcher

        return " ".join(LLMatcher.validate_grammar(self.strict).split())

    def matches(self, text: str) -> bool:
        """Whether a whole text is allowed."""
        from llguidance import LLMatcher, LLTokenizer

        tokenizer = LLTokenizer("byte")
        matcher = LLMatcher(tokenizer, self.lenient, log_level=0)
        ids = tokenizer.tokenize_bytes(text.encode())
        return matcher.try_consume_tokens(ids) == len(ids) and matcher.is_accepting()


class HeldToGrammar:
    """A logits processor for transformers' ``generate``: only what the grammar allows keeps its score.

    Args:
        grammars: of the answers, one for each row of the batch.
        tokenizer: llguidance's view of the model's tokenizer (see :func:`token_view`).
    """

    def __init__(self, grammars: Sequence[Grammar], tokenizer: Any) -> None:
        self._grammars, self._tokenizer = grammars, tokenizer
        self._matchers: list[Any] = []

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Scores [B, V] with minus infinity where a token is not allowed; ``input_ids`` is [B, T]."""
        import numpy as np
        import torch
        from llguidance import LLMatcher
        from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask

        if not self._matchers:  # the first call: nothing has been written yet
            self._matchers = [LLMatcher(self._tokenizer, one.strict, log_level=0) for one in self._grammars]
        else:
            for matcher, token in zip(self._matchers, input_ids[:, -1].tolist(), strict=True):
                if not matcher.is_stopped():
                    matcher.consume_token(token)
        size = scores.shape[-1]
        bits = allocate_token_bitmask(len(self._matchers), size)
        allowed = np.zeros((len(self._matchers), size), dtype=bool)
        for row, matcher in enumerate(self._matchers):
            if matcher.is_stopped():
                allowed[row, self._tokenizer.eos_tokens] = True
                continue
            fill_next_token_bitmask(matcher, bits, row)
            allowed[row] = np.unpackbits(bits[row].view(np.uint8), bitorder="little")[:size].astype(bool)
        return scores.masked_fill(~torch.from_numpy(allowed).to(scores.device), -torch.inf)


def token_view(tokenizer: Any, *, vocabulary: int, stops: Sequence[int]) -> Any:
    """Llguidance's view of a fast tokenizer; takes about a second for a large vocabulary, so keep it.

    Args:
        tokenizer: of transformers.
        vocabulary: number of the model's logits.
        stops: tokens that end an answer.
    """
    from llguidance.hf import from_tokenizer

    return from_tokenizer(tokenizer, n_vocab=max(vocabulary, len(tokenizer)), eos_token=list(stops))
