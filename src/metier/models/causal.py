"""Causal language models: load, tokenize, generate in batches, score labels.

Legend: ``B`` rows of a batch, ``T`` tokens of a row, ``V`` vocabulary.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from metier.core import Message, Reporter, step
from metier.models import chat
from metier.models.device import Compute
from metier.models.finding.source import ModelSource
from metier.models.grammar import Grammar, HeldToGrammar, token_view
from metier.models.lazy import LazyModel
from metier.models.virtual.soft_prompts import virtual_tokens

TOKENS_A_BATCH = 4096
"""Upper bound of tokens (rows times longest row) that one forward pass of generation takes."""


class Generation(NamedTuple):
    """One generated answer.

    Attributes:
        text: without end marks.
        tokens: how many tokens were written, the end mark included.
        unfinished: True where the length limit stopped it.
    """

    text: str
    tokens: int
    unfinished: bool


class CausalModel(LazyModel):
    """A causal language model with its tokenizer, ready to answer; its weights are loaded when first used.

    Args:
        source: the base model.
        compute: device and precision.
        weights: a folder with a PEFT adapter, or with a whole model, to use instead of the base's own weights.
    """

    def __init__(self, source: ModelSource, compute: Compute, *, weights: Path | None = None) -> None:
        super().__init__(source, compute, weights=weights)
        self.plain_template = chat.ensure_template(self.tokenizer)
        self._tokens: Any = None  # what grammars see of the tokenizer, made on first use
        self._score_by_tree: bool | None = None  # decided by a self-check on first use

    @property
    def max_tokens(self) -> int:
        """The context window, less what a soft prompt takes of it."""
        return self.source.max_tokens - (virtual_tokens(self.module) if self._weights else 0)

    def room(self, answer: int) -> int:
        """Tokens that a question may have beside an answer of so many: they share the window."""
        return self.max_tokens - answer

    def encode(self, text: str) -> list[int]:
        """Token ids of a rendered text: no further special tokens are added."""
        ids: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """Token ids that ask for the next assistant turn."""
        return self.encode(chat.prompt_text(self.tokenizer, messages))

    def answer(self, messages: Sequence[Message], answer: str) -> list[int]:
        """Token ids of ``answer`` as the next assistant turn, with the end mark that the template writes."""
        return self.encode(chat.answer_text(self.tokenizer, messages, answer))

    def label_ids(self, messages: Sequence[Message], words: Sequence[str]) -> list[list[int]]:
        """Each wording of a label as it is scored; with the end mark where one is the beginning of another."""
        plain = [self.encode(word) for word in words]
        heads = {tuple(ids[:end]) for ids in plain for end in range(1, len(ids))}
        if not any(tuple(ids) in heads for ids in plain):
            return plain
        return [self.answer(messages, word) for word in words]

    def stop_ids(self) -> list[int]:
        """Tokens at which an answer ends: the model's own, and the one the chat template closes turns with."""
        own: int | list[int] | None = self.module.generation_config.eos_token_id
        stops = set(own if isinstance(own, list) else [own] if own is not None else [])
        if self.tokenizer.eos_token_id is not None:
            stops.add(self.tokenizer.eos_token_id)
        closing = self.answer([Message(role="user", content="a")], "b")[-1]
        if self.tokenizer.convert_ids_to_tokens(closing) in chat.marks(self.tokenizer):
            stops.add(closing)
        return sorted(stops)

    def generate(
        self,
        prompts: Sequence[Sequence[int]],
        *,
        max_new_tokens: int,
        reporter: Reporter,
        label: str = "generate",
        grammar: Grammar | Sequence[Grammar] | None = None,
    ) -> list[Generation]:
        """Greedy answers to prompts, in their order; batches are made of prompts of similar length.

        Args:
            prompts: token ids, each at most ``max_tokens - max_new_tokens`` long.
            max_new_tokens: length limit of an answer, in tokens.
            reporter: told of the progress.
            label: what the bar is called.
            grammar: what answers are held to: one for all, or one for each. None: anything. An answer that the length
                limit stops may still break off in the middle of the form.
        """
        import torch

        stops = self.stop_ids()
        forms = [grammar] * len(prompts) if isinstance(grammar, Grammar) else list(grammar or ())
        found: dict[int, Generation] = {}
        with step(reporter, label, len(prompts), unit="answers") as bar, torch.inference_mode():
            for batch in batches_by_length(prompts, extra=max_new_tokens):
                ids, mask = left_padded([prompts[i] for i in batch], self.tokenizer.pad_token_id)
                output = self.module.generate(
                    input_ids=ids.to(self.compute.device),
                    attention_mask=mask.to(self.compute.device),
                    max_new_tokens=max_new_tokens,
                    do_sample=False,
                    temperature=None,
                    top_p=None,
                    top_k=None,
                    eos_token_id=stops,
                    pad_token_id=self.tokenizer.pad_token_id,
                    logits_processor=self._held([forms[i] for i in batch] if forms else [], stops),
                )
                for index, row in zip(batch, output[:, ids.shape[1] :].tolist(), strict=True):
                    found[index] = self._generation(row, stops)
                bar.advance(len(batch))
        return [found[i] for i in range(len(prompts))]

    def _held(self, forms: Sequence[Grammar], stops: Sequence[int]) -> list[HeldToGrammar] | None:
        return [HeldToGrammar(forms, self._token_view(stops))] if forms else None

    def _token_view(self, stops: Sequence[int]) -> Any:
        if self._tokens is None:
            vocabulary = self.module.get_output_embeddings().weight.shape[0]
            self._tokens = token_view(self.tokenizer, vocabulary=vocabulary, stops=stops)
        return self._tokens

    def decode(self, ids: Sequence[int]) -> str:
        """The text of tokens, without end marks."""
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True)).strip()

    def _generation(self, row: list[int], stops: list[int]) -> Generation:
        end = next((i for i, token in enumerate(row) if token in stops), None)
        return Generation(self.decode(row[:end]), len(row) if end is None else end + 1, end is None)

    def score(
        self,
        prompts: Sequence[Sequence[int]],
        answers: Sequence[Sequence[int]],
        *,
        reporter: Reporter,
        label: str = "score",
    ) -> Any:
        """Log-probability of each answer after each prompt.

        All answers are scored in one pass over the prompt: they form a trie whose nodes each see the prompt and their
        own ancestors (Miao et al. 2023, arXiv 2305.09781, use the same mask for speculation). Where a self-check shows
        that the architecture does not take such a mask, each answer gets a row of its own.

        Args:
            prompts: token ids.
            answers: token ids, the same set for every prompt, none the beginning of another.
            reporter: told of the progress.
            label: what the bar is called.

        Returns:
            numpy float64 array [len(prompts), len(answers)], the sum over the answer's tokens.
        """
        from metier.models.trees import label_scoring

        if self._score_by_tree is None:
            self._score_by_tree = label_scoring.tree_is_exact(self.module)
        window = getattr(self.module.config, "sliding_window", None) or math.inf
        longest = max(map(len, prompts), default=0) + max(map(len, answers), default=0) + virtual_tokens(self.module)
        # A mask of our own replaces the model's window: beyond it, the model must make its own mask.
        by_tree = self._score_by_tree and longest <= window
        score = label_scoring.score_trees if by_tree else label_scoring.score_rows
        return score(self.module, prompts, answers, device=self.compute.device, reporter=reporter, label=label)


def batches_by_length(prompts: Sequence[Sequence[int]], *, extra: int) -> list[list[int]]:
    """Indices grouped so that rows of a batch are of similar length, longest first (memory trouble shows at once)."""
    order = sorted(range(len(prompts)), key=lambda i: -len(prompts[i]))
    batches: list[list[int]] = []
    for index in order:
        longest = len(prompts[batches[-1][0]]) + extra if batches else 0
        if not batches or (len(batches[-1]) + 1) * longest > TOKENS_A_BATCH:
            batches.append([])
        batches[-1].append(index)
    return batches


def left_padded(rows: Sequence[Sequence[int]], pad: int) -> tuple[Any, Any]:
    """Ids and mask, both [B, T], rows aligned at their ends."""
    import torch

    width = max(len(row) for row in rows)
    ids = torch.tensor([[pad] * (width - len(row)) + list(row) for row in rows])
    mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows])
    return ids, mask
